# SPDX-License-Identifier: Apache-2.0
"""Cuts views out of pictures, alike on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from recipe.graph import Array

Pixels = npt.NDArray[np.uint8]


def sample(picture: Pixels, matrix: Array, size: int) -> Pixels:
    """The (size, size, 3) view of a picture (H, W, 3), black outside of it.

    `matrix` (2, 3) leads from places in the view to places in the picture, and may turn, scale and shift. Bilinear,
    and where the view is smaller than what it shows, each of its pixels is the mean of several.
    """
    fine = int(np.ceil(np.hypot(*matrix[:, 0])))
    axis = (np.arange(size * fine) + 0.5) / fine - 0.5
    x, y = (row[0] * axis + row[1] * axis[:, np.newaxis] + row[2] for row in matrix)
    view = _bilinear(picture, x, y)
    return to_pixels(view.reshape(size, fine, size, fine, 3).mean(axis=(1, 3)))


def to_pixels(values: Array) -> Pixels:
    """Rounded, within 0 to 255."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def square(x: float, y: float, side: float, size: int) -> Array:
    """The matrix of `sample` for an upright square of the picture with this left top corner, in pixels."""
    scale = side / size
    return np.array([[scale, 0, x + scale / 2 - 0.5], [0, scale, y + scale / 2 - 0.5]])


def similarity(source: Array, target: Array) -> Array:
    """The matrix (2, 3) of rotation, scale and shift that brings points `source` (n, 2) nearest to `target`.

    Least squares, after Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991.
    """
    s, t = source - source.mean(0), target - target.mean(0)
    norm = (s * s).sum()
    a, b = (s * t).sum() / norm, (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum() / norm
    linear = np.array([[a, -b], [b, a]])
    return np.column_stack([linear, target.mean(0) - linear @ source.mean(0)])


def _bilinear(picture: Pixels, x: Array, y: Array) -> Array:
    bordered = np.pad(picture, [(1, 1), (1, 1), (0, 0)]).astype(np.float64)
    height, width = picture.shape[:2]
    x, y = np.clip(x + 1, 0, width + 1), np.clip(y + 1, 0, height + 1)
    left, top = np.minimum(x.astype(int), width), np.minimum(y.astype(int), height)
    right_part, low_part = (x - left)[..., np.newaxis], (y - top)[..., np.newaxis]
    upper = bordered[top, left] * (1 - right_part) + bordered[top, left + 1] * right_part
    lower = bordered[top + 1, left] * (1 - right_part) + bordered[top + 1, left + 1] * right_part
    return np.asarray(upper * (1 - low_part) + lower * low_part)
