# SPDX-License-Identifier: Apache-2.0
"""Each sample of a gallery looked for in the gallery without it, by the gallery's own rule. Pure.

The vectorised twin of `daemon.gallery.decide` and `daemon.gallery.state`, in blocks of bounded size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from daemon.gallery.decide import CROWD_PART
from daemon.gallery.index import CROWD, MEAN_PART

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.gallery.index import Index, Matrix
    from daemon.gallery.rows import Places
    from daemon.types import Vector

MOST = 10_000
"""Samples that are looked for. Of a larger gallery, evenly spread ones: the work grows with their number."""

_MOST_WORK = 200_000_000
"""Similarities of two samples that are computed: in a very large gallery fewer than MOST are looked for."""

_BLOCK = 250_000
"""Similarities that are held at a time."""

_NEVER = -np.inf
_TINY = float(np.finfo(np.float32).tiny)


class Found(NamedTuple):
    """What was found for each of n samples that were looked for."""

    places: Places
    """Whose sample it is, as a place in `Index.person_ids`; (n,)."""
    numbers: Places
    """Which of the person's samples it is, as a row of `Index.samples_of`; (n,)."""
    own: Vector
    """Similarity to the person without it; -inf where it is the only one; (n,)."""
    others: Places
    """The other people whom it is most like, best first, -1 where there are no more; (n, CROWD)."""
    similarities: Vector
    """To them, -inf where there are no more; (n, CROWD)."""
    named: Places
    """As whom it is named; -1 for nobody; (n,)."""
    crowd: Vector
    """How much the face is like others than the person; (n,)."""
    proper: Vector
    """The threshold up to which its person is named; -inf: at none; (n,)."""
    foreign: Vector
    """The threshold up to which somebody else is named if the person is not enrolled; -inf: at none; (n,)."""


class Ranked(NamedTuple):
    """The highest of some rows, best first."""

    people: Places
    """-1 where there are no more; (n, k)."""
    similarities: Vector
    """-inf where there are no more; (n, k)."""

    def crowd(self, *excluded: Places) -> Vector:
        """`daemon.gallery.index.crowd` of each row, without these people; (n,)."""
        held = np.isfinite(self.similarities)
        for people in excluded:
            held &= self.people != people[:, np.newaxis]
        held &= np.cumsum(held, axis=1) <= CROWD
        totals = np.where(held, self.similarities, 0).sum(axis=1)
        means: Vector = np.maximum(totals / CROWD, 0)
        return means


