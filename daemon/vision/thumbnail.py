# SPDX-License-Identifier: Apache-2.0
"""What a face roughly looks like: enough to tell that another is in its place, in a fraction of a millisecond."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from daemon.types import Box, Vector
    from daemon.vision.sampling import View

_SIZE = 16
"""Side in pixels: too little to care how the face moves."""


def thumbnail(view: View, box: Box) -> Vector:
    """The face as a small grey picture, (256,), of mean 0 and length 1: the product of two is their correlation."""
    across, down = _SIZE / box.w, _SIZE / box.h
    # OpenCV's coordinates count from the middle of the first pixel.
    left = (view.x + view.scale_x / 2 - box.x) * across - 0.5
    top = (view.y + view.scale_y / 2 - box.y) * down - 0.5
    matrix = np.array([[view.scale_x * across, 0, left], [0, view.scale_y * down, top]])
    small = cv2.warpAffine(view.pixels, matrix, (_SIZE, _SIZE))
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).ravel().astype(np.float32)
    grey -= grey.mean()
    return grey / np.float32(max(math.sqrt(grey @ grey), 1e-9))
