# SPDX-License-Identifier: Apache-2.0
"""What the gallery learns of visits that were not whose they were said to be; done, or only tried."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.gallery.names import normalise
from daemon.gallery.samples import Faces, Samples
from daemon.gallery.whatif import WhatIf
from daemon.types import Change, SampleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.config import GallerySettings
    from daemon.gallery.draft import Draft
    from daemon.gallery.index import Matrix
    from daemon.gallery.state import State
    from daemon.types import Enrolment, Observation


@dataclass(frozen=True, slots=True)
class Lesson:
    """Whose a visit was, whose it was not, or both."""

    looks: Matrix
    """All that is kept of its face; (n, d)."""
    source: str
    """As in `Faces`."""
    wrong: str | None = None
    """The id of the person whose it was not."""
    counters: Sequence[Observation] = ()
    """The looks that become counter-examples of theirs."""
    right: str | None = None
    """The name of the person, who may be new, whose it was."""
    samples: Sequence[Observation] = ()
    """The looks that become samples of theirs, whatever speaks against it."""


class Correcting(Samples):
    """What is learned of people from visits; raises as `Samples`."""

    def add_counter_examples(self, ref: str, observations: Sequence[Observation], source: str) -> Enrolment:
        """These faces of a visit are not this person's. See `add_samples`."""
        faces = self._checked(Faces(observations, source))
        with self._draft() as draft:
            return self._learn(draft, draft.find(ref), SampleKind.NEGATIVE, faces, Change.UPDATED)

    def withdraw(self, ref: str, faces: Matrix) -> None:
        """Delete the counter-examples of a person of which one of `faces` (n, d) is a copy: it is the person.

        Raises:
            NoSuchPerson: there is no `ref`.
        """
        with self._draft() as draft:
            self._withdraw(draft, ref, faces)

    def learn(self, lesson: Lesson) -> list[Enrolment]:
        """Learn from a visit, all or nothing; gives what became of whom it was not, then of whom it was.

        Of whom it was not the looks become counter-examples, and samples of this source that are copies of them are
        deleted; of whom it was they become samples, and counter-examples that are copies of them are deleted.

        Raises:
            NoSuchPerson: there is no `wrong`.
            BadName, LookAlikeName: `right` cannot be a person's name.
            OtherPerson: a sample of another source says that it was `wrong`.
        """
        with self._draft() as draft:
            return self._follow(draft, lesson)

    def what_if(self, settings: GallerySettings, lessons: Sequence[Lesson] = ()) -> WhatIf:
        """The gallery as it is now, or would be after these lessons, with other settings. Raises as `learn`."""
        return WhatIf(self._after(lessons) if lessons else self._state, settings)

    def _after(self, lessons: Sequence[Lesson]) -> State:
        """What `learn` would make of it, by doing it in a transaction that is never committed."""
        with contextlib.suppress(_OnlyTriedError), self._draft() as draft:
            for lesson in lessons:
                self._follow(draft, lesson)
            raise _OnlyTriedError
        return draft.state

    def _follow(self, draft: Draft, lesson: Lesson) -> list[Enrolment]:
        learned = []
        if lesson.wrong is not None:
            entry, faces = draft.find(lesson.wrong), self._checked(Faces(lesson.counters, lesson.source))
            draft.unlearn(entry, lesson.looks, lesson.source)
            learned.append(self._learn(draft, entry, SampleKind.NEGATIVE, faces, Change.UPDATED))
        if lesson.right is not None:
            # Whoever says who it was has looked: what the gallery thought until now does not count.
            faces = self._checked(Faces(lesson.samples, lesson.source, force=True))
            learned.append(done := self._enrol(draft, normalise(lesson.right), faces))
            self._withdraw(draft, done.person.id, lesson.looks)
        return learned

    def _withdraw(self, draft: Draft, ref: str, faces: Matrix) -> None:
        entry = draft.find(ref)
        draft.withdraw(entry, faces)
        draft.renew(entry, self._settings.max_samples)


class _OnlyTriedError(Exception):
    """Takes back what was tried."""
