# SPDX-License-Identifier: Apache-2.0
"""Which of the messages that come over a connection to heed, and when there are too many: the guard of `Link`."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

PAYLOAD_BYTES = 4096
"""What is read of a message, unless its subscription says more."""
LIVE_PER_S = 8
"""Live messages on a topic within a second; what is more is dropped."""
FLOOD_PER_S = 500
"""So many, or as long as so many, and the broker is asked for no more of them,"""
DEAF_S = 30.0
"""for so long."""


class _Meter:
    """What came within a second."""

    def __init__(self) -> None:
        self._since = -math.inf
        self.messages = 0
        self.load = 0
        """In messages of ordinary length."""
        self.deaf_until = math.inf
        """When to ask for them again; infinite while they are asked for."""

    def add(self, size: int) -> None:
        now = time.monotonic()
        if now - self._since >= 1:
            self._since, self.messages, self.load = now, 0, 0
        self.messages += 1
        self.load += 1 + size // PAYLOAD_BYTES


class Hearing:
    """What one connection listens to: any thread says it, the connection's own heeds it."""

    def __init__(self) -> None:
        self._live: dict[str, _Meter] = {}
        self._others = _Meter()
        self._said = self._came_back = 0
        """Messages of our own: each number is written by one thread."""
        self._asked: dict[str, tuple[int, int]] = {}
        """For each filter its QoS, and how much to read of a message."""

    def ask(self, topic: str, qos: int, most_bytes: int) -> None:
        """The topic is subscribed to, for so much of each message."""
        self._asked[topic] = qos, most_bytes

    def hear(self, topics: Iterable[str]) -> None:
        """Live messages count on exactly these topics."""
        self._live = {topic: _Meter() for topic in topics}

    def said(self) -> None:
        """We have told something that we may hear ourselves: MQTT 3.1.1 cannot be asked not to."""
        self._said += 1

    def most_bytes(self, topic: str) -> int:
        """How much to read of a message."""
        return self._asked[topic][1] if topic in self._asked else PAYLOAD_BYTES

    def heeds(self, topic: str, size: int, unsubscribe: Callable[[str], object]) -> bool:
        """Whether a live message counts. Others are our own, or somebody's who writes where only we should."""
        meter = self._live.get(topic)
        if meter is None and self._came_back < self._said:
            self._came_back += 1
            return False
        counted = meter or self._others
        before = counted.load
        counted.add(size)
        if before < FLOOD_PER_S <= counted.load:
            log.warning("Too much comes from the broker on %s: whod stops listening there for a while", topic)
            counted.deaf_until = time.monotonic() + DEAF_S
            # What is retained on other topics was read when the connection began.
            for each in [topic] if meter else set(self._asked) - set(self._live):
                unsubscribe(each)
        return meter is not None and meter.messages <= LIVE_PER_S

    def listen_again(self, subscribe: Callable[[str, int], object]) -> None:
        """Ask anew for what was too much a while ago."""
        for topic, meter in self._live.items():
            if time.monotonic() >= meter.deaf_until:
                meter.deaf_until = math.inf
                subscribe(topic, self._asked.get(topic, (0, 0))[0])
