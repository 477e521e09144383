# SPDX-License-Identifier: Apache-2.0
"""How a camera of the kernel's is to gather light (linux/v4l2-controls.h, linux/videodev2.h)."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from daemon.camera.exposure import AUTO, UNMET, wishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import CameraSettings

_log = logging.getLogger(__name__)

EXPOSURE_AUTO = 0x009A0901
EXPOSURE_ABSOLUTE = 0x009A0902
"""In units of 100 µs."""
EXPOSURE_AUTO_PRIORITY = 0x009A0903
"""Whether frames may take longer than the frame rate asks for."""
GAIN = 0x00980913

MANUAL = 1
"""Of EXPOSURE_AUTO."""

_QUERY = struct.Struct("=II32siiiiI8x")
_CONTROL = struct.Struct("=Ii")


def _iowr(number: int, size: int) -> int:
    return 0xC0000000 | size << 16 | ord("V") << 8 | number


VIDIOC_G_CTRL = _iowr(27, _CONTROL.size)
VIDIOC_S_CTRL = _iowr(28, _CONTROL.size)
VIDIOC_QUERYCTRL = _iowr(36, _QUERY.size)

_DISABLED = 0x0001
_READ_ONLY = 0x0004


class Control(NamedTuple):
    """What a device can be set to."""

    lowest: int
    highest: int
    usual: int
    """The driver's default."""


def expose(device: str, settings: CameraSettings, ioctl: Callable[[int, int, bytes], bytes] = fcntl.ioctl) -> None:
    """Set a camera's exposure as wished, and by itself where nothing is, whatever it was set to before.

    Logs a sentence for each wish that it cannot meet.

    Args:
        device: such as ``/dev/video0``.
        settings: the [camera] section.
        ioctl: asks the device.
    """
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        _log.debug("%s: %s", device, error)  # whoever opens it for its pictures tells
        return
    try:
        for remark in _Device(descriptor, ioctl).expose(settings):
            _log.warning("%s", remark)
    finally:
        os.close(descriptor)


class _Device:
    def __init__(self, descriptor: int, ioctl: Callable[[int, int, bytes], bytes]) -> None:
        self._descriptor = descriptor
        self._ioctl = ioctl

    def expose(self, settings: CameraSettings) -> list[str]:
        """Set all; gives a sentence for each wish that is not met."""
        time_100us = round(settings.exposure_ms * 10)
        priority = None if settings.exposure == AUTO else int(settings.exposure == "long")
        met = {
            "camera.exposure": self._set(EXPOSURE_AUTO_PRIORITY, priority),
            "camera.exposure_value": False,
            "camera.exposure_ms": self._set(EXPOSURE_AUTO, MANUAL if time_100us else None)
            and (not time_100us or self._set(EXPOSURE_ABSOLUTE, time_100us)),
            "camera.gain": self._set(GAIN, round(settings.gain) or None),
        }
        return [UNMET.format(name) for name in wishes(settings) if not met[name]]

    def _set(self, control: int, value: int | None) -> bool:
        """To a value, as far as the camera can; None: as the driver has it by itself. Whether that was done."""
        can = self._query(control)
        if can is None:
            return False
        wanted = can.usual if value is None else min(max(value, can.lowest), can.highest)
        try:
            _, current = _CONTROL.unpack(self._ask(VIDIOC_G_CTRL, _CONTROL.pack(control, 0)))
            if current != wanted:
                self._ask(VIDIOC_S_CTRL, _CONTROL.pack(control, wanted))
        except OSError as error:
            _log.debug("control %#x: %s", control, error)
            return False
        return True

    def _query(self, control: int) -> Control | None:
        try:
            data = self._ask(VIDIOC_QUERYCTRL, _QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTTY):
                _log.debug("control %#x: %s", control, error)
            return None
        _, _, _, lowest, highest, _, usual, flags = _QUERY.unpack(data)
        return None if flags & (_DISABLED | _READ_ONLY) else Control(lowest, highest, usual)

    def _ask(self, request: int, data: bytes) -> bytes:
        return self._ioctl(self._descriptor, request, data)
