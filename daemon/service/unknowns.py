# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors: grouped by likeness, and named in one step."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from daemon.errors import NoFaceKept, WhodError
from daemon.faces import best_of, looks_of
from daemon.service.strangers import Strangers, gone, look_of
from daemon.tracking import Rules, reweigh
from daemon.types import Embedding, ForgottenAll, LeftOut, Named, NamedAll, Unknown, UnknownPage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.service.strangers import Stranger
    from daemon.types import Person, Sighting, Vector

log = logging.getLogger(__name__)

SAMPLES = 5
"""Of an unknown visitor, or of a visit, enrolled when they are named."""


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

    def find(self, ref: str) -> Unknown:
        """One of them."""
        ...

    def assign(self, ref: str, who: str | None, *, familiar: bool = False) -> Named:
        """This is `who`, a name or the id of a person; at None somebody who comes often and has no name.

        With `familiar` a new person comes often, too. Enrols the best looks, and makes the visits that this explains
        theirs. Raises BadName; NameTaken if `familiar` is said of a resident.
        """
        ...

    def assign_all(self, refs: Sequence[str], who: str | None, *, familiar: bool = False) -> NamedAll:
        """These are all `who`, enrolled at once; at None each is somebody else, who comes often and has no name.

        Those who are there no more are left out. Raises as `assign`, NoSuchVisit if there is none of them.
        """
        ...

    def forget(self, ref: str) -> Unknown:
        """Keep nothing more of their faces; the visits stay, as unknown. Gives who it was."""
        ...

    def forget_all(self, refs: Sequence[str]) -> ForgottenAll:
        """The same of several at once. Those who are there no more are left out."""
        ...


