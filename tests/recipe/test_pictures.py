# SPDX-License-Identifier: Apache-2.0
"""The views that the calibration looks at."""

import numpy as np
import pytest

from recipe.calibration import FACES, face_crops, scenes
from recipe.pictures import sample, similarity, square

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
PICTURES = {
    "group": np.random.default_rng(1).integers(0, 256, (886, 1280, 3)).astype(np.uint8),
    "astronaut": np.random.default_rng(2).integers(0, 256, (512, 512, 3)).astype(np.uint8),
}
TEMPLATE = np.array([[36.0, 53], [73, 53], [55, 75], [55, 94]])


def test_a_view_of_the_same_size_is_the_part_itself():
    assert (sample(PICTURE, square(5, 7, 20, 20), 20) == PICTURE[7:27, 5:25]).all()


def test_a_smaller_view_has_the_mean_of_what_it_shows():
    found = sample(PICTURE, square(0, 0, 40, 10), 10)
    means = PICTURE[:, :40].reshape(10, 4, 10, 4, 3).mean((1, 3))
    assert abs(found - means).max() <= 1


def test_outside_of_the_picture_it_is_black():
    found = sample(np.full((40, 60, 3), 200, np.uint8), square(-10, -10, 20, 20), 20)
    assert (found[:10] == 0).all()
    assert (found[:, :10] == 0).all()
    assert (found[10:, 10:] == 200).all()


def test_a_similarity_is_found_exactly():
    turned = (TEMPLATE @ np.array([[0.6, -0.8], [0.8, 0.6]])) * 1.7 + [4, -9]
    matrix = similarity(TEMPLATE, turned)
    assert TEMPLATE @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(turned)


def test_a_face_is_put_where_the_template_says():
    """A white spot at each of a face's points; the crops' brightest places are near the template's points."""
    group = np.zeros((886, 1280, 3), np.uint8)
    for x, y in FACES["group"][1]:
        group[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = 255
    (crop,) = face_crops({**PICTURES, "group": group}, TEMPLATE, 112, 1)[[1]]
    for x, y in TEMPLATE[:2]:
        near = crop[int(y) - 12 : int(y) + 13, int(x) - 12 : int(x) + 13]
        assert near.max() > 60
    assert crop[:20].max() == 0


def test_views_are_the_same_each_time_and_differ_among_each_other():
    crops = face_crops(PICTURES, TEMPLATE, 56, 2)
    assert crops.shape == (2 * 2 * 7, 56, 56, 3)
    assert (crops == face_crops(PICTURES, TEMPLATE, 56, 2)).all()
    assert (crops[14:] == crops[:14, :, ::-1]).all()
    seen = scenes(PICTURES, 48, 6)
    assert (seen == scenes(PICTURES, 48, 6)).all()
    assert len({view.tobytes() for view in (*crops, *seen.repeat(2, 1))}) == 28 + 6
