# SPDX-License-Identifier: Apache-2.0
"""The scores of the searches in galleries of one size, and what each threshold makes of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.evaluation.rates import NEVER, det_curve
from daemon.evaluation.table import SHOWN_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.evaluation.identification import OpenSetReport
    from daemon.evaluation.rates import Floats
    from daemon.evaluation.searches import Searches

SCORE_EDGES = np.linspace(-0.2, 1.0, 31)
_A_DECADE = 5


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn of `Searches`. A score is the threshold up to which somebody is named."""

    det: Sequence[tuple[float, float]]
    """(FPIR, FNIR), from the least FPIR of which there are enough strangers to tell, to 0.1."""
    residents: Floats
    """Part of the searches for residents in each bin of `SCORE_EDGES`; in none are those that no threshold names
    rightly."""
    strangers: Floats
    """Part of the searches for strangers in each bin; in none are those that no threshold names."""

    @classmethod
    def of(cls, searches: Searches) -> Curves:
        """The curves of these searches."""
        right = np.where(searches.right, searches.residents, NEVER)
        det = det_curve(right, searches.strangers, _A_DECADE)
        return cls(
            [(fpir, fnir) for fpir, fnir in det if fpir * searches.distinct_strangers >= 1],
            _histogram(right),
            _histogram(searches.strangers),
        )

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "det": [[round(fpir, 6), round(fnir, 5)] for fpir, fnir in self.det],
            "score_from": float(SCORE_EDGES[0]),
            "score_step": round(float(SCORE_EDGES[1] - SCORE_EDGES[0]), 6),
            "residents": [round(float(part), 6) for part in self.residents],
            "strangers": [round(float(part), 6) for part in self.strangers],
        }


def shown_galleries(reports: Sequence[OpenSetReport]) -> list[OpenSetReport]:
    """The galleries with three pictures of each person, or with as many as there are."""
    samples = max(report.samples for report in reports if report.samples <= SHOWN_SAMPLES)
    return [report for report in reports if report.samples == samples]


def shown_curves(reports: Sequence[OpenSetReport]) -> list[OpenSetReport]:
    """Of those the smallest, the middle and the largest."""
    shown = shown_galleries(reports)
    return [shown[place] for place in sorted({0, len(shown) // 2, len(shown) - 1})]


def _histogram(scores: Floats) -> Floats:
    inside = np.clip(scores[np.isfinite(scores)], SCORE_EDGES[0], SCORE_EDGES[-1])
    counts, _ = np.histogram(inside, SCORE_EDGES)
    return np.asarray(counts / max(len(scores), 1), np.float64)
