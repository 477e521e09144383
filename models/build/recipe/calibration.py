# SPDX-License-Identifier: Apache-2.0
"""The pictures that ranges and means are measured on: views of seven faces, changed by chance but always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe.pictures import Pixels, sample, similarity, square, to_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe.graph import Array

FACES: Mapping[str, list[list[list[float]]]] = {
    "group": [
        [[918.5, 119.5], [947.5, 116.5], [915.0, 151.5], [934.5, 173.0]],
        [[489.0, 323.0], [541.0, 333.5], [505.0, 371.5], [502.0, 385.0]],
        [[761.0, 399.0], [803.5, 400.0], [772.5, 435.0], [777.5, 453.0]],
        [[1152.0, 324.5], [1195.0, 323.5], [1165.0, 349.5], [1169.5, 371.0]],
        [[85.5, 331.0], [129.0, 307.5], [122.0, 337.0], [134.0, 361.0]],
        [[290.5, 210.0], [318.5, 195.5], [303.0, 229.5], [320.5, 242.0]],
    ],
    "astronaut": [[[203.5, 102.0], [247.5, 105.5], [224.0, 130.5], [222.0, 150.0]]],
}
"""Left eye, right eye, nose tip and mouth centre of each face, in pixels, as the detector found them."""

_JITTER = 0.04
"""Of the landmarks, in parts of the distance between the eyes."""


def face_crops(pictures: Mapping[str, Pixels], template: Array, size: int, views: int) -> Pixels:
    """Faces aligned to `template` (4, 2), so many views of each; (n, size, size, 3)."""
    chance = np.random.default_rng(0)
    crops = []
    for name, faces in FACES.items():
        for points in np.array(faces):
            for _ in range(views):
                reach = _JITTER * np.hypot(*(points[1] - points[0]))
                moved = points + chance.uniform(-reach, reach, points.shape)
                crop = sample(pictures[name], similarity(template, moved), size)
                crops.append(_relit(_softened(crop, chance), chance))
    return np.array([*crops, *(crop[:, ::-1] for crop in crops)])


def scenes(pictures: Mapping[str, Pixels], size: int, views: int) -> Pixels:
    """Square parts of the pictures, half of them around a face; (views, size, size, 3)."""
    chance = np.random.default_rng(1)
    faces = [(name, np.array(points)) for name, group in FACES.items() for points in group]
    found = []
    for index in range(views):
        if index % 2:
            name, points = faces[chance.integers(len(faces))]
            side = 2.5 * np.hypot(*(points[1] - points[0])) * 2 ** chance.uniform(0.5, 4)
            centre = points.mean(0) + chance.uniform(-0.35, 0.35, 2) * side
        else:
            name = str(chance.choice(sorted(pictures)))
            height, width = pictures[name].shape[:2]
            side = max(height, width) * chance.uniform(0.3, 1.3)
            centre = chance.uniform(0, 1, 2) * (width, height)
        view = sample(pictures[name], square(centre[0] - side / 2, centre[1] - side / 2, side, size), size)
        found.append(_relit(view, chance))
    return np.array(found)


def _softened(crop: Pixels, chance: np.random.Generator) -> Pixels:
    """One crop in three as if it had come from fewer pixels."""
    if chance.integers(3):
        return crop
    size = len(crop)
    small = int(chance.integers(size // 4, size * 3 // 4))
    return sample(sample(crop, square(0, 0, size, small), small), square(0, 0, small, size), size)


def _relit(view: Pixels, chance: np.random.Generator) -> Pixels:
    """In another light: gamma, brightness and a tint."""
    gamma, gain, tint = chance.uniform(0.6, 1.5), chance.uniform(0.7, 1.1), chance.uniform(0.93, 1.07, 3)
    return to_pixels(255 * (view / 255) ** gamma * gain * tint)
