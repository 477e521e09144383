# SPDX-License-Identifier: Apache-2.0
"""Unit vectors in memory, and which of them are nearest to another: exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from daemon.gallery.coarse import Coarse, Probe, available

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from daemon.gallery.coarse import Bounds
    from daemon.types import Vector

Places = npt.NDArray[np.intp]
Matrix = npt.NDArray[np.float32]

LARGE = 100_000
"""From more rows than this on, they are also kept coarsely, where the library for that is installed."""

_BLOCK = 16_384
"""Rows of a block: what a change copies, at most."""

_GROUP = 64
"""Similarities of which only the maximum is looked at first."""

_SPARE = 25
"""How many rows of a block are asked for beyond the wanted ones: with too few, the whole block must be looked at."""


class Nearest(NamedTuple):
    """Rows, best first; of equally similar ones the first."""

    places: Places
    """(k,)."""
    similarities: Vector
    """Cosine; (k,)."""


class Block(NamedTuple):
    """Some of the rows, one after the other."""

    vectors: Matrix
    """(n, d), in Fortran's order: numpy multiplies it by a vector in half the time of C's, where it is large."""
    coarse: Coarse | None = None


def _block(*parts: Matrix) -> Block:
    """Copies of the rows of some matrices."""
    vectors = np.empty((sum(len(part) for part in parts), parts[0].shape[1]), np.float32, order="F")
    return Block(np.concatenate(parts, out=vectors))


def _blocks(vectors: Matrix) -> list[Block]:
    """Copies of the rows of a matrix, (n, d)."""
    return [_block(vectors[start : start + _BLOCK]) for start in range(0, len(vectors), _BLOCK)]


class Rows:
    """A matrix of unit rows. It never changes: whoever changes it gets another, which shares most of its blocks."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        kept = [block for block in blocks if len(block.vectors)]
        self._starts = np.cumsum([0, *(len(block.vectors) for block in kept)], dtype=np.intp)
        if len(self) > LARGE and available():
            # The last one changes with each new row.
            kept[:-1] = [Block(b.vectors, b.coarse or Coarse(b.vectors)) for b in kept[:-1]]
        self._blocks = tuple(kept)

    @classmethod
    def of(cls, vectors: Matrix) -> Self:
        """The rows of a matrix (n, d)."""
        return cls(_blocks(vectors))

    def __len__(self) -> int:
        return int(self._starts[-1])

    def take(self, places: Places) -> Matrix:
        """Some of the rows; (m, d)."""
        width = self._blocks[0].vectors.shape[1] if self._blocks else 0
        taken = np.empty((len(places), width), np.float32)
        numbers = np.searchsorted(self._starts, places, side="right") - 1
        for number in np.unique(numbers):
            here = numbers == number
            taken[here] = self._blocks[number].vectors[places[here] - self._starts[number]]
        return taken

    def plus(self, vectors: Matrix) -> Rows:
        """With more rows behind the others."""
        room = _BLOCK - len(self._blocks[-1].vectors) if self._blocks else 0
        if room <= 0:
            return Rows([*self._blocks, *_blocks(vectors)])
        *full, last = self._blocks
        return Rows([*full, _block(last.vectors, vectors[:room]), *_blocks(vectors[room:])])

    def put(self, place: int, vector: Vector) -> Rows:
        """With another vector in the place of one."""
        number = int(np.searchsorted(self._starts, place, side="right")) - 1
        vectors = self._blocks[number].vectors.copy(order="F")
        vectors[place - self._starts[number]] = vector
        return Rows([*self._blocks[:number], Block(vectors), *self._blocks[number + 1 :]])

    def without(self, places: Places) -> Rows:
        """Without some rows; those behind them move up."""
        kept = np.ones(len(self), bool)
        kept[places] = False
        blocks = []
        for block, start, end in self._spans():
            here = np.flatnonzero(kept[start:end])
            # The copy of the columns of the transpose is in Fortran's order again, when turned back.
            blocks.append(block if len(here) == end - start else Block(block.vectors.T.take(here, axis=1).T))
        return Rows(blocks)

    def nearest(self, vector: Vector, k: int) -> Nearest:
        """The `k` rows nearest to a unit vector, or all where there are fewer."""
        if any(block.coarse for block in self._blocks):
            return self._nearest_of_many(vector, k)
        similarities = np.empty(len(self), np.float32)
        for block, start, end in self._spans():
            np.matmul(block.vectors, vector, out=similarities[start:end])
        best = highest(similarities, k)
        return Nearest(best, similarities[best])

    def _spans(self) -> Iterator[tuple[Block, int, int]]:
        """Each block, and the places of its first row and of the first after it."""
        return zip(self._blocks, self._starts[:-1], self._starts[1:], strict=True)

    def _nearest_of_many(self, vector: Vector, k: int) -> Nearest:
        """The same by way of the coarse rows: what their bounds leave open is looked at exactly."""
        probe = Probe(vector)
        bounds = {n: block.coarse.bounds(probe, k + _SPARE) for n, block in enumerate(self._blocks) if block.coarse}
        places = np.concatenate([found.places + self._starts[n] for n, found in bounds.items()])
        likely = places[highest(np.concatenate([found.highest for found in bounds.values()]), k)]
        # The k-th best of any k rows is no better than that of all.
        floor = float((self.take(likely) @ vector).min())
        places, similarities = self._reaching(floor, vector, bounds)
        best = highest(similarities, k)
        return Nearest(places[best], similarities[best])

    def _reaching(self, floor: float, vector: Vector, bounds: Mapping[int, Bounds]) -> Nearest:
        """All rows that are so similar, and some that are less."""
        places, similarities = [], []
        for number, (block, start, end) in enumerate(self._spans()):
            here = bounds[number].reaching(floor) if number in bounds else None
            if here is None:
                places.append(np.arange(start, end))
                similarities.append(block.vectors @ vector)
            elif len(here):
                places.append(here + start)
                similarities.append(block.vectors[here] @ vector)
        return Nearest(np.concatenate(places), np.concatenate(similarities))


def highest(similarities: Vector, k: int) -> Places:
    """Where the `k` highest are, best first; of equal ones the first."""
    best: Places
    if len(similarities) <= k:
        best = np.argsort(-similarities, kind="stable")
        return best
    # The k-th best of any is no better than that of all: of the maxima of groups, if there are enough.
    size = _GROUP if len(similarities) >= _GROUP * k else 1
    count = len(similarities) // size
    maxima = similarities[: size * count].reshape(size, count).max(axis=0)
    floor = np.partition(maxima, count - k)[count - k]
    places = np.flatnonzero(similarities >= floor)
    best = places[np.argsort(-similarities[places], kind="stable")[:k]]
    return best
