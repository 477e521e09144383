# SPDX-License-Identifier: Apache-2.0
"""Who looks like whom in a folder of people, and which pictures may show somebody else.

All of them are one gallery, in which each picture is looked for without it. People are told by their numbers in the
order of their folders, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.errors import InputError
from daemon.gallery.index import Index
from daemon.gallery.lookalikes import MATRIX, look_alikes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.config import GallerySettings
    from daemon.types import Embedding

_PICTURES = 10
"""Of a person at most."""


@dataclass(frozen=True, slots=True)
class LikenessReport:
    """How well the people of a folder can be told apart."""

    people: int
    """Of whom a face is found."""
    pictures: int
    tested: int
    """How many of them were looked for: those of people with two or more."""
    missed: int
    """Of those, named as nobody."""
    mistaken: int
    """Of all, named as somebody else."""
    odd: int
    """Of those that were tested, unlike the others of their person."""
    inseparable: Sequence[tuple[int, int]]
    """People who cannot be told apart."""
    pairs: Sequence[tuple[int, int, float]]
    """The closest, and the cosine of their means, the closest first."""
    numbers: Sequence[int]
    """Whose rows and columns `matrix` has: all people, or, of too many, those of `pairs`."""
    matrix: Sequence[Sequence[float]]
    """Cosines of the means of their pictures."""

    @property
    def whole(self) -> bool:
        """Whether everyone is in the matrix."""
        return len(self.numbers) == self.people

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "people": self.people,
            "pictures": self.pictures,
            "tested": self.tested,
            "missed": self.missed,
            "mistaken": self.mistaken,
            "odd": self.odd,
            "inseparable": [list(pair) for pair in self.inseparable],
            "pairs": [[a, b, round(similarity, 4)] for a, b, similarity in self.pairs],
            "matrix": [[round(value, 4) for value in row] for row in self.matrix] if self.whole else [],
        }


def evaluate_likeness(
    people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None], settings: GallerySettings
) -> LikenessReport:
    """Look for each picture in the gallery of all others.

    Raises InputError where faces of fewer than two people are found.
    """
    faces = [
        (number, e.vector)
        for number, pictures in enumerate(people.values(), 1)
        for path in pictures[:_PICTURES]
        if (e := embeddings[path])
    ]
    index = Index.build([str(number) for number, _ in faces], np.array([vector for _, vector in faces], np.float32))
    if len(index.person_ids) < 2:  # noqa: PLR2004
        raise InputError("Who looks like whom needs the faces of two people.")
    found = look_alikes(index, {}, settings)
    numbers = [int(person_id) for person_id in index.person_ids]
    pairs = found.pairs()
    shown = list(range(len(numbers)))
    if len(shown) > MATRIX:
        shown = sorted({place for pair in pairs for place in (pair.first, pair.second)})
    prototypes = index.prototypes.take(np.array(shown))
    return LikenessReport(
        people=len(numbers),
        pictures=len(index),
        tested=int(found.tested.sum()),
        missed=int(found.missed.sum()),
        mistaken=int(found.mistaken.sum()),
        odd=len(found.odd),
        inseparable=[(numbers[couple.first], numbers[couple.second]) for couple in found.couples],
        pairs=[(numbers[pair.first], numbers[pair.second], pair.similarity) for pair in pairs],
        numbers=[numbers[place] for place in shown],
        matrix=(prototypes @ prototypes.T).tolist(),
    )
