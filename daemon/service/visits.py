# SPDX-License-Identifier: Apache-2.0
"""Past visits: who it was, why, and what else might have been said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.decisions import explanation
from daemon.errors import NoFaceKept, NoSuchVisit
from daemon.faces import best_of
from daemon.service import accounts
from daemon.service.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import Settings
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import Account, Enrolment, Observation, Outcome, Photo, Replay, Sighting, Trial

COUNTER_EXAMPLES = 3
"""Of one visit, at most."""


class VisitsApi(Protocol):
    """Everything about past visits; a `ref` is the id of a decision or of a visit. See `PeopleApi`."""

    def recent(
        self, limit: int = 20, before: str | None = None, person: str | None = None, outcome: Outcome | None = None
    ) -> list[Sighting]:
        """The last visits that have ended, newest first; after the visit `before`, and of a person, if wanted."""
        ...

    def explain(self, ref: str) -> list[Account]:
        """Why this was decided; of a visit all decisions and its end. Raises NoSuchVisit."""
        ...

    def disown(self, person: str, ref: str) -> Enrolment:
        """This visit was not that person: keep its face as counter-examples. Raises NoSuchVisit and NoFaceKept."""
        ...

    def replay(self, trial: Trial) -> Replay:
        """What other settings and more samples would have made of past visits; writes nothing. Raises BadTrial."""
        ...


class PastVisits:
    """`VisitsApi` over the history of this process."""

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: Settings,
        one_face: Callable[[Photo], Observation],
        changed: Callable[[], None],
    ) -> None:
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._one_face = one_face
        self._changed = changed

    def recent(
        self, limit: int = 20, before: str | None = None, person: str | None = None, outcome: Outcome | None = None
    ) -> list[Sighting]:
        """See `VisitsApi.recent`."""
        person_id = self._gallery.find(person).id if person is not None else None
        return self._events.history.recent(limit, before, person_id, outcome)

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
        decision = self._events.decisions.find(ref)
        sighting_id = decision.sighting_id if decision else ref
        kept = self._events.history.find(sighting_id)
        if kept is None:
            raise (
                NoSuchVisit("This visit has not ended yet: try again in a moment.")
                if decision
                else _nothing_kept(ref)
            )
        face = self._events.faces.find(sighting_id)
        if face is None:
            raise NoFaceKept("Nothing is kept of the face of this visit (privacy.faces_days): give pictures instead.")
        done = self._gallery.add_counter_examples(gone.id, best_of([face], COUNTER_EXAMPLES), "visit")
        if kept[0].person and kept[0].person.id == gone.id:
            self._events.assign([sighting_id], None)
        self._changed()
        return done

    def replay(self, trial: Trial) -> Replay:
        """See `VisitsApi.replay`."""
        samples = [(name, self._one_face(photo).embedding) for name, photo in trial.samples]
        faces = self._events.faces.recent(trial.last)
        return replay(faces, self._gallery, self._settings, trial.settings, samples)

    def _name(self, person_id: str) -> str | None:
        person = self._gallery.person(person_id)
        return person.name if person else None


def _nothing_kept(ref: str) -> NoSuchVisit:
    return NoSuchVisit(f'Nothing is kept of "{ref}": give the id of a decision or of a visit (whod visits).')
