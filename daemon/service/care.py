# SPDX-License-Identifier: Apache-2.0
"""Which people somebody should see to."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from daemon.clock import from_iso
from daemon.types import Concern, Doubt, Need
from daemon.watch import Windows, waning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import PersonSummary
    from daemon.watch import Waning

FEW = 3
"""Samples from which on they can be compared with each other, and a wrong one is noticed."""
_OLD = timedelta(days=3 * 365)
_COMPARED = 10_000
"""Samples up to which look-alikes are looked for in the background: it takes the square of their number."""


class _Found(NamedTuple):
    """What the last look has found."""

    at: datetime
    waning: Mapping[str, Waning]
    """By the person's id."""
    alike: Mapping[str, Sequence[str]]
    """Ids of those whom a person can hardly be told from, by the person's."""


class Care:
    """What takes too long for a page is looked at by the watch now and then, the rest when it is asked for."""

    def __init__(self, gallery: Gallery, events: EventStore, settings: InForce) -> None:
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._found: _Found | None = None
        self._looks: tuple[int, dict[str, tuple[bool, str | None]]] | None = None

    def look(self, now: datetime) -> list[Waning]:
        """Look at all people; gives those who are recognised less well than before. Raises StorageError.

        `now` must be right. To be called once a day, and soon after people were changed.
        """
        windows = Windows.of(self._settings.now.privacy.history_days)
        changed_at = {person.id: person.updated_at for person in self._gallery.people()}
        found = waning(self._events.history.scores(now - windows.reach), changed_at, now, windows)
        self._found = _Found(now, {each.person_id: each for each in found}, self._look_alikes())
        return found

    def pictured(self, person_id: str) -> bool:
        """Whether a picture of the face is kept."""
        return self._look_of(person_id)[0]

    def concerns(self, person: PersonSummary) -> tuple[Concern, ...]:
        """Of one person. What was found before the person was changed is not told: the change may have settled it."""
        if not person.samples:
            return (Concern(Need.NO_SAMPLE),)
        concerns = [Concern(Need.FEW_SAMPLES)] if person.samples < FEW else []
        found = self._found
        if found is None or person.updated_at > found.at:
            return tuple(concerns)
        newest = self._look_of(person.id)[1]
        if newest and found.at - from_iso(newest) > _OLD:
            concerns.append(Concern(Need.OLD_SAMPLES))
        if less := found.waning.get(person.id):
            concerns.append(Concern(Need.WANING, similarity=less.recently, before=less.before))
        others = (self._gallery.person(other_id) for other_id in found.alike.get(person.id, ()))
        concerns += [Concern(Need.LOOK_ALIKE, other) for other in others if other and other.id != person.id]
        return tuple(concerns)

    def _look_alikes(self) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        if self._gallery.sample_count <= _COMPARED:
            for caution in self._gallery.alike().cautions:
                if caution.doubt is Doubt.ALIKE:
                    a, b = caution.people
                    found[a.id].append(b.id)
                    found[b.id].append(a.id)
        return found

    def _look_of(self, person_id: str) -> tuple[bool, str | None]:
        changes = self._gallery.changes
        if self._looks is None or self._looks[0] != changes:
            self._looks = changes, self._gallery.looks()
        return self._looks[1].get(person_id, (False, None))
