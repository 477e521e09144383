# SPDX-License-Identifier: Apache-2.0
"""Exact nearest neighbours in memory.

An `Index` never changes. Whoever changes the gallery makes a new one and replaces the reference, so that readers
need no lock.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.rows import Matrix, Places, Rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from daemon.types import Vector

__all__ = ["Index", "Matrix", "Neighbours"]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What is nearest to a vector, best first."""

    people: Places
    """Whose it is, as places in `Index.person_ids`; (k,)."""
    similarities: Vector
    """Cosine; (k,)."""

    def best(self, k: int) -> list[tuple[int, float]]:
        """The first `k`, as numbers of Python's own."""
        return list(zip(self.people[:k].tolist(), self.similarities[:k].tolist(), strict=True))


MEAN_PART = 0.7
"""Of the mean of a person's samples in the likeness; the nearest sample has the rest. Measured: docs/decisions.md."""
CROWD = 5
"""People that a face is compared with to see how ordinary it is."""
_PART = 1000
"""People whose samples are copied at once."""


@dataclass(frozen=True, eq=False)
class Index:
    """Samples, and each person's prototype: the unit mean of the samples."""

    person_ids: tuple[str, ...]
    owners: Places
    """The person of each sample, as a place in `person_ids`; (n,)."""
    samples: Rows
    prototypes: Rows
    """One a person, in the order of `person_ids`."""
    _crowds: dict[int, float] = field(default_factory=dict, repr=False)
    """Of people who have been asked for."""

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

    @property
    def width(self) -> int | None:
        """How many numbers a sample has; None without one."""
        return self.prototypes.take(np.array([0])).shape[1] if len(self) else None

    def search(self, vector: Vector, k: int) -> Neighbours:
        """The `k` nearest samples, or all where there are fewer."""
        found = self.samples.nearest(vector, k)
        return Neighbours(self.owners[found.places], found.similarities)

    def search_people(self, vector: Vector, k: int) -> Neighbours:
        """The `k` people whose prototypes are nearest, or all where there are fewer."""
        return Neighbours(*self.prototypes.nearest(vector, k))

    def nearest_people(self, vector: Vector, k: int, near: Neighbours) -> Neighbours:
        """The `k` people most similar to a vector, or a few more, by prototype and nearest sample together.

        `near` are the nearest samples, of `search`. Everyone who is among the nearest by either is looked at.
        """
        nearest = dict(zip(near.people[::-1].tolist(), near.similarities[::-1].tolist(), strict=True))
        best = self.search_people(vector, k)
        means = dict(zip(best.people.tolist(), best.similarities.tolist(), strict=True))
        if more := [place for place in nearest if place not in means]:
            means |= zip(more, (self.prototypes.take(np.array(more)) @ vector).tolist(), strict=True)
        if more := [place for place in means if place not in nearest]:
            nearest |= zip(more, self._nearest_samples(more, vector), strict=True)
        people = np.fromiter(means, np.intp, len(means))
        similarities = np.array([likeness(means[place], nearest[place]) for place in means], np.float32)
        order = np.argsort(-similarities, kind="stable")
        return Neighbours(people[order], similarities[order])

    def of_people(self, vector: Vector, person_ids: Collection[str]) -> Neighbours:
        """Those of these people who have samples, most similar to a vector first."""
        places = [place for place, person_id in enumerate(self.person_ids) if person_id in person_ids]
        if not places:
            return Neighbours(np.empty(0, np.intp), np.empty(0, np.float32))
        means = (self.prototypes.take(np.array(places)) @ vector).tolist()
        parts = (places[start : start + _PART] for start in range(0, len(places), _PART))
        nearest = itertools.chain.from_iterable(self._nearest_samples(part, vector) for part in parts)
        pairs = zip(means, nearest, strict=True)
        similarities = np.array([likeness(*pair) for pair in pairs], np.float32)
        order = np.argsort(-similarities, kind="stable")
        return Neighbours(np.array(places)[order], similarities[order])

    def crowd_of(self, place: int) -> float:
        """How much a person is like others: `crowd` of the prototype among the other prototypes."""
        if place not in self._crowds:
            (prototype,) = self.prototypes.take(np.array([place]))
            found = self.search_people(prototype, CROWD + 1)
            self._crowds[place] = crowd(found.similarities[found.people != place])
        return self._crowds[place]

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

    def _nearest_samples(self, places: list[int], vector: Vector) -> list[float]:
        """Cosine to the nearest sample of each of some people."""
        rows = [self._rows_of(place) for place in places]
        firsts = np.cumsum([0, *map(len, rows[:-1])])
        similarities = self.samples.take(np.concatenate(rows)) @ vector
        best: list[float] = np.maximum.reduceat(similarities, firsts).tolist()
        return best

    def _place(self, person_id: str) -> int | None:
        return self.person_ids.index(person_id) if person_id in self.person_ids else None

    def _rows_of(self, place: int | None) -> Places:
        if place is None:
            return self.owners[:0]
        order, firsts = self._by_owner
        return order[firsts[place] : firsts[place + 1]]

    @cached_property
    def _by_owner(self) -> tuple[Places, Places]:
        """The rows in the order of their owners, and where in that order each person's begin; one more at the end."""
        order = np.argsort(self.owners, kind="stable")
        return order, np.searchsorted(self.owners, np.arange(len(self.person_ids) + 1), sorter=order)


def likeness(mean: float, nearest: float) -> float:
    """How similar a face is to a person, from the cosines to the mean of the samples and to the nearest of them.

    The mean is the better of the two; the nearest speaks for people who do not always look the same.
    """
    return MEAN_PART * mean + (1 - MEAN_PART) * nearest


def crowd(similarities: Vector) -> float:
    """How ordinary a face is: the mean of its similarities to the `CROWD` others that it is most like, at least 0.

    Where there are fewer others, those who are missing are like nobody: relatives who are a gallery of their own are
    no crowd.
    """
    return max(float(similarities[:CROWD].sum()) / CROWD, 0.0)


def _prototype(vectors: Matrix) -> Matrix:
    """The unit mean of a person's samples; (1, d)."""
    return _unit(vectors.sum(axis=0, keepdims=True))


def _unit(rows: Matrix) -> Matrix:
    """Rows scaled to unit length; a row of zeros, the mean of opposite samples, stays and is similar to nothing."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Matrix = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return scaled
