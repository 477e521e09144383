# SPDX-License-Identifier: Apache-2.0
"""Whether the camera sees what it used to: dark, obstructed, blurred, moved. Pure; a judgement for each look.

All is measured in 48 cells of a small grey picture that is averaged over a minute, in which noise and passers-by
fade. Each cell is compared with its own past: by its detail (gradient energy at 1 px over that at 4 px, which light
does not change and blur does) and by where its edges are (normalised correlation of gradient magnitudes, which light
hardly changes). So people, cars, shadows and lamps, which change some of the cells, are no trouble.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from daemon.vision.sampling import halved

if TYPE_CHECKING:
    import numpy.typing as npt

    from daemon.types import Pixels

    Plane = npt.NDArray[np.float32]
    Cells = npt.NDArray[np.float32]

_SIZE, _COARSE, _GRID = (320, 240), (80, 60), (8, 6)
"""Width and height of the picture that is looked at, of its coarse version, and of the grid of cells."""
_AVERAGED_S = 60.0
_DARK = 10.0
"""Of 255: mean brightness of a cell in which a face would not be known; measured in docs/figures.md."""
_FLAT, _NOISE = 0.015, 0.3
"""Standard deviation of a cell of the coarse picture that shows nothing: in parts of its mean, and besides."""
_BLIND_PART = 0.9
"""Of all cells, dark or flat."""
_FLAT_PART, _ELSEWHERE_PART = 0.7, 0.6
"""Of the cells that are known to show something: those that show nothing now, and those that show something else."""
_ELSEWHERE = 0.3
"""Correlation of a cell's edges with its past below which it shows something else."""
_STEADY = 0.5
"""Average of the same above which a cell is steady enough to tell anything: leaves in the wind are not."""
_BLUR = math.log(0.35)
"""By what the detail of the middle cell falls."""
_KNOWN_S = 1800.0
"""How long a cell must have been seen before its past counts."""
_FEWEST = 5
"""Cells that can be compared; with fewer nothing is said."""
_EDGES_OVER_S, _DETAIL_OVER_S = 2 * 3600.0, 30 * 86400.0
"""What the past is: where edges are follows the sun, detail hardly follows dirt."""


class Trouble(StrEnum):
    """What is wrong with the picture."""

    DARK = "dark"
    OBSTRUCTED = "obstructed"
    BLURRED = "blurred"
    MOVED = "moved"


class Outlook:
    """What a camera that stands still has seen so far. Made for a look every few seconds; not re-entrant."""

    def __init__(self) -> None:
        self._still: Plane = np.zeros(_SIZE[::-1], np.float32)
        self._looked_s = -math.inf
        self.learn_anew()

    def learn_anew(self) -> None:
        """Take what will be seen from now on for what is right."""
        self._past: _Past | None = None

    def look(self, pixels: Pixels, now_s: float) -> Trouble | None:
        """What is wrong in a frame (H, W, 3) at `now_s` (monotonic), or None. Learns from those that are right."""
        grey = _grey(pixels)
        brightness = _cells(grey)
        dark = brightness < _DARK
        flat = (_deviation(_coarse(grey)) < _FLAT * brightness + _NOISE) & ~dark
        if np.mean(dark | flat) >= _BLIND_PART:
            return Trouble.DARK if dark.sum() >= flat.sum() else Trouble.OBSTRUCTED
        if self._past and self._past.lost(flat):
            return Trouble.OBSTRUCTED
        elapsed_s, self._looked_s = now_s - self._looked_s, now_s
        self._still += np.float32(1 - math.exp(-elapsed_s / _AVERAGED_S)) * (grey - self._still)
        seen = _seen(self._still, ~(dark | flat))
        if self._past is None:
            self._past = _Past(seen)
            return None
        return self._past.compare(seen, elapsed_s)


class _Seen(NamedTuple):
    """What a look tells of each cell."""

    structured: npt.NDArray[np.bool_]
    """(6, 8): neither dark nor flat."""
    detail: Cells
    """(6, 8), a logarithm."""
    edges: Plane
    """(60, 80), gradient magnitudes."""


class _Past:
    """What each cell has been like."""

    def __init__(self, seen: _Seen) -> None:
        self._edges = seen.edges
        self._detail = seen.detail
        self._same = np.zeros_like(seen.detail)
        self._known_s = np.zeros_like(seen.detail)

    def lost(self, flat: npt.NDArray[np.bool_]) -> bool:
        """Whether most cells that are known to show something are flat now."""
        known = self._steady()
        return bool(known.sum() >= _FEWEST and flat[known].mean() >= _FLAT_PART)

    def compare(self, seen: _Seen, elapsed_s: float) -> Trouble | None:
        """What has become of the cells that can be compared; without trouble, they become the past."""
        same = _correlation(seen.edges, self._edges)
        compared = self._steady() & seen.structured
        if compared.sum() >= _FEWEST:
            if np.mean(same[compared] < _ELSEWHERE) >= _ELSEWHERE_PART:
                return Trouble.MOVED
            if np.median((seen.detail - self._detail)[compared]) < _BLUR:
                return Trouble.BLURRED
        self._learn(seen, same, min(elapsed_s, _AVERAGED_S))
        return None

    def _steady(self) -> npt.NDArray[np.bool_]:
        return (self._known_s >= _KNOWN_S) & (self._same >= _STEADY)

    def _learn(self, seen: _Seen, same: Cells, elapsed_s: float) -> None:
        """Plain averages at first, then such as forget."""
        weight = np.where(seen.structured, np.float32(elapsed_s), np.float32(0))
        self._known_s += weight
        for_edges = weight / np.clip(self._known_s, 1, _EDGES_OVER_S)
        self._same += for_edges * (same - self._same)
        self._edges += cv2.resize(for_edges, _COARSE, interpolation=cv2.INTER_NEAREST) * (seen.edges - self._edges)
        self._detail += weight / np.clip(self._known_s, 1, _DETAIL_OVER_S) * (seen.detail - self._detail)


def _seen(still: Plane, structured: npt.NDArray[np.bool_]) -> _Seen:
    coarse = _coarse(still)
    fine_edges, edges = _gradient(still), _gradient(coarse)
    detail = np.log((_cells(fine_edges**2) + 1e-3) / (_cells(edges**2) + 1e-3))
    return _Seen(structured, detail.astype(np.float32), edges)


def _grey(pixels: Pixels) -> Plane:
    while pixels.shape[1] >= 2 * _SIZE[0]:
        pixels = halved(pixels, 1)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _coarse(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, _COARSE, interpolation=cv2.INTER_AREA), np.float32)


def _cells(plane: Plane) -> Cells:
    """The mean of each cell, (6, 8)."""
    return np.asarray(cv2.resize(plane, _GRID, interpolation=cv2.INTER_AREA), np.float32)


def _deviation(plane: Plane) -> Cells:
    return np.asarray(np.sqrt(np.maximum(_cells(plane**2) - _cells(plane) ** 2, 0)), np.float32)


def _gradient(plane: Plane) -> Plane:
    across, down = (cv2.Scharr(plane, cv2.CV_32F, dx, 1 - dx, scale=1 / 32) for dx in (1, 0))
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _correlation(one: Plane, other: Plane) -> Cells:
    """Pearson's, within each cell."""
    covariance = _cells(one * other) - _cells(one) * _cells(other)
    return np.asarray(covariance / (_deviation(one) * _deviation(other) + 1e-3), np.float32)
