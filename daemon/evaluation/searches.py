# SPDX-License-Identifier: Apache-2.0
"""The scores of many searches, and the error rates at a threshold with their 95 % bounds.

Pictures of one person are alike, and one person is searched for in several draws: the bounds are therefore those of a
bootstrap that draws people, not searches, and finds the threshold anew each time (percentiles 2.5 and 97.5). It knows
nothing of errors that did not happen, so the upper bound is at least what as many people without any would allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from daemon.evaluation.rates import Bounds, threshold_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from daemon.evaluation.rates import Bools, Floats

_RESAMPLES = 200
_SEED = 2026


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Error rates at a threshold, 0 to 1, with 95 % bounds."""

    threshold: float
    fpir: float
    fpir_bounds: Bounds
    fnir: float
    """Residents who are not identified, for whatever reason."""
    fnir_bounds: Bounds
    misidentified: float
    """Residents who are named as somebody else; part of `fnir`."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "threshold": round(self.threshold, 4),
            "fpir": round(self.fpir, 6),
            "fpir_bounds": self.fpir_bounds.as_json(),
            "fnir": round(self.fnir, 5),
            "fnir_bounds": self.fnir_bounds.as_json(),
            "misidentified": round(self.misidentified, 5),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """A score is the threshold up to which somebody is named."""

    residents: Floats
    """Scores of the searches for enrolled people; (n,)."""
    right: Bools
    """Whether it would be the right person; (n,)."""
    resident_people: npt.NDArray[np.intp]
    """Whose search it is, as a number of a person; (n,)."""
    strangers: Floats
    """Scores of the searches for others; (m,)."""
    stranger_people: npt.NDArray[np.intp]
    people: int
    """Numbers of people are below this."""

    @classmethod
    def joined(
        cls,
        mated: Sequence[tuple[Floats, Bools, npt.NDArray[np.intp]]],
        unmated: Sequence[tuple[Floats, npt.NDArray[np.intp]]],
        people: int,
    ) -> Self:
        """Of several draws."""
        residents, right, resident_people = (np.concatenate(parts) for parts in zip(*mated, strict=True))
        strangers, stranger_people = (np.concatenate(parts) for parts in zip(*unmated, strict=True))
        order = np.argsort(-strangers)  # what is sorted already is sorted fast, in each resample
        return cls(residents, right, resident_people, strangers[order], stranger_people[order], people)

    @property
    def distinct_strangers(self) -> int:
        """How many people the searches for strangers are of."""
        return len(np.unique(self.stranger_people))

    def at_threshold(self, threshold: float) -> OperatingPoint:
        """The error rates at a given threshold."""
        return self._point(threshold, lambda _: threshold)

    def at_fpir(self, rate: float) -> OperatingPoint:
        """The error rates at the threshold that names at most this part of the strangers."""
        return self._point(
            threshold_at(self.strangers, rate), lambda weights: threshold_at(self.strangers, rate, weights)
        )

    def _point(self, threshold: float, rethink: Callable[[Floats], float]) -> OperatingPoint:
        random = np.random.default_rng(_SEED)
        resampled = []
        for _ in range(_RESAMPLES):
            times = random.multinomial(self.people, np.full(self.people, 1 / self.people)).astype(np.float64)
            ours, others = times[self.resident_people], times[self.stranger_people]
            if ours.any() and others.any():
                again = rethink(others)
                resampled.append((self._fpir(again, others), self._fnir(again, ours)))
        fpir, fnir = np.array(resampled).T
        named = self.residents >= threshold
        return OperatingPoint(
            threshold,
            self._fpir(threshold),
            _bounds(fpir, self.distinct_strangers),
            self._fnir(threshold),
            _bounds(fnir, len(np.unique(self.resident_people))),
            float((named & ~self.right).mean()),
        )

    def _fpir(self, threshold: float, weights: Floats | None = None) -> float:
        return float(np.average(self.strangers >= threshold, weights=weights))

    def _fnir(self, threshold: float, weights: Floats | None = None) -> float:
        return float(np.average(~((self.residents >= threshold) & self.right), weights=weights))


def _bounds(resampled: Floats, people: int) -> Bounds:
    low, high = np.percentile(resampled, (2.5, 97.5))
    unseen = 1 - 0.025 ** (1 / people)
    return Bounds(float(low), max(float(high), unseen))
