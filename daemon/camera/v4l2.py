# SPDX-License-Identifier: Apache-2.0
"""Which of the many ``/dev/video*`` are cameras.

On a Raspberry Pi most are not: codecs, the image processor, and the raw end of the camera that only libcamera
can use. Each device says what it is (`VIDIOC_QUERYCAP`, linux/videodev2.h).
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import struct
from pathlib import Path
from typing import NamedTuple, Self

_log = logging.getLogger(__name__)

_CAPABILITY = struct.Struct("=16s32s32sII I12x")
VIDIOC_QUERYCAP = 0x80000000 | _CAPABILITY.size << 16 | ord("V") << 8

VIDEO_CAPTURE = 0x00000001
STREAMING = 0x04000000
IO_MC = 0x20000000
DEVICE_CAPS = 0x80000000

NOT_FOR_US = frozenset({"bcm2835-isp", "unicam", "rp1-cfe", "pispbe"})
"""Drivers whose capture devices are parts of libcamera's pipeline: they open, and never give a frame."""


class Capability(NamedTuple):
    """What a video device says of itself."""

    driver: str
    card: str
    capabilities: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Of a `struct v4l2_capability` (104 bytes)."""
        driver, card, _bus, _version, whole, of_this_node = _CAPABILITY.unpack(data)
        flags = of_this_node if whole & DEVICE_CAPS else whole
        return cls(_text(driver), _text(card), flags)

    @property
    def is_camera(self) -> bool:
        """Whether frames can be had from it without a media pipeline around it."""
        wanted = VIDEO_CAPTURE | STREAMING
        return (
            self.capabilities & wanted == wanted and not self.capabilities & IO_MC and self.driver not in NOT_FOR_US
        )


def cameras(folder: Path = Path("/dev")) -> list[str]:
    """The devices that are cameras, lowest number first."""
    devices = [path for path in folder.glob("video*") if re.fullmatch(r"video\d+", path.name)]
    return [str(path) for path in sorted(devices, key=lambda path: int(path.name[5:])) if _is_camera(path)]


def _is_camera(device: Path) -> bool:
    try:
        capability = _query(device)
    except OSError as error:
        _log.debug("%s: %s", device, error)
        return False
    _log.debug("%s: %s", device, capability)
    return capability.is_camera


def _query(device: Path) -> Capability:
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        data = fcntl.ioctl(descriptor, VIDIOC_QUERYCAP, bytes(_CAPABILITY.size))
    finally:
        os.close(descriptor)
    return Capability.parse(data)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "replace")
