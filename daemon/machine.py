# SPDX-License-Identifier: Apache-2.0
"""How the machine is, as far as it says. What it does not say is unknown, never an error."""

from __future__ import annotations

import ctypes
from pathlib import Path

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_FIRMWARE = Path("/sys/devices/platform/soc")
_THROTTLED_NOW = 0xF
"""Under-voltage, frequency capped, throttled, soft temperature limit; the higher bits are of the past."""

HOT_C = 80.0
"""From here on the Pi's firmware slows the processor down."""


def temperature_c() -> float | None:
    """Of the processor, in degrees Celsius."""
    text = _read(_THERMAL)
    return round(int(text) / 1000, 1) if text and text.lstrip("-").isdigit() else None


def throttled() -> bool | None:
    """Whether the Pi's firmware holds the processor back now, for heat or a weak power supply."""
    for path in _FIRMWARE.glob("*firmware/get_throttled"):
        try:
            return bool(int(_read(path) or "", 16) & _THROTTLED_NOW)
        except ValueError:
            return None
    return None


def give_back_memory() -> None:
    """Hand the memory that is free in this process back to the system, where the C library can (glibc).

    It keeps the holes that pictures of many sizes leave behind: the longer an import, the more.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
