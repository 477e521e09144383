# SPDX-License-Identifier: Apache-2.0
"""Time: monotonic for periods, UTC for records.

A Pi before the 5 has no real-time clock, so the wall clock may jump by years; nothing that measures a period
may read it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

MADE = datetime(2025, 1, 1, tzinfo=UTC)
"""Before this there was no whod: a clock that says so was never set."""
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")


class Clock(Protocol):
    """What whod knows of time."""

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""
        ...

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def synced(self) -> bool:
        """Whether the wall clock can be trusted, as far as the system knows."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def synced(self) -> bool:
        """Whether systemd-timesyncd has set the clock since boot; without it whether the time is one that can be."""
        return self.now() >= MADE and (SYNCHRONIZED.exists() or not SYNCHRONIZED.parent.exists())


class Known:
    """Since when this process knows of things, by the monotonic clock: an age that no wrong date makes greater."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s: dict[str, float] = {}

    def see(self, names: Iterable[str]) -> None:
        """These are there now, and no others."""
        now_s = self._clock.monotonic()
        self._since_s = {name: self._since_s.get(name, now_s) for name in names}

    def ages_s(self) -> dict[str, float]:
        """How long each was there, all the time."""
        now_s = self._clock.monotonic()
        return {name: now_s - since_s for name, since_s in self._since_s.items()}


class FakeClock:
    """A clock for tests: stands still until told to go on."""

    def __init__(self, start: datetime | None = None) -> None:
        self._elapsed_s = 0.0
        self._start = start or datetime(2026, 11, 21, 19, 30, tzinfo=UTC)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return 1000.0 + self._elapsed_s

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def synced(self) -> bool:
        """Always true."""
        return True

    def advance(self, seconds: float) -> None:
        """Let `seconds` go by."""
        self._elapsed_s += seconds


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: ``2026-11-21T19:30:02.113Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The opposite of `iso`."""
    return datetime.fromisoformat(text)
