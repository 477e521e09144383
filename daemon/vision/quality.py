# SPDX-License-Identifier: Apache-2.0
"""How well a face can be seen: one number from 0 to 1, the geometric mean of five parts.

Each part rises in a straight line from a value at which embeddings are of little use to one from which more does not
help. The bounds are plain choices, not yet calibrated against identification errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from daemon.types import Detection, Landmarks, Pixels


@dataclass(frozen=True, slots=True)
class Quality:
    """The parts, each 0 to 1."""

    size: float
    sharpness: float
    frontal: float
    exposure: float
    score: float

    @property
    def overall(self) -> float:
        """The geometric mean: one bad part is not made good by the others."""
        return math.pow(self.size * self.sharpness * self.frontal * self.exposure * self.score, 1 / 5)


def assess(detection: Detection, crop: Pixels) -> Quality:
    """The quality of a face, from where it was found and its aligned crop."""
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return Quality(
        size=_ramp(min(detection.box.w, detection.box.h), 20, 96),
        sharpness=_ramp(2 * math.log10(max(float(deviation[0, 0]), 1.0)), 0.7, 2.3),
        frontal=_ramp(_frontality(detection.landmarks), 0.1, 0.8),
        exposure=_exposure(grey),
        score=_ramp(detection.score, 0.3, 0.9),
    )


def _ramp(value: float, low: float, high: float) -> float:
    """0.05 at `low` and below, 1 at `high` and above."""
    return min(max((value - low) / (high - low), 0.05), 1.0)


def _frontality(points: Landmarks) -> float:
    """1 when the nose is midway between the eyes, 0 when it is under (or past) one of them: yaw."""
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y), _ = points
    eyes_x, eyes_y = right_x - left_x, right_y - left_y
    length = eyes_x * eyes_x + eyes_y * eyes_y
    if length < 1e-6:  # noqa: PLR2004
        return 0.0
    along = ((nose_x - left_x) * eyes_x + (nose_y - left_y) * eyes_y) / length
    return max(0.0, 1 - abs(along - 0.5) * 2)


def _exposure(grey: npt.NDArray[np.uint8]) -> float:
    """Contrast of the middle of the face, between its 5th and 95th percentile of brightness."""
    margin = len(grey) // 5
    middle = grey[margin:-margin, margin:-margin].ravel()
    darker = np.bincount(middle, minlength=256).cumsum()
    low, high = np.searchsorted(darker, (0.05 * len(middle), 0.95 * len(middle)))
    return _ramp(float(high - low), 15, 80)
