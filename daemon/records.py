# SPDX-License-Identifier: Apache-2.0
"""Writes visits and decisions as the recorder wants it: under the names of now, and as far as privacy allows."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.types import DecisionEvent, Person, Sighting

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
        settings: InForce,
    ) -> None:
        self._events = events
        self._current = current
        self._recorded = recorded
        self._settings = settings

    def decide(self, event: DecisionEvent) -> None:
        """Write a decision and its reasons."""
        self._events.decide(event, self._current)

    def record(self, sighting: Sighting) -> None:
        """Write a visit that has ended."""
        if not self._settings.now.privacy.faces_days:
            sighting = replace(sighting, face=None)
        self._events.record(sighting, self._current, self._settings.now.privacy.max_unknowns)
        self._recorded()

    def prune(self) -> None:
        """Delete what is older than the privacy settings allow."""
        privacy = self._settings.now.privacy
        self._events.prune(timedelta(days=privacy.history_days), timedelta(days=privacy.faces_days))

    def begin_anew(self) -> None:
        """The history is damaged: go on with a new one."""
        aside = self._events.begin_anew()
        log.error("The history of visits is damaged; it begins anew, the old file is now %s", aside)
