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


class View(NamedTuple):
    """A region of a picture, scaled."""

    pixels: Pixels
    """(size, size, 3), black where the region reaches over the picture's edges."""
    x: float
    y: float
    """Where its left upper corner is in the picture."""
    scale_x: float
    scale_y: float
    """Pixels of the picture in one of the view's; a little different, as both lie on whole pixels."""

    def scaled(self, factor: float) -> View:
        """The same view, of a picture that is larger by `factor`."""
        return View(self.pixels, *(v * factor for v in self[1:]))


def sample(pixels: Pixels, region: Square, size: int) -> View:
    """The region scaled to (size, size): the same on each processor, to the last bit.

    OpenCV's INTER_LINEAR is not: from 4.14 on it rounds otherwise on arm64, which moves the score of a face that is
    hard to make out by up to 0.1.
    """
    height, width = pixels.shape[:2]
    scale = size / region.side
    halvings = halvings_for(scale)
    left, right = clip(region.x, region.side, width, 1 << halvings)
    top, bottom = clip(region.y, region.side, height, 1 << halvings)
    out = np.zeros((size, size, 3), np.uint8)
    if right <= left or bottom <= top:
        return View(out, region.x, region.y, 1 / scale, 1 / scale)
    # Where the part that is inside lands, in whole pixels of the output.
    out_left, out_right = _span((left - region.x) * scale, (right - region.x) * scale, size)
    out_top, out_bottom = _span((top - region.y) * scale, (bottom - region.y) * scale, size)
    cv2.resize(
        halved(pixels[top:bottom, left:right], halvings),
        (out_right - out_left, out_bottom - out_top),
        out[out_top:out_bottom, out_left:out_right],
        interpolation=cv2.INTER_LINEAR_EXACT,
    )
    scale_x, scale_y = (right - left) / (out_right - out_left), (bottom - top) / (out_bottom - out_top)
    return View(out, left - out_left * scale_x, top - out_top * scale_y, scale_x, scale_y)


def halvings_for(scale: float) -> int:
    """How often a picture must be halved before it is scaled, so that no pixel is passed over (which aliases).

    Averaging by halves and then interpolating finds as many faces as averaging by the exact scale does, in a fraction
    of the time: OpenCV has vector instructions for these alone.
    """
    halvings = 0
    while scale < 0.5:  # noqa: PLR2004
        scale *= 2
        halvings += 1
    return halvings


def halved(pixels: Pixels, times: int) -> Pixels:
    """The picture at 1/2, 1/4, … of its size, averaged; its sides should be multiples of that (see `clip`)."""
    for _ in range(times):
        half = max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2)
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def clip(start: float, length: float, limit: int, multiple: int) -> tuple[int, int]:
    """What of this is within 0 to `limit`: whole pixels, a `multiple` of them where there are so many."""
    first, last = max(0, round(start)), min(limit, round(start + length))
    return first, last - (last - first) % multiple if last - first > multiple else last


def _span(start: float, end: float, limit: int) -> tuple[int, int]:
    """Whole pixels from `start` to `end`, at least one, within 0 to `limit`."""
    first = min(max(0, round(start)), limit - 1)
    return first, min(limit, max(first + 1, round(end)))