class Unknowns:
    """`UnknownsApi` over the history of this process."""

    def __init__(self, gallery: Gallery, events: EventStore, settings: InForce, changed: Callable[[], None]) -> None:
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._changed = changed
        self._strangers = Strangers(events, gallery.model_id)
        self.on_forget: Callable[[], None] = lambda: None
        """Called when somebody unknown was forgotten."""

    def all(self) -> list[Unknown]:
        """See `UnknownsApi.all`."""
        return list(self.page().unknowns)

    def page(self, limit: int | None = None, after: str | None = None) -> UnknownPage:
        """The `limit` of them after the one of which `after` is a visit, or the first if that is there no more."""
        everyone = self._strangers.all()
        places = (place for place, stranger in enumerate(everyone, 1) if after in stranger.ids)
        rest = everyone[next(places, 0) :]
        shown, pictured = rest[:limit], self._events.faces.pictured()
        unknowns = tuple(self._unknown(stranger, pictured) for stranger in shown)
        return UnknownPage(unknowns, len(everyone), unknowns[-1].id if len(shown) < len(rest) else None)

    def count(self) -> int:
        """How many there are; quick."""
        return len(self._strangers.all())

    def find(self, ref: str) -> Unknown:
        """See `UnknownsApi.find`."""
        return self._unknown(self._strangers.find(ref), self._events.faces.pictured())

    def crop(self, ref: str) -> bytes:
        """See `UnknownsApi.crop`."""
        for visit in sorted(self._strangers.find(ref).visits, key=lambda visit: visit.best.quality, reverse=True):
            if jpeg := self._events.faces.crop(visit.sighting_id):
                return jpeg
        raise NoFaceKept("No picture of this visitor is kept.")

    def assign(self, ref: str, who: str | None, *, familiar: bool = False) -> Named:
        """See `UnknownsApi.assign`."""
        return self._name([self._strangers.find(ref)], who, familiar=familiar)

    def assign_all(self, refs: Sequence[str], who: str | None, *, familiar: bool = False) -> NamedAll:
        """See `UnknownsApi.assign_all`."""
        found, left = self._find_all(refs)
        if who is not None:
            return NamedAll((self._name(list(found.values()), who, familiar=familiar),), tuple(left))
        named: list[Named] = []
        for ref, stranger in found.items():
            if set(stranger.ids) <= {each for one in named for each in one.sighting_ids}:
                continue  # the same as one before, as it turned out
            try:
                named.append(self._name([stranger], None))
            except WhodError as error:
                left.append(LeftOut(ref, str(error)))
        return NamedAll(tuple(named), tuple(left))

    def forget_all(self, refs: Sequence[str]) -> ForgottenAll:
        """See `UnknownsApi.forget_all`."""
        found, left = self._find_all(refs)
        pictured = self._events.faces.pictured()
        forgotten = tuple(self._unknown(stranger, pictured) for stranger in found.values())
        self._events.forget_faces([sighting_id for unknown in forgotten for sighting_id in unknown.sighting_ids])
        self.on_forget()
        return ForgottenAll(forgotten, tuple(left))

    def _name(self, strangers: Sequence[Stranger], who: str | None, *, familiar: bool = False) -> Named:
        """All of these are one person."""
        faces = [self._strangers.faces(stranger) for stranger in strangers]
        best = [look for own in faces for look in best_of(own, SAMPLES)]
        if who is None:
            enrolment = self._gallery.enrol_familiar(best, "visit", force=True)
        else:
            known = self._gallery.person(who)
            # Whoever names a visitor has looked: what the gallery thought until now does not count.
            name = known.name if known else who
            enrolment = self._gallery.enrol(name, best, "visit", force=True, familiar=familiar)
            # A counter-example that was made of one of these visits was wrong.
            looks = [looks_of(face) for own in faces for face in own]
            self._gallery.withdraw(enrolment.person.id, np.concatenate(looks))
        theirs = {sighting_id for stranger in strangers for sighting_id in stranger.ids}
        others = (visit for visit in self._strangers.visits() if visit.sighting_id not in theirs)
        theirs.update(visit.sighting_id for visit in others if self._is_of(visit, enrolment.person))
        self._events.assign(theirs, enrolment.person)
        self._changed()
        log.info("person %s: %d visits of somebody unknown were theirs", enrolment.person.id, len(theirs))
        return Named(enrolment.change, enrolment.person, len(enrolment.sample_ids), tuple(sorted(theirs)))

    def forget(self, ref: str) -> Unknown:
        """See `UnknownsApi.forget`."""
        unknown = self.find(ref)
        self._events.forget_faces(unknown.sighting_ids)
        self.on_forget()
        return unknown

    def _find_all(self, refs: Sequence[str]) -> tuple[dict[str, Stranger], list[LeftOut]]:
        """Each that is meant, by the first `ref` for it, and those that are gone. Raises NoSuchVisit if all are."""
        stranger_of = {sighting_id: stranger for stranger in self._strangers.all() for sighting_id in stranger.ids}
        found: dict[str, Stranger] = {}
        for ref in refs:
            if (stranger := stranger_of.get(ref)) and not any(stranger is other for other in found.values()):
                found[ref] = stranger
        if not found:
            raise gone(refs[0])
        return found, [LeftOut(ref, str(gone(ref))) for ref in refs if ref not in stranger_of]

    def _unknown(self, stranger: Stranger, pictured: Collection[str]) -> Unknown:
        visits, matches = stranger.visits, self._gallery.candidates(self._embedding(stranger.mean), 1)
        best = sorted(visits, key=lambda visit: visit.best.quality, reverse=True)
        return Unknown(
            id=visits[0].sighting_id,
            sighting_ids=stranger.ids,
            first_seen_at=visits[0].started_at,
            last_seen_at=visits[-1].ended_at,
            cameras=tuple(sorted({visit.camera for visit in visits})),
            quality=best[0].best.quality,
            nearest=matches[0].person if matches else None,
            similarity=matches[0].similarity if matches else 0.0,
            simulated=all(visit.simulated for visit in visits),
            pictures=tuple(visit.sighting_id for visit in best if visit.sighting_id in pictured),
        )

    def _is_of(self, visit: Sighting, person: Person) -> bool:
        """Whether a visit would be this person's, by the rules that the daemon goes by."""
        face = visit.face
        if face is None or self._gallery.identify(self._embedding(look_of(visit))).person != person:
            return False
        lasted_s = (visit.ended_at - visit.started_at).total_seconds()
        rules = Rules(self._settings.now.tracking, self._settings.now.gallery)
        return reweigh(face, lasted_s, rules, self._gallery).person == person

    def _embedding(self, mean: Vector) -> Embedding:
        return Embedding(mean / max(float(np.linalg.norm(mean)), 1e-9), self._gallery.model_id)
