# SPDX-License-Identifier: Apache-2.0
"""How many samples are named at which threshold: rightly, and wrongly if their people were not enrolled. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.thresholds import advise, measured_rate
from daemon.types import Choice, Scores

if TYPE_CHECKING:
    from daemon.gallery.lookalikes import LookAlikes
    from daemon.types import Vector

_BINS = 50
"""Of the thresholds from 0 to 1."""

RATES = (0.01, 0.001, 0.0003)
"""False-accept rates of the thresholds that there are to choose from."""


def scores(alike: LookAlikes, threshold: float) -> Scores:
    """What each threshold would mean for this gallery; `threshold` is that of the settings."""
    right, wrong = _Ends(alike.proper[(alike.counts > 1)[alike.foreign_people]]), _Ends(alike.foreign)
    if len(alike.counts) == 1:
        wrong = _Ends(alike.foreign[:0])

    def choice(threshold: float, rate: float | None) -> Choice:
        named = right.from_on(threshold)
        return Choice(threshold, rate, None if named is None else 1 - named, wrong.from_on(threshold))

    return Scores(
        samples=int(alike.counts.sum()),
        looked=len(alike.foreign),
        same=right.histogram(),
        same_never=right.never,
        different=wrong.histogram(),
        different_never=wrong.never,
        now=choice(threshold, measured_rate(threshold)),
        choices=tuple(choice(advise(rate, alike).threshold, rate) for rate in RATES),
    )


class _Ends:
    """The thresholds up to which samples are named, -inf for never; (n,)."""

    def __init__(self, ends: Vector) -> None:
        self._ends = ends
        self._finite = ends[np.isfinite(ends)]

    @property
    def never(self) -> int:
        return len(self._ends) - len(self._finite)

    def from_on(self, threshold: float) -> float | None:
        """The part that is named at this threshold; None of nothing."""
        return float(np.mean(self._ends >= threshold)) if len(self._ends) else None

    def histogram(self) -> tuple[int, ...]:
        places = np.clip((self._finite * _BINS).astype(np.intp), 0, _BINS - 1)
        return tuple(np.bincount(places, minlength=_BINS).tolist())
