# SPDX-License-Identifier: Apache-2.0
"""How well the people of a gallery can be told apart: who is like whom, and which samples are doubtful. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from daemon.gallery.admission import KIN
from daemon.gallery.decide import required
from daemon.gallery.leave_one_out import leave_one_out, nearest_people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from daemon.config import GallerySettings
    from daemon.gallery.index import Index, Matrix
    from daemon.gallery.leave_one_out import Found, Ranked
    from daemon.gallery.rows import Places
    from daemon.types import Vector

PAIRS = 10
"""Closest pairs that are told: of so many all are among each person's nearest."""

MATRIX = 50
"""People of whom all similarities are told."""

_CONFUSED = 1 / 3
"""Part of the samples of two people that must be as near to the other, for the two to be hard to tell apart."""


class Couple(NamedTuple):
    """Two people, as places in `Index.person_ids`."""

    first: int
    second: int
    similarity: float
    """Cosine of their prototypes."""


class Odd(NamedTuple):
    """A sample that is unlike the others of its person."""

    place: int
    """Of the person in `Index.person_ids`."""
    number: int
    """Which row of `Index.samples_of` it is."""
    own: float
    """Similarity to the person without it."""
    other: int | None
    """Who it is more like, if anybody."""
    similarity: float
    """To the most similar other person."""


@dataclass(frozen=True, slots=True, eq=False)
class LookAlikes:
    """What `look_alikes` found; arrays of people have the order of `Index.person_ids`."""

    counts: Places
    """Samples of each person."""
    tested: Places
    """How many of them were looked for."""
    missed: Places
    """How many of those were named as nobody."""
    mistaken: Places
    """How many of each person's were named as somebody else."""
    lowest: Vector
    """The lowest similarity of a sample to its person without it; inf where none was tested."""
    lowest_numbers: Places
    """Which of the person's it is, as a row of `Index.samples_of`."""
    required: Vector
    """The similarity from which an ordinary face is this person's."""
    nearest: Ranked
    """The others whom each person is most like, by prototypes."""
    odd: tuple[Odd, ...]
    couples: tuple[Couple, ...]
    """Those who cannot be told apart."""
    proper: Vector
    """For each sample that was looked for: the threshold up to which its person is named; -inf: at none."""
    foreign: Vector
    """For each sample that was looked for: the threshold up to which somebody else is named if its person is not
    enrolled; -inf: at none."""
    foreign_people: Places
    """Whose samples those are."""

    def pairs(self) -> list[Couple]:
        """The closest people, the closest first."""
        found = {
            (min(first, second), max(first, second)): similarity
            for first, (people, similarities) in enumerate(
                zip(self.nearest.people.tolist(), self.nearest.similarities.tolist(), strict=True)
            )
            for second, similarity in zip(people, similarities, strict=True)
            if second >= 0
        }
        best = sorted(found.items(), key=lambda pair: -pair[1])[:PAIRS]
        return [Couple(*pair, similarity) for pair, similarity in best]


def look_alikes(index: Index, negatives: Mapping[str, Matrix], settings: GallerySettings) -> LookAlikes:
    """Look for each sample of a gallery, with at least one, in the gallery without it.

    A sample is odd if it is more like somebody else, or less like its person than `KIN`. Two people cannot be told
    apart if a third of their samples, some of both, are not nearer to their own person by the margin. How often
    both are right is measured by tests/bench/alike.py.
    """
    nearest = nearest_people(index)
    found = leave_one_out(index, negatives, nearest, settings.threshold, settings.margin)
    people, known = len(index.person_ids), np.isfinite(found.own)
    order = np.lexsort((found.own, found.places))
    order = order[known[order]]
    tested, firsts = np.unique(found.places[order], return_index=True)
    lowest, numbers = np.full(people, np.inf, np.float32), np.zeros(people, np.intp)
    lowest[tested], numbers[tested] = found.own[order[firsts]], found.numbers[order[firsts]]
    couples = _couples(index, found, settings)
    named, right = found.named >= 0, found.named == found.places
    typical = float(found.crowd.mean())
    return LookAlikes(
        counts=np.bincount(index.owners, minlength=people),
        tested=np.bincount(found.places[known], minlength=people),
        missed=np.bincount(found.places[known & ~named], minlength=people),
        mistaken=np.bincount(found.places[named & ~right], minlength=people),
        lowest=lowest,
        lowest_numbers=numbers,
        required=np.array([required(settings.threshold, typical, own) for own in nearest.crowd()], np.float32),
        nearest=nearest,
        odd=tuple(_odd(found, couples)),
        couples=tuple(couples.values()),
        proper=found.proper,
        foreign=found.foreign,
        foreign_people=found.places,
    )


def _odd(found: Found, couples: Mapping[tuple[int, int], Couple]) -> Iterator[Odd]:
    """Those of people who can be told from the one whom the sample is more like."""
    best = found.similarities[:, 0]
    for row in np.flatnonzero(np.isfinite(found.own) & ((found.own < KIN) | (best > found.own))).tolist():
        place, own, similarity = int(found.places[row]), float(found.own[row]), float(best[row])
        other = int(found.others[row, 0]) if similarity > max(own, KIN) else None
        if other is None or (min(place, other), max(place, other)) not in couples:
            yield Odd(place, int(found.numbers[row]), own, other, similarity)


def _couples(index: Index, found: Found, settings: GallerySettings) -> dict[tuple[int, int], Couple]:
    """People who cannot be told apart. The only sample of a person counts if it would be named as the other.

    Two of whom one has a picture of the other are not alike, but seem to be until it is removed.
    """
    alone = np.where(found.foreign >= settings.threshold, found.similarities[:, 0], np.inf)
    known, wrong = np.isfinite(found.own), np.isfinite(found.own) & (found.own < KIN)
    bar = np.where(known, found.own - settings.margin, alone)
    rows, ranks = np.nonzero(found.similarities >= np.maximum(bar, KIN)[:, np.newaxis])
    near = Counter(zip(found.places[rows].tolist(), found.others[rows, ranks].tolist(), strict=True))
    mixed = set(zip(found.places[wrong].tolist(), found.others[wrong, 0].tolist(), strict=True))
    counts = np.bincount(found.places)
    couples = {}
    for (first, second), hits in near.items():
        back = near[second, first]
        if first > second or not back or not mixed.isdisjoint(((first, second), (second, first))):
            continue
        if (hits / counts[first] + back / counts[second]) / 2 >= _CONFUSED:
            a, b = index.prototypes.take(np.array([first, second]))
            couples[first, second] = Couple(first, second, float(a @ b))
    return couples
