# SPDX-License-Identifier: Apache-2.0
"""What the pace depends on, read from the machine."""

from __future__ import annotations

import time
from typing import NamedTuple

from daemon.firmware import throttled
from daemon.machine import temperature_c


class Reading(NamedTuple):
    """How the machine is at one moment."""

    now_s: float
    """Monotonic."""
    cpu_s: float
    """Of all threads of this process, since it began."""
    temperature_c: float | None
    held_back: bool
    """The firmware slows the processor down."""


def read(now_s: float) -> Reading:
    """How it is now. What the machine does not tell is taken for well."""
    return Reading(now_s, time.process_time(), temperature_c(), bool(throttled()))
