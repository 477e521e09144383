# SPDX-License-Identifier: Apache-2.0
"""How old something is, by a clock that may be set.

A Pi has no clock of its own: at start the time may be hours behind, and it can be set back at any time. Nothing may
live longer for it, so both clocks are asked, and the larger age counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.clock import Clock


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, by both clocks."""

    at: datetime
    monotonic: float
    """In seconds; of what happened before this process began, when it was first known here."""

    @classmethod
    def now(cls, clock: Clock) -> Self:
        """This moment."""
        return cls(clock.now(), clock.monotonic())

    @classmethod
    def before(cls, at: datetime, clock: Clock) -> Self:
        """One of an earlier process."""
        return cls(at, clock.monotonic())

    def age(self, clock: Clock) -> timedelta:
        """Never negative."""
        return max(clock.now() - self.at, timedelta(seconds=clock.monotonic() - self.monotonic))
