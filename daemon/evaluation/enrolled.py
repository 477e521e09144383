# SPDX-License-Identifier: Apache-2.0
"""The gallery's rule for many faces at once: the vectorised twin of `daemon.gallery.decide` and `.index`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from daemon.evaluation.rates import NEVER, Floats
from daemon.gallery.decide import CROWD_PART
from daemon.gallery.index import CROWD, MEAN_PART

Vectors = npt.NDArray[np.float32]


class Enrolled:
    """People with equally many samples each; (people, samples, d)."""

    def __init__(self, samples: Vectors) -> None:
        self._samples = samples
        mean = samples.sum(axis=1)
        self._prototypes = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        alike = (self._prototypes @ self._prototypes.T).astype(np.float64)
        np.fill_diagonal(alike, -np.inf)
        self._crowds = _crowd(np.sort(alike, axis=1)[:, :0:-1])

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        return int(self._samples.shape[2])

    def similarities(self, vectors: Vectors) -> Floats:
        """Of (n, d) faces to everyone; (n, people)."""
        people, each, width = self._samples.shape
        nearest = (vectors @ self._samples.reshape(-1, width).T).reshape(len(vectors), people, each).max(axis=2)
        both: Floats = (MEAN_PART * (vectors @ self._prototypes.T) + (1 - MEAN_PART) * nearest).astype(np.float64)
        return both

    def scores(self, vectors: Vectors, margin: float) -> tuple[Floats, npt.NDArray[np.intp]]:
        """For each of (n, d) faces: the threshold up to which somebody is named, and who; without the lead, never."""
        similarities = self.similarities(vectors)
        best = similarities.argmax(axis=1)
        ranked = np.sort(similarities, axis=1)[:, ::-1]
        second = ranked[:, 1] if ranked.shape[1] > 1 else np.zeros(len(ranked))
        leads = np.maximum(ranked[:, 0] - second, 0) >= margin
        spare = ranked[:, 0] - CROWD_PART * (_crowd(ranked[:, 1:]) + self._crowds[best])
        return np.where(leads, spare, NEVER), best


def _crowd(ranked: Floats) -> Floats:
    """`daemon.gallery.index.crowd` of each row, which is sorted; (rows,)."""
    means: Floats = np.maximum(ranked[:, :CROWD].sum(axis=1) / CROWD, 0)
    return means
