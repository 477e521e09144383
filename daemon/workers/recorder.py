# SPDX-License-Identifier: Apache-2.0
"""Writes decisions and the records of visits, so that a slow disk never holds up the frames."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from daemon.errors import StorageCorrupt, StorageError
from daemon.types import Sighting
from daemon.workers.base import Backoff

if TYPE_CHECKING:
    from daemon.types import DecisionEvent
    from daemon.workers.base import Pulse

log = logging.getLogger(__name__)

_TURN_S = 0.25
_MAX_WAITING = 10_000
"""Visits in memory while the disk takes none; about 1 kB each."""
_MAX_WHOLE = 200
"""While more than these wait, decisions are lost, and visits wait without faces and reasons: about 50 kB each."""
_PRUNE_EVERY, _PRUNE_AGAIN = 5000, 240
"""Turns between two looks for old history: 20 minutes when nothing happens, and one where the last look failed."""


class Records(Protocol):
    """Where visits are written; each method raises StorageError."""

    def decide(self, event: DecisionEvent) -> None: ...  # noqa: D102
    def record(self, sighting: Sighting) -> None: ...  # noqa: D102
    def prune(self) -> None: ...  # noqa: D102
    def begin_anew(self) -> None:
        """The file is damaged: set it aside."""
        ...


class RecorderWorker:
    """Takes decisions and ended visits and writes each, in order, as soon as the disk lets it."""

    name = "records"
    stale_after_s = 30.0

    def __init__(self, records: Records) -> None:
        self._records = records
        self._waiting: deque[Sighting | DecisionEvent] = deque()
        self._changed = threading.Condition()
        self._prune_due = False
        self._until_prune = 0
        self._trouble: str | None = None
        self._too_old: str | None = None
        """What is still kept though it should not be, and why."""

    @property
    def problem(self) -> str | None:
        """See `Worker.problem`."""
        return self._trouble or self._too_old

    def prune_soon(self) -> None:
        """Less may be kept from now on: look at once what is too much."""
        self._prune_due = True

    def add(self, news: Sighting | DecisionEvent) -> None:
        """Leave a decision, or a visit that has ended; never waits for the disk."""
        with self._changed:
            if len(self._waiting) >= _MAX_WHOLE:
                if not isinstance(news, Sighting):
                    return
                news = replace(news, why=None, face=None)
            if len(self._waiting) >= _MAX_WAITING:
                self._say(f"Visits are lost: the disk has taken none of the last {_MAX_WAITING}.")
                return
            self._waiting.append(news)
            self._changed.notify()

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`. After `stop`, what still waits is written before the run ends."""
        backoff = Backoff(longest=5.0)
        self._prune_due = True
        while not pulse.given_up and (self._waiting or not pulse.stopping):
            pulse.beat()
            try:
                self._prune_in_turn()
                self._next(0.0 if pulse.stopping else _TURN_S)
            except StorageError as error:
                self._say(str(error))
                if pulse.stopping:
                    return
                self._heal(error)
                pulse.wait(str(error), backoff.next())
            else:
                self._trouble = None
                backoff.reset()

    def _prune_in_turn(self) -> None:
        """Now and then. Where that fails, records are written all the same; StorageCorrupt is raised."""
        if self._until_prune and not self._prune_due:
            self._until_prune -= 1
            return
        self._prune_due, self._until_prune = False, _PRUNE_EVERY
        try:
            self._records.prune()
        except StorageCorrupt:
            raise
        except StorageError as error:
            self._until_prune = _PRUNE_AGAIN
            sentence = f"Visits and faces are kept for too long: {error}"
            if sentence != self._too_old:
                log.warning("%s", sentence)
            self._too_old = sentence
        else:
            self._too_old = None

    def _next(self, timeout_s: float) -> None:
        """Write what is first; if the disk does not take it, it goes back to the head of the line."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, timeout_s):
                return
            news = self._waiting.popleft()
        try:
            if isinstance(news, Sighting):
                self._records.record(news)
            else:
                self._records.decide(news)
        except StorageError:
            with self._changed:
                self._waiting.appendleft(news)
            raise

    def _heal(self, error: StorageError) -> None:
        if isinstance(error, StorageCorrupt):
            self._records.begin_anew()

    def _say(self, sentence: str) -> None:
        if sentence != self._trouble:
            log.error("%s", sentence)
        self._trouble = sentence
