# SPDX-License-Identifier: Apache-2.0
"""The connection of the moment, and when to try another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.mqtt.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.mqtt.link import Link
    from daemon.mqtt.problems import Problem


class Dial:
    """Has one link at most, each a new one from `make`."""

    def __init__(self, make: Callable[[], Link], clock: Clock) -> None:
        self._make = make
        self._clock = clock
        self._retry = Retry()
        self._began_s = self._due_s = clock.monotonic()
        self.link: Link | None = None

    @property
    def age_s(self) -> float:
        """How long ago the link began to connect."""
        return self._clock.monotonic() - self._began_s

    def patience_s(self, timeout_s: float) -> float:
        """How much of `timeout_s` may be waited before there is something to do here."""
        if self.link is not None:
            return timeout_s
        return max(0.0, min(timeout_s, self._due_s - self._clock.monotonic()))

    def try_if_due(self) -> None:
        """Begin to connect, if it is time; there must be no link."""
        now = self._clock.monotonic()
        if now >= self._due_s:
            self._began_s = now
            self.link = self._make()
            self.link.start()

    def ended(self, problem: Problem | None, *, was_up: bool) -> None:
        """The link is over, with this problem or because we left it."""
        self.link = None
        if problem is not None:
            self._due_s = self._clock.monotonic() + self._retry.delay_s(problem, self.age_s if was_up else 0.0)
