# SPDX-License-Identifier: Apache-2.0
"""Error rates, the thresholds that give them, and how sure they are. Pure.

Words are those of ISO/IEC 19795-1: a false match (FMR) and a false non-match (FNMR) of two pictures; of a search, the
false-positive identification rate (FPIR: a stranger is named) and the false-negative one (FNIR: a resident is not).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEVER = -np.inf
"""The score of what no threshold lets through: a face that was not found."""

_Z = 1.959964  # of the normal distribution, for 95 %


class Bounds(NamedTuple):
    """Of a 95 % interval."""

    low: float
    high: float

    def as_json(self) -> list[float]:
        """[low, high]."""
        return [round(self.low, 5), round(self.high, 5)]


def wilson(hits: float, count: int) -> Bounds:
    """The score interval of a part: `hits` of `count` independent trials (Wilson, 1927)."""
    part, spread = hits / count, _Z**2 / count
    middle = (part + spread / 2) / (1 + spread)
    half = _Z * np.sqrt(part * (1 - part) / count + spread / (4 * count)) / (1 + spread)
    return Bounds(max(float(middle - half), 0.0), min(float(middle + half), 1.0))


def threshold_at(scores: Floats, rate: float, weights: Floats | None = None) -> float:
    """The least threshold that lets at most this part of `scores` through; a score passes if it is >= the threshold.

    Args:
        scores: (n,), at least one; in any order.
        rate: 0 to 1.
        weights: (n,), how often each score counts; by default once.
    """
    order = np.argsort(-scores, kind="stable")
    weights = np.ones(len(scores)) if weights is None else weights[order]
    passed = np.cumsum(weights) > rate * weights.sum() + 1e-9
    first_too_many = scores[order][np.argmax(passed)] if passed.any() else NEVER
    return float(np.nextafter(first_too_many, np.inf)) if np.isfinite(first_too_many) else -1.0


def det_curve(same: Floats, different: Floats, points_per_decade: int = 10) -> list[tuple[float, float]]:
    """(FMR, FNMR) at false-match rates that rise evenly on a logarithmic axis, to 0.1.

    It begins where ten comparisons of different people are matched: with fewer it would be chance.
    """
    least = np.log10(10 / len(different))
    ranked, known = np.sort(different)[::-1], np.sort(same)
    curve = []
    for rate in np.logspace(least, -1, max(round((-1 - least) * points_per_decade) + 1, 2)) if least < -1 else ():
        threshold = np.nextafter(ranked[int(rate * len(ranked) + 1e-9)], np.inf)
        missed = np.searchsorted(known, threshold)
        curve.append((float(rate), float(missed / len(known))))
    return curve
