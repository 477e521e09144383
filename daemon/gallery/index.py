# SPDX-License-Identifier: Apache-2.0
"""Exact nearest neighbours in memory.

An `Index` never changes. Whoever changes the gallery makes a new one and replaces the reference, so that readers
need no lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.rows import Matrix, Places, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Vector

__all__ = ["Index", "Matrix", "Neighbours"]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What is nearest to a vector, best first."""

    people: Places
    """Whose it is, as places in `Index.person_ids`; (k,)."""
    similarities: Vector
    """Cosine; (k,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Samples, and each person's prototype: the unit mean of the samples."""

    person_ids: tuple[str, ...]
    owners: Places
    """The person of each sample, as a place in `person_ids`; (n,)."""
    samples: Rows
    prototypes: Rows
    """One a person, in the order of `person_ids`."""

    @classmethod
    def empty(cls) -> Index:
        """Nobody."""
        return cls((), np.empty(0, np.intp), Rows(), Rows())

    @classmethod
    def build(cls, owner_ids: Sequence[str], vectors: Matrix) -> Index:
        """An index of `vectors` (n, d), the i-th of which is a sample of the person `owner_ids[i]`."""
        if not owner_ids:
            return cls.empty()
        person_ids = tuple(dict.fromkeys(owner_ids))
        places = {person_id: place for place, person_id in enumerate(person_ids)}
        owners = np.fromiter((places[person_id] for person_id in owner_ids), np.intp, len(owner_ids))
        order = np.argsort(owners, kind="stable")
        owners, vectors = owners[order], vectors[order]
        first_rows = np.searchsorted(owners, np.arange(len(person_ids)))
        prototypes = _unit(np.add.reduceat(vectors, first_rows, axis=0))
        return cls(person_ids, owners, Rows.of(vectors), Rows.of(prototypes))

    def __len__(self) -> int:
        return len(self.owners)

    def search(self, vector: Vector, k: int) -> Neighbours:
        """The `k` nearest samples, or all where there are fewer."""
        found = self.samples.nearest(vector, k)
        return Neighbours(self.owners[found.places], found.similarities)

    def search_people(self, vector: Vector, k: int) -> Neighbours:
        """The `k` people whose prototypes are nearest, or all where there are fewer."""
        return Neighbours(*self.prototypes.nearest(vector, k))

    def samples_of(self, person_id: str) -> Matrix:
        """The samples of a person; (m, d), of no rows for somebody who is not in the index."""
        return self.samples.take(self._rows_of(self._place(person_id)))

    def plus(self, person_id: str, vectors: Matrix) -> Index:
        """An index with more samples of this person, who may be new."""
        if not len(vectors):
            return self
        place = self._place(person_id)
        if place is None:
            place = len(self.person_ids)
            person_ids = (*self.person_ids, person_id)
            prototypes = self.prototypes.plus(_prototype(vectors))
        else:
            person_ids = self.person_ids
            held = self.samples.take(self._rows_of(place))
            prototypes = self.prototypes.put(place, _prototype(np.concatenate([held, vectors])))
        owners = np.concatenate([self.owners, np.full(len(vectors), place, np.intp)])
        return Index(person_ids, owners, self.samples.plus(vectors), prototypes)

    def without(self, person_id: str) -> Index:
        """An index without this person."""
        place = self._place(person_id)
        if place is None:
            return self
        rows = self._rows_of(place)
        owners = np.delete(self.owners, rows)
        return Index(
            self.person_ids[:place] + self.person_ids[place + 1 :],
            owners - (owners > place),
            self.samples.without(rows),
            self.prototypes.without(np.array([place])),
        )

    def _place(self, person_id: str) -> int | None:
        return self.person_ids.index(person_id) if person_id in self.person_ids else None

    def _rows_of(self, place: int | None) -> Places:
        return np.flatnonzero(self.owners == place) if place is not None else self.owners[:0]


def _prototype(vectors: Matrix) -> Matrix:
    """The unit mean of a person's samples; (1, d)."""
    return _unit(vectors.sum(axis=0, keepdims=True))


def _unit(rows: Matrix) -> Matrix:
    """Rows scaled to unit length; a row of zeros, the mean of opposite samples, stays and is similar to nothing."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Matrix = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return scaled
