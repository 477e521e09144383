# SPDX-License-Identifier: Apache-2.0
"""Turns a face upright and to size, as the embedder wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from daemon.types import Landmarks, Pixels

Points = npt.NDArray[np.float64]


def similarity_transform(source: Points, target: Points) -> Points:
    """The (2, 3) matrix of rotation, scale and shift that brings `source` (n, 2) nearest to `target`.

    Least squares after Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991. In two dimensions a rotation with scale is one complex number, so no SVD is needed.
    """
    source_mean, target_mean = source.mean(0), target.mean(0)
    s, t = source - source_mean, target - target_mean
    norm = max(float((s * s).sum()), 1e-9)
    a = float((s * t).sum()) / norm
    b = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / norm
    linear = np.array([[a, -b], [b, a]])
    return np.column_stack([linear, target_mean - linear @ source_mean])


def align(pixels: Pixels, landmarks: Landmarks, template: Points, size: int) -> Pixels:
    """The face as a (size, size, 3) crop, its landmarks where `template` (4, 2) has them."""
    matrix = similarity_transform(landmarks.as_array(), template)
    pixels, matrix = _surroundings(pixels, matrix, size)
    # A warp that shrinks reads only some of the pixels and aliases: halve the picture first until it does not.
    while _scale(matrix) < _MIN_SCALE and min(pixels.shape[:2]) > 1:
        pixels, matrix = _halved(pixels, matrix)
    return np.asarray(cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


_MIN_SCALE = 0.5


def _scale(matrix: Points) -> float:
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def _surroundings(pixels: Pixels, matrix: Points, size: int) -> tuple[Pixels, Points]:
    """The part of the picture that the crop is made of, and the matrix for it."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    corners = inverse @ [[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]]
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners[:2].min(1)) - 1, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners[:2].max(1)) + 2, (left + 1, top + 1), (width, height)).astype(int)
    shift = matrix[:, 2] + matrix[:, :2] @ np.array([left, top])
    return pixels[top:bottom, left:right], np.column_stack([matrix[:, :2], shift])


def _halved(pixels: Pixels, matrix: Points) -> tuple[Pixels, Points]:
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    # Pixel centres: x = 2 x' + 0.5.
    shift = matrix[:, 2] + matrix[:, :2] @ np.array([0.5, 0.5])
    return np.asarray(half, np.uint8), np.column_stack([matrix[:, :2] * 2, shift])
