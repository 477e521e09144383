# SPDX-License-Identifier: Apache-2.0
"""Writes the records of visits, so that a slow disk never holds up the frames."""

from __future__ import annotations

import logging
import queue
from typing import TYPE_CHECKING

from daemon.errors import StorageError
from daemon.workers.base import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.types import Sighting
    from daemon.workers.base import Pulse

log = logging.getLogger(__name__)

_TURN_S = 0.25
_MAX_WAITING = 10_000
"""Visits in memory while the disk takes none; about 1 kB each."""
_PRUNE_EVERY = 500
"""Turns without a visit, or visits, between two looks for old history."""


class RecorderWorker:
    """Takes ended visits and calls `record` for each, in order, until the disk has them."""

    name = "records"
    stale_after_s = 30.0

    def __init__(self, record: Callable[[Sighting], None], prune: Callable[[], None]) -> None:
        self._record = record
        self._prune = prune
        self._waiting: queue.Queue[Sighting] = queue.Queue(_MAX_WAITING)
        self._current: Sighting | None = None
        self.problem: str | None = None

    def add(self, sighting: Sighting) -> None:
        """Leave a visit that has ended; never blocks."""
        try:
            self._waiting.put_nowait(sighting)
        except queue.Full:
            self._say(f"Visits are lost: the disk has taken none of the last {_MAX_WAITING}.")

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`. After `stop`, what still waits is written before the run ends."""
        backoff = Backoff(longest=5.0)
        turns = 0
        while not (pulse.stopping and self._waiting.empty() and self._current is None):
            pulse.beat()
            turns += 1
            try:
                if turns % _PRUNE_EVERY == 1:
                    self._prune()
                self._next(0.0 if pulse.stopping else _TURN_S)
            except StorageError as error:
                self._say(str(error))
                if pulse.stopping:
                    return
                pulse.wait(str(error), backoff.next())
            else:
                self.problem = None
                backoff.reset()

    def _next(self, timeout_s: float) -> None:
        """Write one visit; it stays the current one until the disk has it."""
        if self._current is None:
            try:
                self._current = self._waiting.get(timeout=timeout_s) if timeout_s else self._waiting.get_nowait()
            except queue.Empty:
                return
        self._record(self._current)
        self._current = None

    def _say(self, sentence: str) -> None:
        if sentence != self.problem:
            log.error("%s", sentence)
        self.problem = sentence
