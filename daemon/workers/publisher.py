# SPDX-License-Identifier: Apache-2.0
"""Drives the publisher: the broker's troubles stay in this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.mqtt.publisher import Publisher
    from daemon.types import Status
    from daemon.workers.base import Pulse

_TURN_S = 0.5
_STATUS_EVERY_S = 60.0
_LOOK_EVERY_S = 1.0
_FAREWELL_S = 0.7
_RESTLESS = ("frames", "frames_dropped", "latency_ms", "temperature_c")
"""Parts of the status that change all the time: they are told every minute only."""


class PublisherWorker:
    """Owns the connection to the broker."""

    name = "broker"
    stale_after_s = 120.0
    """Looking a host name up may take long."""

    def __init__(self, publisher: Publisher, status: Callable[[], Status], clock: Clock) -> None:
        self._publisher = publisher
        self._status = status
        self._clock = clock
        self._told: dict[str, Any] = {}
        self._told_s = self._looked_s = float("-inf")

    @property
    def problem(self) -> str | None:
        """See `Worker.problem`."""
        return self._publisher.problem

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        pulse.on_stop(self._publisher.wake)
        while not pulse.stopping:
            pulse.beat()
            self._tell_status()
            self._publisher.step(_TURN_S)
        if not pulse.given_up:
            self._publisher.close(_FAREWELL_S)

    def _tell_status(self) -> None:
        """On change, and every minute."""
        now = self._clock.monotonic()
        if now - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now
        status = self._status().as_json()
        steady = {key: value for key, value in status.items() if key not in _RESTLESS}
        steady["camera"] = {**status["camera"], "fps": None}
        if steady != self._told or now - self._told_s >= _STATUS_EVERY_S:
            self._publisher.set_status(status)
            self._told, self._told_s = steady, now
