# SPDX-License-Identifier: Apache-2.0
"""Writes visits as the recorder wants it: under the name of now, and so that the publisher hears of it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.events_db import EventStore
    from daemon.types import Person, Sighting

log = logging.getLogger(__name__)


class VisitRecords:
    """`daemon.workers.recorder.Records` over the event store.

    `current` gives the person of an id as enrolled now; `recorded` is called after each visit.
    """

    def __init__(
        self,
        events: EventStore,
        current: Callable[[str], Person | None],
        recorded: Callable[[], None],
        history_days: int,
    ) -> None:
        self._events = events
        self._current = current
        self._recorded = recorded
        self._kept = timedelta(days=history_days)

    def record(self, sighting: Sighting) -> None:
        """Write a visit that has ended."""
        self._events.record(sighting, self._current)
        self._recorded()

    def prune(self) -> None:
        """Delete what is older than the privacy setting allows."""
        self._events.prune(self._kept)

    def begin_anew(self) -> None:
        """The history is damaged: go on with a new one."""
        aside = self._events.begin_anew()
        log.error("The history of visits is damaged; it begins anew, the old file is now %s", aside)
