# SPDX-License-Identifier: Apache-2.0
"""whod: who is at the door. Frames in, identifications out, nothing leaves the house."""

import os
from importlib.metadata import PackageNotFoundError, version

MAX_PICTURE_PIXELS = 64_000_000
"""A phone's full resolution passes; a bomb does not."""

# OpenCV reads this once, when it is imported, and whoever decodes a picture relies on it.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PICTURE_PIXELS))

try:
    __version__ = version("whod")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
