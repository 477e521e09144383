# SPDX-License-Identifier: Apache-2.0
"""Vectors with one byte a number, to look through many at a quarter of the memory's traffic.

What they give is a bound that never lies, so that a search which looks again at what the bound leaves open is exact.
The integer products are faiss's (Douze et al., "The Faiss library", 2024), which is optional; its only importer.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from daemon.types import Vector

logger = logging.getLogger(__name__)

_ROUNDING = 1e-5
"""More than the float32 arithmetic of a similarity is ever off."""


class Bounds(NamedTuple):
    """Rows, and what their similarities are at most, highest first. No other row's is above the last."""

    places: npt.NDArray[np.intp]
    """(k,)."""
    highest: Vector
    """(k,)."""

    def reaching(self, similarity: float) -> npt.NDArray[np.intp] | None:
        """The rows that may be so similar, in their order; None if there may be more of them than are here."""
        if self.highest[-1] >= similarity:
            return None
        return np.sort(self.places[self.highest >= similarity])


class Probe:
    """A unit vector to look for."""

    def __init__(self, vector: Vector) -> None:
        self.codes, self.step, self.error = _coded(vector[np.newaxis])
        self.length = float(np.linalg.norm(self.codes)) * self.step


class Coarse:
    """The rows of a matrix, rounded."""

    def __init__(self, vectors: npt.NDArray[np.float32]) -> None:
        codes, self._step, self._error = _coded(vectors)
        self._longest = float(np.linalg.norm(vectors, axis=1).max())
        faiss = _faiss()
        signed_bytes = faiss.ScalarQuantizer.QT_8bit_direct_signed
        self._index = faiss.IndexScalarQuantizer(codes.shape[1], signed_bytes, faiss.METRIC_INNER_PRODUCT)
        self._index.add(codes)

    def bounds(self, probe: Probe, k: int) -> Bounds:
        """The `k` rows that may be nearest to a probe, or all where there are fewer."""
        ((products,), (places,)) = self._index.search(probe.codes, min(k, self._index.ntotal))
        # For a probe p and a row r, rounded to p' and r': pr - p'r' = (p - p')r + p'(r - r'); then Cauchy-Schwarz.
        slack = probe.error * self._longest + probe.length * self._error + _ROUNDING
        return Bounds(places, products * (probe.step * self._step) + slack)


def available() -> bool:
    """Whether faiss is installed and works; if not, says once in the log what is to be had."""
    return _faiss() is not None


@functools.cache
def _faiss() -> Any:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # its threads would spin between two searches
    try:
        faiss = importlib.import_module("faiss")
    except ModuleNotFoundError:
        logger.info(
            "this gallery is large: with faiss (the extra `large` of whod) it is searched in a third of the time"
        )
    except ImportError as error:
        logger.warning("faiss is installed, but does not work (%s): the gallery is searched without it", error)
    else:
        if hasattr(faiss.ScalarQuantizer, "QT_8bit_direct_signed"):
            return faiss
        logger.warning("faiss %s is too old (1.9 is wanted): the gallery is searched without it", faiss.__version__)
    return None


def _coded(rows: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], float, float]:
    """Rows as multiples, from -127 to 127, of a step; the step; and how far off a row is at most."""
    step = max(float(np.abs(rows).max()), 1e-9) / 127
    codes = np.rint(rows / np.float32(step))
    off = np.linalg.norm(rows - codes * np.float32(step), axis=1).max()
    return np.ascontiguousarray(codes), step, float(off)
