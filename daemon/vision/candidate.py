# SPDX-License-Identifier: Apache-2.0
"""What may be a face, and what it roughly looks like."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from daemon.types import Box, Detection, Vector
    from daemon.vision.sampling import View

_SIZE = 16
"""Side of a thumbnail in pixels: too little to care how the face moves."""


class Candidate:
    """What may be a face, and the view in which it was seen."""

    def __init__(self, detection: Detection, view: View) -> None:
        self.detection = detection
        self._view = view

    @property
    def box(self) -> Box:
        """Where it is."""
        return self.detection.box

    @functools.cached_property
    def thumbnail(self) -> Vector:
        """A small grey picture, (256,), of mean 0 and length 1: the product of two is their correlation.

        Enough to tell that another face is in the place of one, in a fraction of a millisecond.
        """
        view, box = self._view, self.box
        across, down = _SIZE / box.w, _SIZE / box.h
        # OpenCV's coordinates count from the middle of the first pixel.
        left = (view.x + view.scale_x / 2 - box.x) * across - 0.5
        top = (view.y + view.scale_y / 2 - box.y) * down - 0.5
        matrix = np.array([[view.scale_x * across, 0, left], [0, view.scale_y * down, top]])
        small = cv2.warpAffine(view.pixels, matrix, (_SIZE, _SIZE))
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).ravel().astype(np.float32)
        grey -= grey.mean()
        return grey / np.float32(max(math.sqrt(grey @ grey), 1e-9))
