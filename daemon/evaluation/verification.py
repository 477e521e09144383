# SPDX-License-Identifier: Apache-2.0
"""Are two pictures of the same person? Accuracy by cross-validation, after the protocol of LFW.

Huang et al., "Labeled Faces in the Wild", 2007: the threshold for each fold is the one that is best on the others. A
pair of which a face is not found counts as wrong, whatever the truth is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.errors import InputError
from daemon.evaluation.rates import NEVER, threshold_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from daemon.evaluation.pairs import Pair
    from daemon.evaluation.rates import Bools, Floats
    from daemon.types import Embedding

_FALSE_MATCH_RATES = (1e-2, 1e-3)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was measured; rates are from 0 to 1."""

    pictures: int
    missed: tuple[str, ...]
    """Pictures of which no face was found, or that cannot be read."""
    pairs: int
    folds: int
    accuracy: float
    accuracy_std: float
    """Over the folds."""
    threshold: float
    """Mean of the folds' thresholds."""
    tmr_at_fmr: dict[str, float]
    """True matches at a false-match rate."""
    similarity_same: float
    similarity_different: float
    """Means."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "pictures": self.pictures,
            "missed": len(self.missed),
            "missed_rate": round(len(self.missed) / self.pictures, 5) if self.pictures else 0.0,
            "missed_pictures": list(self.missed),
            "pairs": self.pairs,
            "folds": self.folds,
            "accuracy": round(self.accuracy, 5),
            "accuracy_std": round(self.accuracy_std, 5),
            "threshold": round(self.threshold, 4),
            "tmr_at_fmr": {rate: round(value, 4) for rate, value in self.tmr_at_fmr.items()},
            "mean_similarity": {
                "same": round(self.similarity_same, 4),
                "different": round(self.similarity_different, 4),
            },
        }


def evaluate_verification(pairs: Sequence[Pair], embeddings: Mapping[str, Embedding | None]) -> VerificationReport:
    """Measure the pairs. `embeddings` holds each of their pictures, None where there is no face.

    Raises InputError if there are not at least two folds, each with pairs of both kinds, or hardly a face is found.
    """
    folds = np.array([pair.fold for pair in pairs])
    same = np.array([pair.same for pair in pairs], dtype=bool)
    similarity = np.array([_similarity(embeddings[p.a], embeddings[p.b]) for p in pairs])
    found = ~np.isnan(similarity)
    _check(folds, same, found)
    accuracies, thresholds = cross_validate(similarity, same, folds)
    pictures = dict.fromkeys(path for pair in pairs for path in (pair.a, pair.b))
    return VerificationReport(
        pictures=len(pictures),
        missed=tuple(path for path in pictures if embeddings[path] is None),
        pairs=len(pairs),
        folds=len(accuracies),
        accuracy=float(np.mean(accuracies)),
        accuracy_std=float(np.std(accuracies)),
        threshold=float(np.mean(thresholds)),
        tmr_at_fmr={f"{rate:g}": true_match_rate(similarity, same, rate) for rate in _FALSE_MATCH_RATES},
        similarity_same=float(np.mean(similarity[found & same])),
        similarity_different=float(np.mean(similarity[found & ~same])),
    )


def cross_validate(similarity: Floats, same: Bools, folds: npt.NDArray[np.int_]) -> tuple[list[float], list[float]]:
    """Accuracy and threshold of each fold; a similarity of NaN is always wrong."""
    accuracies, thresholds = [], []
    for fold in np.unique(folds):
        held_out = folds == fold
        threshold = best_threshold(similarity[~held_out], same[~held_out])
        said_same = similarity[held_out] >= threshold
        right = (said_same == same[held_out]) & ~np.isnan(similarity[held_out])
        accuracies.append(float(right.mean()))
        thresholds.append(threshold)
    return accuracies, thresholds


def best_threshold(similarity: Floats, same: Bools) -> float:
    """The threshold with the most right answers: midway between the two similarities that it parts."""
    known = ~np.isnan(similarity)
    order = np.argsort(similarity[known])
    values, truth = similarity[known][order], same[known][order]
    # Right when the first i are called different and the rest the same.
    right = np.concatenate([[0], np.cumsum(~truth)]) + truth.sum() - np.concatenate([[0], np.cumsum(truth)])
    cut = int(np.argmax(right))
    below = values[cut - 1] if cut else -1.0
    above = values[cut] if cut < len(values) else 1.0
    return float((below + above) / 2)


def true_match_rate(similarity: Floats, same: Bools, false_match_rate: float) -> float:
    """Part of the pairs of one person that is matched where that part of the others is; NaN is no match."""
    known = np.nan_to_num(similarity, nan=NEVER)
    return float((known[same] >= threshold_at(known[~same], false_match_rate)).mean())


def _similarity(a: Embedding | None, b: Embedding | None) -> float:
    return float("nan") if a is None or b is None else a.similarity(b)


def _check(folds: npt.NDArray[np.int_], same: Bools, found: Bools) -> None:
    names = np.unique(folds)
    if len(names) < 2 or any(len(np.unique(same[folds == fold])) < 2 for fold in names):  # noqa: PLR2004
        raise InputError("The pairs must come in two or more folds, each with pairs of the same and of two people.")
    if len(np.unique(same[found])) < 2:  # noqa: PLR2004
        raise InputError("Too few faces were found for the pairs: none is left of the same or of two people.")
