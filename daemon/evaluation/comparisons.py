# SPDX-License-Identifier: Apache-2.0
"""All against all: how similar pictures of one person are, and of two, and what the shipped threshold makes of it.

Of two people: one picture of each, so that each person weighs the same. Of one person: each pair of ten pictures.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.errors import InputError
from daemon.evaluation.rates import NEVER, det_curve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.evaluation.rates import Floats
    from daemon.types import Embedding

HISTOGRAM_EDGES = np.linspace(-0.4, 1.0, 71)
_PICTURES_A_PERSON = 10
_PEOPLE = 3000
"""Enough for four million comparisons of two people."""


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What was measured; rates are from 0 to 1, and a missed face is never a match."""

    same: int
    different: int
    """How many comparisons there were."""
    threshold: float
    """The shipped one, at which the two rates were measured."""
    false_match_rate: float
    false_non_match_rate: float
    det: Sequence[tuple[float, float]]
    """(FMR, FNMR), see `daemon.evaluation.rates.det_curve`."""
    histogram_same: Floats
    histogram_different: Floats
    """Part of the comparisons in each bin of `HISTOGRAM_EDGES`."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "same": self.same,
            "different": self.different,
            "threshold": self.threshold,
            "fmr": round(self.false_match_rate, 8),
            "fnmr": round(self.false_non_match_rate, 5),
        }


def evaluate_comparisons(
    people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None], threshold: float
) -> ComparisonReport:
    """Compare the pictures of each person, and the people with each other.

    Raises InputError where nobody has two pictures, or where faces of fewer than two people are found.
    """
    same = _of_one_person(people, embeddings)
    different = _of_two_people(people, embeddings)
    if not len(same) or not len(different):
        raise InputError("Comparing needs the faces of two people, and two pictures of one of them.")
    return ComparisonReport(
        same=len(same),
        different=len(different),
        threshold=threshold,
        false_match_rate=float((different >= threshold).mean()),
        false_non_match_rate=float((same < threshold).mean()),
        det=det_curve(same, different),
        histogram_same=_histogram(same),
        histogram_different=_histogram(different),
    )


def _of_one_person(people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None]) -> Floats:
    pairs = (
        (embeddings[a], embeddings[b])
        for pictures in people.values()
        for a, b in itertools.combinations(pictures[:_PICTURES_A_PERSON], 2)
    )
    return np.array([NEVER if a is None or b is None else a.similarity(b) for a, b in pairs], np.float64)


def _of_two_people(people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None]) -> Floats:
    found = ([e for path in pictures if (e := embeddings[path])] for pictures in people.values())
    firsts = [own[0].vector for own in found if own]
    firsts = firsts[:: -(-len(firsts) // _PEOPLE) or 1]
    if len(firsts) < 2:  # noqa: PLR2004
        return np.empty(0)
    vectors = np.stack(firsts)
    upper = np.triu_indices(len(vectors), 1)
    return np.asarray((vectors @ vectors.T)[upper], np.float64)


def _histogram(similarities: Floats) -> Floats:
    inside = np.clip(similarities[np.isfinite(similarities)], HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1])
    counts, _ = np.histogram(inside, HISTOGRAM_EDGES)
    return np.asarray(counts / max(len(inside), 1), np.float64)
