# SPDX-License-Identifier: Apache-2.0
"""How a picture is turned, mirrored and cut before anybody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from daemon.config import CameraSettings
    from daemon.types import Pixels

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FLIPS = {(True, False): 1, (False, True): 0, (True, True): -1}
WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Turned clockwise by `rotation`, then mirrored, then cut to `zone`."""

    rotation: int = 0
    """0, 90, 180 or 270 degrees."""
    hflip: bool = False
    """Left to right."""
    vflip: bool = False
    """Upside down."""
    zone: tuple[float, ...] = WHOLE
    """x, y, width, height of what counts, in parts of the turned picture."""

    @classmethod
    def of(cls, settings: CameraSettings) -> Geometry:
        """As the settings say."""
        return cls(settings.rotation, settings.hflip, settings.vflip, settings.zone)

    def apply(self, pixels: Pixels) -> Pixels:
        """The picture as it counts; (H, W, 3) uint8, C-contiguous. No copy if nothing is to be done."""
        turned = cv2.rotate(pixels, _ROTATIONS[self.rotation]) if self.rotation else pixels
        flip = _FLIPS.get((self.hflip, self.vflip))
        mirrored = turned if flip is None else cv2.flip(turned, flip)
        return np.ascontiguousarray(_cut(np.asarray(mirrored, np.uint8), self.zone))


def _cut(pixels: Pixels, zone: tuple[float, ...]) -> Pixels:
    height, width = pixels.shape[:2]
    x, y, w, h = zone
    return pixels[_span(y, h, height), _span(x, w, width)]


def _span(start: float, length: float, size: int) -> slice:
    """These parts of `size` pixels; never empty."""
    first = min(round(start * size), size - 1)
    return slice(first, max(first + 1, round((start + length) * size)))