def leave_one_out(
    index: Index,
    negatives: Mapping[str, Matrix],
    nearest: Ranked,
    threshold: float,
    margin: float,
) -> Found:
    """Look for each sample in the gallery without it; the crowds of other people are as they are with it.

    Args:
        index: the gallery, with at least one sample.
        negatives: the counter-examples of the people who have any, by their ids.
        nearest: of each person, as `nearest_people` gives them.
        threshold: of the settings.
        margin: of the settings.
    """
    gallery = _Gallery(index, negatives, nearest)
    most = max(min(MOST, _MOST_WORK // len(index)), 1)
    rows = np.arange(0, len(index), -(-len(index) // most))
    step = max(_BLOCK // len(index), 1)
    blocks = [gallery.find(rows[start : start + step], threshold, margin) for start in range(0, len(rows), step)]
    return Found(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def nearest_people(index: Index) -> Ranked:
    """Of each person, the other people whose prototypes are nearest; (people, CROWD + 1)."""
    prototypes = index.prototypes.take(np.arange(len(index.person_ids)))
    step = max(_BLOCK // len(prototypes), 1)
    found = []
    for start in range(0, len(prototypes), step):
        alike = prototypes[start : start + step] @ prototypes.T
        np.fill_diagonal(alike[:, start:], _NEVER)
        found.append(_highest(alike, CROWD + 1))
    return Ranked(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


class _Gallery:
    """An index in the order of its owners."""

    def __init__(self, index: Index, negatives: Mapping[str, Matrix], nearest: Ranked) -> None:
        order = np.argsort(index.owners, kind="stable")
        self._owners = index.owners[order]
        self._samples = index.samples.take(order)
        self._firsts = np.searchsorted(self._owners, np.arange(len(index.person_ids)))
        self._totals = np.add.reduceat(self._samples, self._firsts, axis=0)
        self._prototypes = index.prototypes.take(np.arange(len(index.person_ids)))
        self._negatives = {place: negatives[id_] for place, id_ in enumerate(index.person_ids) if id_ in negatives}
        self._near = nearest
        self._crowds = self._near.crowd()

    def find(self, rows: Places, threshold: float, margin: float) -> Found:
        """What is found for these samples."""
        places, lines = self._owners[rows], np.arange(len(rows))
        alike, own_crowds = self._similarities(rows)
        own = alike[lines, places]
        free = self._free(rows, alike)
        everyone, first = _highest(alike, CROWD + 1), _highest(free, 2)
        best = first.people[:, 0]
        crowds = np.where(best == places, own_crowds, self._crowds[best])
        spare = _ahead(first, margin) - CROWD_PART * (everyone.crowd(best) + crowds)
        alike[lines, places] = free[lines, places] = _NEVER
        others, rival = _highest(alike, CROWD + 1), _highest(free, 2)
        second = rival.people[:, 0]
        crowds = Ranked(self._near.people[second], self._near.similarities[second]).crowd(places)
        foreign = _ahead(rival, margin) - CROWD_PART * (others.crowd(second) + crowds)
        return Found(
            places,
            rows - self._firsts[places],
            own,
            others.people[:, :CROWD],
            others.similarities[:, :CROWD],
            np.where(spare >= threshold, best, -1),
            others.crowd(),
            np.where(best == places, spare, _NEVER).astype(np.float32),
            foreign,
        )

    def _similarities(self, rows: Places) -> tuple[Matrix, Vector]:
        """Of samples to everyone, to their own people without them; and how much those are like others."""
        places, lines, vectors = self._owners[rows], np.arange(len(rows)), self._samples[rows]
        rest = self._totals[places] - vectors
        rest /= np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), _TINY)
        means = vectors @ self._prototypes.T
        means[lines, places] = np.einsum("ij,ij->i", rest, vectors)
        each = self._samples @ vectors.T
        each[rows, lines] = _NEVER
        nearest = np.maximum.reduceat(each, self._firsts, axis=0).T
        alike = np.ascontiguousarray(MEAN_PART * means + (1 - MEAN_PART) * nearest, np.float32)
        crowds = rest @ self._prototypes.T
        crowds[lines, places] = _NEVER
        return alike, _highest(crowds, CROWD).crowd()

    def _free(self, rows: Places, alike: Matrix) -> Matrix:
        """The similarities without people one of whose counter-examples is nearer."""
        free = alike.copy()
        for place, counters in self._negatives.items():
            nearest = (self._samples[rows] @ counters.T).max(axis=1)
            free[nearest > alike[:, place], place] = _NEVER
        return free


def _highest(rows: Matrix, k: int) -> Ranked:
    """The `k` highest of each row, of equal ones the first."""
    rows, lines = rows.copy(), np.arange(len(rows))
    people, similarities = np.full((len(rows), k), -1, np.intp), np.full((len(rows), k), _NEVER, np.float32)
    for number in range(min(k, rows.shape[1])):
        best = rows.argmax(axis=1)
        similarities[:, number] = rows[lines, best]
        people[:, number] = np.where(np.isfinite(similarities[:, number]), best, -1)
        rows[lines, best] = _NEVER
    return Ranked(people, similarities)


def _ahead(first: Ranked, margin: float) -> Vector:
    """How similar the best of two is; -inf where there is none, or where it is not ahead by the margin."""
    best, second = first.similarities[:, 0], first.similarities[:, 1]
    ahead = np.maximum(best - np.where(np.isfinite(second), second, 0), 0) >= margin
    found: Vector = np.where(ahead & np.isfinite(best), best, _NEVER).astype(np.float32)
    return found
