# SPDX-License-Identifier: Apache-2.0
"""Square views of a picture: the detector's input, for a whole frame and for the surroundings of one face."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from daemon.types import Pixels


class Square(NamedTuple):
    """A square region of a picture, in its pixels; may reach over the edges."""

    x: float
    y: float
    side: float

    @classmethod
    def around(cls, width: float, height: float) -> Square:
        """The smallest square with the same centre as a picture of this size."""
        side = max(width, height)
        return cls((width - side) / 2, (height - side) / 2, side)


def sample(pixels: Pixels, region: Square, size: int) -> Pixels:
    """The region scaled to (size, size, 3), black where it reaches over the picture's edges."""
    height, width = pixels.shape[:2]
    scale = size / region.side
    left, right = _clip(region.x, region.x + region.side, width)
    top, bottom = _clip(region.y, region.y + region.side, height)
    out = np.zeros((size, size, 3), np.uint8)
    if right <= left or bottom <= top:
        return out
    # Where the part that is inside lands, in whole pixels of the output.
    out_left, out_right = _span((left - region.x) * scale, (right - region.x) * scale, size)
    out_top, out_bottom = _span((top - region.y) * scale, (bottom - region.y) * scale, size)
    out[out_top:out_bottom, out_left:out_right] = cv2.resize(
        pixels[top:bottom, left:right],
        (out_right - out_left, out_bottom - out_top),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    return out


def _span(start: float, end: float, limit: int) -> tuple[int, int]:
    """Whole pixels from `start` to `end`, at least one, within 0 to `limit`."""
    first = min(max(0, round(start)), limit - 1)
    return first, min(limit, max(first + 1, round(end)))


def _clip(start: float, end: float, limit: int) -> tuple[int, int]:
    return max(0, round(start)), min(limit, round(end))
