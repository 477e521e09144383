# SPDX-License-Identifier: Apache-2.0
"""Whether the firmware of a Raspberry Pi holds its processor back, for heat or a weak power supply.

It is asked as ``vcgencmd get_throttled`` asks it: the text of a command goes into the firmware's mailbox, as the
property "get gencmd result", and comes back as ``throttled=0x50005`` (raspberrypi/utils, vcgencmd/vcgencmd.c; for the
bits see Raspberry Pi's documentation of vcgencmd). Two devices take it:

- /dev/vcio_gencmd, for such commands alone (raspberrypi/linux #7351, May 2026). Raspberry Pi OS opens it to the group
  video (raspberrypi-sys-mods, 10-vc.rules). It refuses the mailbox's other properties, "get throttled" among them.
- /dev/vcio, for all that the firmware can do. The group video had it before.

Older kernels tell the bits in sysfs as well, and complain in their log of who reads them there; since March 2025 they
are gone (raspberrypi/linux #6697).
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from pathlib import Path

_MAILBOXES = Path("/dev/vcio_gencmd"), Path("/dev/vcio")
_PLATFORM = Path("/sys/devices/platform")
_IN_SYSFS = "soc*/soc*:firmware/get_throttled"
"""Below soc, and on a Pi 5 below soc@107c000000."""

_ASK = 3 << 30 | struct.calcsize("P") << 16 | 100 << 8
"""IOCTL_MBOX_PROPERTY = _IOWR(100, 0, char *), of the kernel's drivers/char/broadcom/vcio.c."""
_TEXT_BYTES = 1024
_MESSAGE = struct.Struct(f"=6I{_TEXT_BYTES}sI")
"""Its size, 0 for a question, tag, room for the answer, its length, the command's error; the text; no more tags."""
_GET_GENCMD_RESULT = 0x00030080
_ANSWER = re.compile(rb"throttled=0x([0-9a-fA-F]+)")

_NOW = 0xF
"""Under-voltage, frequency capped, throttled, soft temperature limit."""
_ONCE = 0xF0000
"""The same, since the start."""


def throttled() -> bool | None:
    """Whether the processor is held back now; None where nobody tells. The firmware answers in a second or never."""
    return _any(_NOW)


def was_throttled() -> bool | None:
    """Whether it has been since the machine was started; as `throttled`."""
    return _any(_ONCE)


def _any(bits: int) -> bool | None:
    for mailbox in _MAILBOXES:
        if answer := _asked(mailbox):
            return bool(int(answer[1], 16) & bits)
    for path in _PLATFORM.glob(_IN_SYSFS):
        try:
            return bool(int(path.read_text(encoding="ascii"), 16) & bits)
        except (OSError, ValueError):
            return None
    return None


def _asked(mailbox: Path) -> re.Match[bytes] | None:
    """What the firmware answers; None where it is not to be asked here."""
    question = (_MESSAGE.size, 0, _GET_GENCMD_RESULT, _TEXT_BYTES, 0, 0, b"get_throttled", 0)
    message = bytearray(_MESSAGE.pack(*question))
    try:
        device = os.open(mailbox, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.ioctl(device, _ASK, message)
    except OSError:
        return None
    finally:
        os.close(device)
    return _ANSWER.search(message)
