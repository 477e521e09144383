# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors: grouped by likeness, and named in one step."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from daemon.errors import NoFaceKept, NoSuchVisit
from daemon.faces import best_of, group, mean_of
from daemon.tracking import Rules, reweigh
from daemon.types import Embedding, Named, Outcome, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.config import Settings
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import Person, Sighting, Vector

log = logging.getLogger(__name__)

SAMPLES = 5
"""Of an unknown visitor, enrolled when they are named."""

_MOST = 1000
"""Visits that are grouped."""


class UnknownsApi(Protocol):
    """Everything about unknown visitors; a `ref` is the id of one, or of any of their visits. See `PeopleApi`.

    Raises NoSuchVisit for a `ref` that is no unknown visitor's.
    """

    def all(self) -> list[Unknown]:
        """Those whose faces are kept; who came last is first."""
        ...

    def crop(self, ref: str) -> bytes:
        """The best picture of a face, as JPEG. Raises NoFaceKept if none is kept."""
        ...

    def assign(self, ref: str, who: str | None) -> Named:
        """This is `who`, a name or the id of a person; at None somebody who comes often and has no name.

        Enrols the best looks, and makes the visits that this explains theirs. Raises BadName.
        """
        ...

    def forget(self, ref: str) -> Unknown:
        """Keep nothing more of their faces; the visits stay, as unknown. Gives who it was."""
        ...


class Unknowns:
    """`UnknownsApi` over the history of this process."""

    def __init__(self, gallery: Gallery, events: EventStore, settings: Settings, changed: Callable[[], None]) -> None:
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._changed = changed

    def all(self) -> list[Unknown]:
        """See `UnknownsApi.all`."""
        return [self._unknown(visits) for visits in self._groups()]

    def crop(self, ref: str) -> bytes:
        """See `UnknownsApi.crop`."""
        for visit in sorted(self._find(ref), key=lambda visit: visit.best.quality, reverse=True):
            if jpeg := self._events.faces.crop(visit.sighting_id):
                return jpeg
        raise NoFaceKept("No picture of this visitor is kept.")

    def assign(self, ref: str, who: str | None) -> Named:
        """See `UnknownsApi.assign`."""
        visits = self._find(ref)
        faces = best_of([visit.face for visit in visits if visit.face], SAMPLES)
        if who is None:
            enrolment = self._gallery.enrol_familiar(faces, "visit", force=True)
        else:
            known = self._gallery.person(who)
            # Whoever names a visitor has looked: what the gallery thought until now does not count.
            enrolment = self._gallery.enrol(known.name if known else who, faces, "visit", force=True)
            # A counter-example that was made of one of these visits was wrong.
            looks = [moment.vector for visit in visits if visit.face for moment in visit.face.moments]
            self._gallery.withdraw(enrolment.person.id, np.stack(looks))
        theirs = {visit.sighting_id for visit in visits}
        others = (visit for visit in self._visits() if visit.sighting_id not in theirs)
        theirs.update(visit.sighting_id for visit in others if self._is_of(visit, enrolment.person))
        self._events.assign(theirs, enrolment.person)
        self._changed()
        log.info("person %s: %d visits of somebody unknown were theirs", enrolment.person.id, len(theirs))
        return Named(enrolment.change, enrolment.person, len(enrolment.sample_ids), tuple(sorted(theirs)))

    def forget(self, ref: str) -> Unknown:
        """See `UnknownsApi.forget`."""
        visits = self._find(ref)
        unknown = self._unknown(visits)
        self._events.forget_faces(unknown.sighting_ids)
        return unknown

    def _visits(self) -> list[Sighting]:
        """Of unknown visitors, with faces that can be compared; oldest first."""
        visits = self._events.faces.recent(_MOST, Outcome.UNKNOWN)
        return [visit for visit in visits if visit.face and visit.face.model_id == self._gallery.model_id][::-1]

    def _groups(self) -> list[list[Sighting]]:
        """The visits of each, oldest first; who came last is first."""
        visits = self._visits()
        if not visits:
            return []
        groups = group(np.stack([_look(visit) for visit in visits]))
        return [[visits[place] for place in places] for places in sorted(groups, key=max, reverse=True)]

    def _find(self, ref: str) -> list[Sighting]:
        for visits in self._groups():
            if any(visit.sighting_id == ref for visit in visits):
                return visits
        raise NoSuchVisit(f'There is no unknown visitor "{ref}" (any more): look at the list, whod unknowns.')

    def _unknown(self, visits: Sequence[Sighting]) -> Unknown:
        mean = np.mean([_look(visit) for visit in visits], axis=0)
        matches = self._gallery.candidates(self._embedding(mean), 1)
        return Unknown(
            id=visits[0].sighting_id,
            sighting_ids=tuple(visit.sighting_id for visit in visits),
            first_seen_at=visits[0].started_at,
            last_seen_at=visits[-1].ended_at,
            cameras=tuple(sorted({visit.camera for visit in visits})),
            quality=max(visit.best.quality for visit in visits),
            nearest=matches[0].person if matches else None,
            similarity=matches[0].similarity if matches else 0.0,
            simulated=all(visit.simulated for visit in visits),
        )

    def _is_of(self, visit: Sighting, person: Person) -> bool:
        """Whether a visit would be this person's, by the rules that the daemon goes by."""
        face = visit.face
        if face is None or self._gallery.identify(self._embedding(_look(visit))).person != person:
            return False
        lasted_s = (visit.ended_at - visit.started_at).total_seconds()
        rules = Rules(self._settings.tracking, self._settings.gallery)
        return reweigh(face, lasted_s, rules, self._gallery).person == person

    def _embedding(self, mean: Vector) -> Embedding:
        return Embedding(mean / max(float(np.linalg.norm(mean)), 1e-9), self._gallery.model_id)


def _look(visit: Sighting) -> Vector:
    if visit.face is None:
        raise ValueError("a visit without a face")
    return mean_of(visit.face.moments)
