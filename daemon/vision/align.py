# SPDX-License-Identifier: Apache-2.0
"""Turns a face upright and to size, as the embedder wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from daemon.vision.sampling import clip, halved, halvings_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from daemon.types import Pixels

    XY = tuple[float, float]


class Similarity(NamedTuple):
    """Rotation, scale and shift: (x, y) goes to (a x - b y + dx, b x + a y + dy).

    Coordinates count from the picture's edge, so that they keep their meaning when it is scaled: the middle of the
    first pixel is at 0.5. OpenCV's count from that middle.
    """

    a: float
    b: float
    dx: float
    dy: float

    @classmethod
    def between(cls, source: Sequence[XY], target: Sequence[XY]) -> Similarity:
        """The one that brings the points of `source` nearest to those of `target`.

        Least squares after Umeyama, "Least-squares estimation of transformation parameters between two point
        patterns", 1991. In two dimensions a rotation with scale is one complex number, so no SVD is needed, and for
        four points plain numbers are faster than arrays.
        """
        n = len(source)
        sx, sy = sum(x for x, _ in source) / n, sum(y for _, y in source) / n
        tx, ty = sum(x for x, _ in target) / n, sum(y for _, y in target) / n
        norm = a = b = 0.0
        for (px, py), (qx, qy) in zip(source, target, strict=True):
            x, y, u, v = px - sx, py - sy, qx - tx, qy - ty
            norm += x * x + y * y
            a += x * u + y * v
            b += x * v - y * u
        a, b = a / max(norm, 1e-9), b / max(norm, 1e-9)
        return cls(a, b, tx - a * sx + b * sy, ty - b * sx - a * sy)

    @property
    def scale(self) -> float:
        """How much larger things become."""
        return float(np.hypot(self.a, self.b))

    def origin_of(self, x: float, y: float) -> XY:
        """What goes to (x, y)."""
        norm = max(self.a * self.a + self.b * self.b, 1e-9)
        x, y = x - self.dx, y - self.dy
        return (self.a * x + self.b * y) / norm, (self.a * y - self.b * x) / norm

    def of_shifted(self, x: float, y: float) -> Similarity:
        """The same for a picture that is cut off at the left by `x` and at the top by `y`."""
        return Similarity(self.a, self.b, self.dx + self.a * x - self.b * y, self.dy + self.b * x + self.a * y)

    def of_halved(self, times: int) -> Similarity:
        """The same for a picture at 1/2, 1/4, … of its size."""
        factor = 1 << times
        return Similarity(self.a * factor, self.b * factor, self.dx, self.dy)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """(2, 3), for OpenCV."""
        a, b, dx, dy = self.of_shifted(0.5, 0.5)
        return np.array([[a, -b, dx - 0.5], [b, a, dy - 0.5]])


_MIN_SCALE = 1e-3
"""Points that lie on each other want a scale of nothing."""


def align(pixels: Pixels, landmarks: Sequence[XY], template: Sequence[XY], size: int) -> Pixels:
    """The face as a (size, size, 3) crop, its `landmarks` where `template` has them, and black beyond the picture."""
    place = Similarity.between(landmarks, template)
    halvings = halvings_for(max(place.scale, _MIN_SCALE))
    if halvings:
        pixels, place = _shrunk(pixels, place, size, halvings)
    return np.asarray(cv2.warpAffine(pixels, place.matrix, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


def _shrunk(pixels: Pixels, place: Similarity, size: int, halvings: int) -> tuple[Pixels, Similarity]:
    """What the crop is made of, halved, and how it comes from there."""
    x, y = place.origin_of(size / 2, size / 2)
    reach = size / 2**0.5 / max(place.scale, _MIN_SCALE) + 2
    height, width = pixels.shape[:2]
    left, right = clip(x - reach, 2 * reach, width, 1 << halvings)
    top, bottom = clip(y - reach, 2 * reach, height, 1 << halvings)
    if right <= left or bottom <= top:
        return pixels, place
    return halved(pixels[top:bottom, left:right], halvings), place.of_shifted(left, top).of_halved(halvings)
