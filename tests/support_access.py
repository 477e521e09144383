# SPDX-License-Identifier: Apache-2.0
"""The owner, as tests of several folders meet him: passwords, a phone, the first login."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.types import Visitor

if TYPE_CHECKING:
    from daemon.access.owner import Owner
    from daemon.clock import FakeClock
    from daemon.types import Entry

PASSWORD = "green door by the river"
OTHER = "seven lamps and a rope"
FIREFOX = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
PHONE = Visitor(FIREFOX)
DAY_S, MINUTE_S = 86_400.0, 60.0


def begun(owner: Owner) -> Entry:
    """Set the first password, and be logged in."""
    return owner.first(owner.new_code().code, PASSWORD, PHONE)


def set_back(clock: FakeClock, days: float) -> None:
    """Set the wall clock back; the monotonic one goes on."""
    clock._start -= timedelta(days=days)
