# SPDX-License-Identifier: Apache-2.0
"""A change of the gallery under way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.admission import Held, copied, representatives
from daemon.gallery.roster import Entry
from daemon.gallery.store import StoredPerson, as_matrix
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from daemon.gallery.index import Index, Matrix
    from daemon.gallery.names import Name
    from daemon.gallery.state import State
    from daemon.gallery.store import Sample, Writer


@dataclass(slots=True)
class Draft:
    """The statements of a change, and what readers will see once they are on disk."""

    writer: Writer
    state: State
    model_id: str
    now: str

    def newcomer(self, name: Name, *, familiar: bool = False) -> Entry:
        """Add a person without samples."""
        entry = Entry(StoredPerson(str(uuid.uuid4()), name.display, name.key, self.now, self.now, familiar))
        self.save(entry)
        return entry

    def save(self, entry: Entry) -> None:
        """Add a person, or put this in the place of the one with the same id."""
        updated = replace(entry, stored=replace(entry.stored, updated_at=self.now))
        self.writer.save_person(updated.stored)
        self.state = replace(self.state, roster=self.state.roster.plus(updated))

    def remove(self, entry: Entry) -> None:
        """Remove a person and all samples."""
        person_id = entry.stored.id
        self.writer.delete_person(person_id)
        roster, index = self.state.roster.without(person_id), self.state.index.without(person_id)
        self.state = replace(self.state, roster=roster, index=index, negatives=self._other_negatives(person_id))

    def held(self, entry: Entry, width: int) -> Held:
        """A person's samples of the model in use, whose vectors have `width` numbers."""
        ours, none = self._samples(entry), np.empty((0, width), np.float32)
        positives, negatives = ([sample for sample in ours if sample.kind == kind] for kind in SampleKind)
        return Held(
            entry.stored.name,
            as_matrix(positives) if positives else none,
            as_matrix(negatives) if negatives else none,
            [sample.id for sample in positives],
            [sample.id for sample in negatives],
        )

    def withdraw(self, entry: Entry, faces: Matrix) -> None:
        """Delete the counter-examples of which one of `faces` (n, d) is a copy: it is the person. To be renewed."""
        negatives = [sample for sample in self._samples(entry) if sample.is_negative]
        for place in copied(as_matrix(negatives), faces) if negatives else ():
            self.writer.delete_sample(negatives[place].id)

    def unite(self, gone: Entry, kept: Entry, alike: float) -> None:
        """Two people are one: the first is removed, and the second has the samples of both, to be renewed.

        A counter-example of one of them goes if it is `alike` to a sample of the other: it was the person, after all.
        """
        for one, other in ((gone, kept), (kept, gone)):
            negatives = [sample for sample in self._samples(one) if sample.is_negative]
            positives = [sample for sample in self._samples(other) if not sample.is_negative]
            if negatives and positives:
                nearest = (as_matrix(negatives) @ as_matrix(positives).T).max(axis=1)
                for sample, similarity in zip(negatives, nearest.tolist(), strict=True):
                    if similarity >= alike:
                        self.writer.delete_sample(sample.id)
        self.writer.move_samples(gone.stored.id, kept.stored.id)
        self.remove(gone)
        self.state = replace(self.state, merged={**self.state.merged, gone.stored.id: kept.stored.id})

    def renew(self, entry: Entry, cap: int, pinned: Collection[str] = ()) -> int:
        """See a person's samples as they are now, after they have changed.

        Of more than `cap` that are searched, those that stand best for all stay, with those whose ids are `pinned`;
        the rest is set aside. Gives how many that are.
        """
        person_id = entry.stored.id
        samples = self.writer.samples_of(person_id)
        ours = [sample for sample in samples if sample.model_id == self.model_id]
        searched = [sample for sample in ours if sample.is_searched]
        surplus = _surplus(searched, cap, pinned)
        for sample in surplus:
            self.writer.set_aside(sample, self.now)
        counts = [sum(s.is_searched for s in samples) - len(surplus), sum(s.is_negative for s in samples)]
        self.save(replace(entry, samples=counts[0], negatives=counts[1]))
        kept = [sample for sample in searched if sample not in surplus]
        index, negatives = self._index_with(person_id, kept), self._other_negatives(person_id)
        if own := [sample for sample in ours if sample.is_negative]:
            negatives[person_id] = as_matrix(own)
        self.state = replace(self.state, index=index, negatives=negatives)
        return len(surplus)

    def _samples(self, entry: Entry) -> list[Sample]:
        """A person's, of the model in use."""
        return [s for s in self.writer.samples_of(entry.stored.id) if s.model_id == self.model_id]

    def _index_with(self, person_id: str, samples: Sequence[Sample]) -> Index:
        """The index with these samples of a person in the place of those that it has."""
        index = self.state.index
        if not samples:
            return index.without(person_id)
        vectors, before = as_matrix(samples), index.samples_of(person_id)
        if len(before) and np.array_equal(vectors[: len(before)], before):
            return index.plus(person_id, vectors[len(before) :])  # much the most frequent, and the cheapest
        return index.without(person_id).plus(person_id, vectors)

    def _other_negatives(self, person_id: str) -> dict[str, Matrix]:
        return {other: rows for other, rows in self.state.negatives.items() if other != person_id}


def _surplus(samples: list[Sample], cap: int, pinned: Collection[str]) -> list[Sample]:
    """Those that the others stand for."""
    if len(samples) <= cap:
        return []
    places = [place for place, sample in enumerate(samples) if sample.id in pinned]
    kept = representatives(as_matrix(samples), cap, places)
    return [sample for place, sample in enumerate(samples) if place not in kept]
