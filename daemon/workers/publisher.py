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
_FAREWELL_S, _MOVING_S = 0.7, 3.0
_RESTLESS = "frames", "frames_dropped", "latency_ms", "temperature_c", "disk_free_bytes"
"""Parts of the status that change all the time: they are told every minute only."""


class PublisherWorker:
    """Owns the broker's connection; `current` gives who speaks over it: another after a change, None for none."""

    name = "broker"
    stale_after_s = 120.0
    """Looking a host name up may take long."""

    def __init__(self, current: Callable[[], Publisher | None], status: Callable[[], Status], clock: Clock) -> None:
        self._current = current
        self._status = status
        self._clock = clock
        self._begin_anew()

    @property
    def problem(self) -> str | None:
        """See `Worker.problem`."""
        publisher = self._current()
        return publisher.problem if publisher else None

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        pulse.on_stop(self._wake)
        while not pulse.stopping:
            pulse.beat()
            if publisher := self._current():
                self._run_with(publisher, pulse)
            else:
                pulse.sleep(_TURN_S)

    def _wake(self) -> None:
        if publisher := self._current():
            publisher.wake()

    def _run_with(self, publisher: Publisher, pulse: Pulse) -> None:
        """Until told to stop, or until another is to speak."""
        self._begin_anew()
        while not pulse.stopping and self._current() is publisher:
            pulse.beat()
            self._tell_status(publisher)
            publisher.step(_TURN_S)
        if not pulse.given_up:
            after = self._current()
            moved = after is None or after.place != publisher.place
            publisher.close(_MOVING_S if moved else _FAREWELL_S, for_good=moved)

    def _begin_anew(self) -> None:
        self._told: dict[str, Any] = {}
        self._told_s = self._looked_s = float("-inf")

    def _tell_status(self, publisher: Publisher) -> None:
        """On change, and every minute."""
        now = self._clock.monotonic()
        if now - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now
        status = self._status().as_json()
        steady = {key: value for key, value in status.items() if key not in _RESTLESS}
        steady["camera"] = {**status["camera"], "fps": None}
        steady["cameras"] = {name: {**camera, "fps": None} for name, camera in status["cameras"].items()}
        if steady != self._told or now - self._told_s >= _STATUS_EVERY_S:
            publisher.set_status(status)
            self._told, self._told_s = steady, now
