# SPDX-License-Identifier: Apache-2.0
"""The gallery: who is enrolled, and who a face is."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import NameTaken, SamePerson
from daemon.gallery.alike import Finding, closeness
from daemon.gallery.batch import Batch
from daemon.gallery.correcting import Correcting
from daemon.gallery.grouping import Grouping
from daemon.gallery.names import normalise
from daemon.gallery.undo import Traces
from daemon.types import ForgetAllReceipt, ForgetReceipt, Person, Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from daemon.clock import Clock
    from daemon.config import GallerySettings
    from daemon.gallery.store import Store
    from daemon.types import AlikeReport, Closeness, Embedding, Identification, Match, PersonSummary

logger = logging.getLogger(__name__)


class Gallery(Batch, Correcting, Grouping):
    """People and their samples: kept in a file, searched in memory."""

    def __init__(self, store: Store, model_id: str, settings: GallerySettings, clock: Clock) -> None:
        super().__init__(store, model_id, settings, clock)
        self._finding = threading.Lock()
        self._found: tuple[int, Finding] | None = None
        """What was found of look-alikes, at which `changes`: it takes long."""

    @property
    def person_count(self) -> int:
        """How many people there are."""
        return len(self._state.roster)

    @property
    def sample_count(self) -> int:
        """How many samples are searched."""
        return len(self._state.index)

    def people(self) -> list[PersonSummary]:
        """Everyone, in the order of their names."""
        return self._state.summaries()

    def summary(self, ref: str) -> PersonSummary:
        """One of them; raises as `find`."""
        state = self._state
        entry = state.roster.find(ref)
        return entry.summary(state.groups.names().get(entry.stored.id, ()))

    def find(self, ref: str) -> Person:
        """A person by id, or by name however it is spelt.

        Raises:
            NoSuchPerson: there is none.
            BadName: `ref` is neither an id nor a possible name.
        """
        return self._state.roster.find(ref).person

    def person(self, person_id: str) -> Person | None:
        """The person of this id, or into whom they were merged since the start; None if there is none any more."""
        state = self._state
        while person_id in state.merged:
            person_id = state.merged[person_id]
        entry = state.roster.by_id.get(person_id)
        return entry.person if entry else None

    def person_ids(self) -> frozenset[str]:
        """Everyone's ids."""
        return frozenset(self._state.roster.by_id)

    def candidates(
        self, embedding: Embedding, k: int | None = None, within: frozenset[str] | None = None
    ) -> tuple[Match, ...]:
        """The `k` (by default the setting's number of) people most similar to a face, best first.

        Those `within`, or of everybody. Votes are among the setting's number of nearest samples of everybody.
        Raises ModelMismatch if the embedding is of another model.
        """
        self._check_model(embedding)
        count = self._settings.k if k is None else k
        if within is None:
            return self._state.matches(embedding.vector, count, self._settings.k, self._settings.threshold)
        return self._state.matches_of(within, embedding.vector, count, self._settings.k)

    @property
    def width(self) -> int | None:
        """How many numbers an embedding has; None while nobody is searched."""
        return self._state.index.width

    def identify(self, embedding: Embedding, excluded: frozenset[str] = frozenset()) -> Identification:
        """Who a face is; never one of the `excluded` ids. Raises ModelMismatch as `candidates` does."""
        self._check_model(embedding)
        return self._state.identify(embedding.vector, self._settings, excluded)

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """How well the people can be told apart, with the threshold for a wanted false-accept rate.

        Raises InputError where there is no measured threshold for that rate.
        """
        with self._finding:
            if self._found is None or self._found[0] != self._changes:
                with self._lock:
                    changes, state, settings = self._changes, self._state, self._settings
                    samples = self._store.load().samples
                self._found = changes, Finding(state, samples, settings)
            return self._found[1].report(false_accept)

    def closeness(self, ref: str, count: int) -> Closeness:
        """A person and the `count` others who are most like them; raises as `find`."""
        state = self._state
        return closeness(state, state.roster.find(ref).person, count)

    def create(self, name: str, *, familiar: bool = False) -> Person:
        """A person without samples, who is not known by sight until some are added.

        Raises:
            BadName: the name cannot be a person's.
            NameTaken: it is a person's already.
            StorageError: it could not be written.
        """
        spelt = normalise(name)
        with self._draft() as draft:
            if holder := draft.state.roster.by_key.get(spelt.key):
                raise NameTaken(f'"{holder.stored.name}" is enrolled already: choose another name, or add samples.')
            entry = draft.newcomer(spelt, familiar=familiar)
        logger.info("person %s created", entry.stored.id)
        return entry.person

    def rename(self, ref: str, new_name: str, *, expected: str | None = None) -> Person:
        """Give a person another name, or spell it otherwise; raises as `change`."""
        return self.change(ref, new_name, expected=expected)

    def set_familiar(self, ref: str, *, familiar: bool, expected: str | None = None) -> Person:
        """Say whether a person comes often, but is no resident; raises as `change`."""
        return self.change(ref, familiar=familiar, expected=expected)

    def change(
        self,
        ref: str,
        name: str | None = None,
        *,
        familiar: bool | None = None,
        groups: Collection[str] | None = None,
        expected: str | None = None,
    ) -> Person:
        """Give a person another name, say whether they are familiar, and in which groups alone: all or none of it.

        None leaves it as it is.

        Raises, as all that follow, Changed if a version is `expected` and the person has another; and:
            NoSuchPerson: nobody is called `ref`.
            BadName: the new name cannot be a person's.
            NameTaken: it is another person's; LookAlikeName: it looks like one.
            NoSuchGroup: there is no such group.
            StorageError: it could not be written.
        """
        spelt = None if name is None else normalise(name)
        with self._draft() as draft:
            entry = draft.find(ref, expected)
            stored = entry.stored
            if spelt:
                if draft.state.roster.by_key.get(spelt.key, entry) is not entry:
                    raise NameTaken(
                        f'"{spelt.display}" is another person\'s name: '
                        "choose another, or merge the two if they are one."
                    )
                draft.state.roster.admit(spelt, entry)
                stored = replace(stored, name=spelt.display, key=spelt.key)
            if familiar is not None:
                stored = replace(stored, familiar=familiar)
            changed = replace(entry, stored=stored)
            draft.save(changed)
            if groups is not None:
                draft.put_in_groups(stored.id, groups)
        logger.info("person %s changed", stored.id)
        return changed.person

    def merge(
        self,
        ref: str,
        into: str,
        follow: Callable[[Person, Person], Traces] = lambda _gone, _kept: Traces(),
        *,
        expected: str | None = None,
    ) -> Removal:
        """Give all samples and groups of one person to another; the first is gone, and the other is returned.

        With it how it can be undone. `follow` does the same in the history before this is kept: if it raises, nothing
        has changed, and everything can be tried again.

        Raises:
            NoSuchPerson: there is no `ref` or no `into`.
            SamePerson: they are one.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            gone, kept = draft.find(ref, expected), draft.find(into)
            if gone is kept:
                raise SamePerson(f'"{kept.stored.name}" cannot be merged with itself: name two different people.')
            traces = follow(gone.person, kept.person)
            merged = draft.unite(gone, kept, self._settings.threshold, traces)
            draft.renew(kept, self._settings.max_samples)
            undo = self._keep_undo(draft, kept, merged)
        logger.info("person %s merged into %s", gone.stored.id, kept.stored.id)
        return Removal(kept.person, undo)

    def forget(
        self, ref: str, follow: Callable[[Person], int] = lambda _person: 0, *, expected: str | None = None
    ) -> ForgetReceipt:
        """Remove a person with all that is kept of them here, for good; gives what that was.

        `follow` is told the person, and the ids of people who were merged into this one, and does the same in the
        history before, as for `merge`; it gives how many visits there were. All these ids are `forgotten` from then
        on, until `forgot` is told that nothing has them any more.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            entry = draft.find(ref, expected)
            person_id = entry.stored.id
            samples, pictures = draft.writer.samples_of(person_id), draft.writer.pictured(person_id)
            aliases = draft.writer.aliases_of(person_id)
            visits = sum(follow(each) for each in (entry.person, *(Person(alias, "") for alias in aliases)))
            draft.writer.add_forgotten([person_id, *aliases])
            draft.remove(entry)
        logger.info("person %s forgotten", person_id)
        return ForgetReceipt(entry.person, len(samples), len(pictures), visits, 0, from_iso(draft.now))

    def forget_all(self, follow: Callable[[], int] = lambda: 0) -> ForgetAllReceipt:
        """Remove everybody, as `forget`; groups stay, empty. `follow` does the same in the history before."""
        with self._draft() as draft:
            people = list(draft.state.roster.by_id)
            samples, pictures = draft.writer.totals()
            visits = follow()
            draft.writer.add_forgotten([*people, *(alias for alias, _ in draft.writer.aliases())])
            draft.remove_everyone()
        logger.info("everybody forgotten: %d people", len(people))
        return ForgetAllReceipt(len(people), samples, pictures, visits, 0, from_iso(draft.now))

    def forgotten(self) -> list[str]:
        """The ids of people who are forgotten here, but perhaps not everywhere; from before a crash, too."""
        return self._store.forgotten()

    def forgot(self, person_ids: Sequence[str]) -> None:
        """Nothing has these any more, and the copies of this file from before a migration have not either."""
        self._store.drop_copies()
        with self._draft() as draft:
            draft.writer.delete_forgotten(person_ids)
