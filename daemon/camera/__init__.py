# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: a Pi's camera, a USB or network camera, a clip, a folder of pictures, the demo."""

from daemon.camera.address import describe_source
from daemon.camera.base import Camera, EndOfFrames
from daemon.camera.factory import open_camera

__all__ = ["Camera", "EndOfFrames", "describe_source", "open_camera"]
