# SPDX-License-Identifier: Apache-2.0
"""The gallery: who is enrolled, and who a face is."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.errors import NameTaken, SamePerson
from daemon.gallery.alike import report
from daemon.gallery.names import normalise
from daemon.gallery.samples import Samples
from daemon.gallery.whatif import WhatIf

if TYPE_CHECKING:
    from daemon.config import GallerySettings
    from daemon.types import AlikeReport, Embedding, Identification, Match, Person, PersonSummary

logger = logging.getLogger(__name__)


class Gallery(Samples):
    """People and their samples: kept in a file, searched in memory."""

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
        return self._state.roster.summaries()

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

    def candidates(self, embedding: Embedding, k: int | None = None) -> tuple[Match, ...]:
        """The `k` (by default the setting's number of) people most similar to a face, best first.

        Votes are among the `k` nearest samples.
        Raises ModelMismatch if the embedding is of another model.
        """
        self._check_model(embedding)
        count = self._settings.k if k is None else k
        return self._state.matches(embedding.vector, count, count, self._settings.threshold)

    def identify(self, embedding: Embedding, excluded: frozenset[str] = frozenset()) -> Identification:
        """Who a face is; never one of the `excluded` ids. Raises ModelMismatch as `candidates` does."""
        self._check_model(embedding)
        return self._state.identify(embedding.vector, self._settings, excluded)

    def what_if(self, settings: GallerySettings) -> WhatIf:
        """The gallery as it is now, with other settings; nothing that is done to it is written."""
        return WhatIf(self._state, settings)

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """How well the people can be told apart, with the threshold for a wanted false-accept rate.

        Raises InputError where there is no measured threshold for that rate.
        """
        with self._lock:
            state, samples = self._state, self._store.load().samples
        return report(state, samples, self._settings, false_accept)

    def rename(self, ref: str, new_name: str) -> Person:
        """Give a person another name, or spell it otherwise.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            BadName: the new name cannot be a person's.
            NameTaken: it is another person's.
            StorageError: it could not be written.
        """
        spelt = normalise(new_name)
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            if draft.state.roster.by_key.get(spelt.key, entry) is not entry:
                raise NameTaken(
                    f'"{spelt.display}" is another person\'s name: choose another, or merge the two if they are one.'
                )
            renamed = replace(entry, stored=replace(entry.stored, name=spelt.display, key=spelt.key))
            draft.save(renamed)
        logger.info("person %s renamed", entry.stored.id)
        return renamed.person

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        """Say whether a person comes often, but is no resident.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            changed = replace(entry, stored=replace(entry.stored, familiar=familiar))
            draft.save(changed)
        logger.info("person %s is %s", entry.stored.id, "familiar" if familiar else "a resident")
        return changed.person

    def merge(self, ref: str, into: str) -> Person:
        """Give all samples of one person to another; the first is gone, and the other is returned.

        Raises:
            NoSuchPerson: there is no `ref` or no `into`.
            SamePerson: they are one.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            gone, kept = draft.state.roster.find(ref), draft.state.roster.find(into)
            if gone is kept:
                raise SamePerson(f'"{kept.stored.name}" cannot be merged with itself: name two different people.')
            draft.unite(gone, kept, self._settings.threshold)
            draft.renew(kept, self._settings.max_samples)
        logger.info("person %s merged into %s", gone.stored.id, kept.stored.id)
        return kept.person

    def forget(self, ref: str) -> Person:
        """Remove a person with all samples; gives who it was.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            draft.remove(entry)
        logger.info("person %s forgotten", entry.stored.id)
        return entry.person
