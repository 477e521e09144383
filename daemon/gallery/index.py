# SPDX-License-Identifier: Apache-2.0
"""Exact nearest neighbours in memory.

An `Index` never changes. Whoever changes the gallery makes a new one and replaces the reference, so that readers
need no lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Vector

Ordinals = npt.NDArray[np.intp]
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What is nearest to a vector, best first."""

    people: Ordinals
    """Whose it is, as places in `Index.person_ids`; (k,)."""
    similarities: Vector
    """Cosine; (k,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Samples as one matrix, and each person's prototype: the unit mean of the samples."""

    person_ids: tuple[str, ...]
    owners: Ordinals
    """The person of each sample, as a place in `person_ids`; (n,)."""
    vectors: Matrix
    """The samples; (n, d), unit rows, contiguous."""
    prototypes: Matrix
    """(people, d), unit rows."""

    @classmethod
    def empty(cls) -> Index:
        """Nobody."""
        nothing = np.empty((0, 0), np.float32)
        return cls((), np.empty(0, np.intp), nothing, nothing)

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
        return cls(person_ids, owners, vectors, _unit(np.add.reduceat(vectors, first_rows, axis=0)))

    def __len__(self) -> int:
        return len(self.owners)

    def search(self, vector: Vector, k: int) -> Neighbours:
        """The `k` nearest samples, or all where there are fewer."""
        similarities = self._similarities(self.vectors, vector)
        rows = _best(similarities, k)
        return Neighbours(self.owners[rows], similarities[rows])

    def search_people(self, vector: Vector, k: int) -> Neighbours:
        """The `k` people whose prototypes are nearest, or all where there are fewer."""
        similarities = self._similarities(self.prototypes, vector)
        places = _best(similarities, k)
        return Neighbours(places, similarities[places])

    def samples_of(self, person_id: str) -> Matrix:
        """The samples of a person; (m, d), of no rows for somebody who is not in the index."""
        if person_id not in self.person_ids:
            return self.vectors[:0]
        rows: Matrix = self.vectors[self.owners == self.person_ids.index(person_id)]
        return rows

    def plus(self, person_id: str, vectors: Matrix) -> Index:
        """An index with more samples of this person, who may be new."""
        if not len(vectors):
            return self
        if not len(self):
            return Index.build([person_id] * len(vectors), vectors)
        person_ids = self.person_ids if person_id in self.person_ids else (*self.person_ids, person_id)
        place = person_ids.index(person_id)
        prototype = _unit(np.concatenate([self.samples_of(person_id), vectors]).sum(axis=0, keepdims=True))
        return Index(
            person_ids,
            np.concatenate([self.owners, np.full(len(vectors), place, np.intp)]),
            np.concatenate([self.vectors, vectors]),
            np.concatenate([self.prototypes[:place], prototype, self.prototypes[place + 1 :]]),
        )

    def without(self, person_id: str) -> Index:
        """An index without this person."""
        if person_id not in self.person_ids:
            return self
        if len(self.person_ids) == 1:
            return Index.empty()
        place = self.person_ids.index(person_id)
        kept = self.owners != place
        owners = self.owners[kept]
        return Index(
            self.person_ids[:place] + self.person_ids[place + 1 :],
            owners - (owners > place),
            self.vectors[kept],
            np.delete(self.prototypes, place, axis=0),
        )

    def _similarities(self, rows: Matrix, vector: Vector) -> Vector:
        """Cosine of a unit vector to each unit row."""
        if not len(rows):
            return np.empty(0, np.float32)
        similarities: Vector = rows @ vector
        return similarities


def _best(similarities: Vector, k: int) -> Ordinals:
    """Where the `k` highest are, best first."""
    lower = max(len(similarities) - k, 0)
    best: Ordinals = np.argpartition(similarities, lower)[lower:] if lower else np.arange(len(similarities))
    return best[np.argsort(-similarities[best], kind="stable")]


def _unit(rows: Matrix) -> Matrix:
    """Rows scaled to unit length; a row of zeros, the mean of opposite samples, stays and is similar to nothing."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Matrix = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return scaled
