# SPDX-License-Identifier: Apache-2.0
"""Past visits: who it was, why, and what else might have been said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from daemon.decisions import explanation
from daemon.errors import NoFaceKept, NoSuchPerson, NoSuchVisit
from daemon.faces import best_of, looks_of
from daemon.gallery import Lesson
from daemon.service import accounts
from daemon.service.replay import replay
from daemon.service.unknowns import SAMPLES
from daemon.types import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import (
        Account,
        Enrolment,
        Observation,
        Outcome,
        Person,
        Photo,
        Replay,
        Sighting,
        Trial,
        VisitFace,
    )

_COUNTER_EXAMPLES = 3
"""Of one visit, at most."""
_SOURCE = "visit"


class VisitsApi(Protocol):
    """Everything about past visits; a `ref` is the id of a decision or of a visit. See `PeopleApi`."""

    def recent(
        self,
        limit: int = 20,
        before: str | None = None,
        person: str | None = None,
        outcome: Outcome | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        corrected: bool = False,
    ) -> list[Sighting]:
        """The last visits that have ended, newest first; after the visit `before`, and of a person, if wanted.

        With times those that began at `since` or later and before `until`. With `corrected` those of which whod took
        a decision back, or somebody said since that it was wrong.
        """
        ...

    def find(self, ref: str) -> Sighting:
        """A visit that has ended. Raises NoSuchVisit."""
        ...

    def crop(self, ref: str) -> bytes:
        """The picture of the face of a visit, as JPEG. Raises NoSuchVisit; NoFaceKept if none is kept."""
        ...

    def explain(self, ref: str) -> list[Account]:
        """Why this was decided; of a visit all decisions and its end. Raises NoSuchVisit."""
        ...

    def disown(self, person: str, ref: str) -> Enrolment:
        """This visit was not that person: keep its face as counter-examples. Raises NoSuchVisit and NoFaceKept."""
        ...

    def correct(self, ref: str, who: str) -> Named:
        """This visit was that of `who`, a name or the id of a person: enrol its best looks, and make it theirs.

        Its face becomes counter-examples of the person it was said to be of. Raises NoSuchVisit, NoFaceKept, BadName.
        """
        ...

    def replay(self, trial: Trial) -> Replay:
        """What other settings, samples and corrections would have made of past visits; keeps nothing.

        Of the last ones, and of those that are to be corrected. Raises BadTrial; for a visit that is to be corrected
        as `disown` and `correct` would.
        """
        ...


class PastVisits:
    """`VisitsApi` over the history of this process."""

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: InForce,
        one_face: Callable[[Photo], Observation],
        changed: Callable[[], None],
    ) -> None:
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._one_face = one_face
        self._changed = changed

    def recent(
        self,
        limit: int = 20,
        before: str | None = None,
        person: str | None = None,
        outcome: Outcome | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        corrected: bool = False,
    ) -> list[Sighting]:
        """See `VisitsApi.recent`."""
        person_id = self._gallery.find(person).id if person is not None else None
        return self._events.history.recent(
            limit, before, person_id, outcome, since=since, until=until, corrected=corrected
        )

    def find(self, ref: str) -> Sighting:
        """See `VisitsApi.find`."""
        decision = self._events.decisions.find(ref)
        if kept := self._events.history.find(decision.sighting_id if decision else ref):
            return kept[0]
        if decision:
            raise NoSuchVisit("This visit has not ended yet: try again in a moment.")
        raise _nothing_kept(ref)

    def crop(self, ref: str) -> bytes:
        """See `VisitsApi.crop`."""
        if jpeg := self._events.faces.crop(self.find(ref).sighting_id):
            return jpeg
        raise NoFaceKept("No picture of this visit is kept.")

    def pictured(self, sighting_ids: Iterable[str]) -> frozenset[str]:
        """Those of which a picture is kept."""
        return self._events.faces.pictured() & frozenset(sighting_ids)

    def explain(self, ref: str) -> list[Account]:
        """See `VisitsApi.explain`."""
        if decision := self._events.decisions.find(ref):
            return [accounts.of_decision(decision, self._name)]
        found = [accounts.of_decision(decision, self._name) for decision in self._events.decisions.of(ref)]
        if kept := self._events.history.find(ref):
            visit, why = kept
            found += [accounts.of_visit(visit, known, self._name) for known in [explanation(why)] if known]
            if not found:
                raise NoSuchVisit(
                    "This visit is kept, but not its reasons: it is too old, or somebody was forgotten."
                )
        if not found:
            raise _nothing_kept(ref)
        return found

    def disown(self, person: str, ref: str) -> Enrolment:
        """See `VisitsApi.disown`."""
        gone = self._gallery.find(person)
        visit, lesson = self._disowned(gone, ref)
        (done,) = self._gallery.learn(lesson)
        if visit.person and visit.person.id == gone.id:
            self._events.assign([visit.sighting_id], None)
        self._changed()
        return done

    def correct(self, ref: str, who: str) -> Named:
        """See `VisitsApi.correct`."""
        visit, lesson = self._corrected(who, ref)
        *_, done = self._gallery.learn(lesson)
        self._events.assign([visit.sighting_id], done.person)
        self._changed()
        return Named(done.change, done.person, len(done.sample_ids), (visit.sighting_id,))

    def replay(self, trial: Trial) -> Replay:
        """See `VisitsApi.replay`."""
        put_right = [
            *(self._corrected(who, ref) for who, ref in trial.corrected),
            *(self._disowned(self._gallery.find(person), ref) for person, ref in trial.disowned),
        ]
        lessons = [*(self._taught(name, photo) for name, photo in trial.samples), *(each for _, each in put_right)]
        visits = self._events.faces.recent(trial.last)
        tried = {visit.sighting_id for visit in visits}
        older = {visit.sighting_id: visit for visit, _ in put_right if visit.sighting_id not in tried}
        return replay([*visits, *older.values()], self._gallery, self._settings.now, trial.settings, lessons)

    def _face(self, ref: str) -> tuple[Sighting, VisitFace]:
        """A visit that has ended, and its face. Raises NoSuchVisit, NoFaceKept."""
        visit = self.find(ref)
        face = self._events.faces.find(visit.sighting_id)
        if face is None:
            raise NoFaceKept("Nothing is kept of the face of this visit (privacy.faces_days): give pictures instead.")
        if face.model_id != self._gallery.model_id:
            raise NoFaceKept("The face of this visit is kept as another model saw it: give pictures instead.")
        return replace(visit, face=face), face

    def _meant(self, who: str) -> tuple[str, Person | None]:
        """The name of `who`, a name or an id, and the person if there is one. Raises BadName."""
        try:
            known = self._gallery.person(who) or self._gallery.find(who)
        except NoSuchPerson:
            return who, None
        return known.name, known

    def _disowned(self, person: Person, ref: str) -> tuple[Sighting, Lesson]:
        """The visit, and what is learned when it was not this person's."""
        visit, face = self._face(ref)
        counters = best_of([face], _COUNTER_EXAMPLES)
        return visit, Lesson(looks_of(face), _SOURCE, wrong=person.id, counters=counters)

    def _corrected(self, who: str, ref: str) -> tuple[Sighting, Lesson]:
        """The visit, and what is learned when it was this person's; it was not whose it was said to be."""
        visit, face = self._face(ref)
        name, known = self._meant(who)
        lesson = Lesson(looks_of(face), _SOURCE, right=name, samples=best_of([face], SAMPLES))
        if visit.person and (known is None or known.id != visit.person.id):
            lesson = replace(lesson, wrong=visit.person.id, counters=best_of([face], _COUNTER_EXAMPLES))
        return visit, lesson

    def _taught(self, name: str, photo: Photo) -> Lesson:
        """What is learned of one more picture of a person."""
        look = self._one_face(photo)
        return Lesson(look.embedding.vector[None], "upload", right=name, samples=[look])

    def _name(self, person_id: str) -> str | None:
        person = self._gallery.person(person_id)
        return person.name if person else None


def _nothing_kept(ref: str) -> NoSuchVisit:
    return NoSuchVisit(f'Nothing is kept of "{ref}": give the id of a decision or of a visit (whod visits).')
