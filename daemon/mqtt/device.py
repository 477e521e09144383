# SPDX-License-Identifier: Apache-2.0
"""How the device is described to Home Assistant: what it may have heard, over all connections, and what it should."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from daemon.mqtt import discovery, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemon.clock import Clock

READ_BACK_S = 0.3
"""How long after it was asked a broker may take to say what it retains; what comes later is heeded too."""
EVERY_S = 1.0
"""Between two descriptions, at least: an import enrols many people in a moment."""


class Device:
    """The retained message on `topic`, made anew each time that it is told.

    A component that is there no more is told twice: once as what is to be removed, then not at all. What an older
    run left there is read back for that, through `found`; what this one has told is remembered, because a broker
    may lose what it retained while Home Assistant remembers.
    """

    def __init__(self, topic: str, clock: Clock) -> None:
        self.topic = topic
        self._clock = clock
        self._there: dict[str, Any] = {}
        """All that Home Assistant may have."""
        self._told: Mapping[str, Any] | None = None
        self.begin()

    def begin(self) -> None:
        """There is another connection."""
        self._reduced = False
        self._even_if_same = True
        self._told_s: float | None = None
        self._due_s = math.inf

    def asked(self) -> None:
        """The broker will say what it retains, if anything."""
        self._due_s = min(self._due_s, self._clock.monotonic() + READ_BACK_S)

    def found(self, payload: bytes) -> None:
        """The broker retains this."""
        there = discovery.read_back(payload)
        if self._told_s is None or there != self._told:
            self._there = discovery.both(self._there, there)
            self._due_s = self._clock.monotonic()

    def change(self) -> None:
        """There may be another description now."""
        if self._told_s is not None:
            self._due_s = min(self._due_s, max(self._clock.monotonic(), self._told_s + EVERY_S))

    def repeat(self) -> None:
        """Tell it again, also if it is the same."""
        self._even_if_same = True
        self._due_s = min(self._due_s, self._clock.monotonic())

    def take(self, make: Callable[[], dict[str, Any] | None]) -> bytes | None:
        """What is to be sent now, in its order; None if nothing is. Raises what `make` raises."""
        if self._clock.monotonic() < self._due_s:
            return None
        message = make()
        if message and not self._reduced and (first := discovery.reduced(self._there, message)):
            self._reduced = self._even_if_same = True
            return messages.as_bytes(first)
        self._told_s, self._due_s, self._reduced = self._clock.monotonic(), math.inf, False
        if message is None or (message == self._told and not self._even_if_same):
            return None
        self._there = discovery.both(self._there, message)
        self._told, self._even_if_same = message, False
        return messages.as_bytes(message)

    def taken(self) -> None:
        """The broker has all that `take` gave, and whoever listens was told what is gone."""
        if self._told is not None and not self._reduced:
            self._there = dict(self._told)
