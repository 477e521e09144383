# SPDX-License-Identifier: Apache-2.0
"""Pictures that are spoilt as a camera spoils them, and visits made of one picture."""

import itertools

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config import load
from daemon.evaluation.conditions import Conditions, taken
from daemon.evaluation.visits import Moment, visit
from daemon.types import Box
from daemon.vision import Vision, models_folder

ASTRONAUT = skimage.data.astronaut()
FACE = Box(175, 70, 95, 95)


def patch() -> tuple[np.ndarray, Box]:
    """A dark picture with a white square, which stands for a face; too small a part to lighten the background."""
    picture = np.full((480, 640, 3), 20, np.uint8)
    picture[200:240, 300:340] = 250
    return picture, Box(300, 200, 40, 40)


def stripes(*, across: bool) -> np.ndarray:
    lines = np.where(np.arange(96) // 8 % 2, 220, 30).astype(np.uint8)
    plane = np.tile(lines, (96, 1)) if across else np.tile(lines[:, None], (1, 96))
    return np.repeat(plane[..., None], 3, axis=2)


def flat(value: int) -> np.ndarray:
    return np.full((96, 96, 3), value, np.uint8)


def seen(picture: np.ndarray, **conditions: float) -> np.ndarray:
    return taken(picture, Conditions(**conditions), np.random.default_rng(1)).astype(float)


class TestConditions:
    def test_good_ones_leave_a_picture_nearly_as_it_is(self):
        assert np.abs(seen(ASTRONAUT) - ASTRONAUT).mean() < 3

    @given(st.integers(0, 99), st.floats(0, 4), st.floats(0, 20), st.floats(0.001, 2), st.floats(0.2, 40))
    @settings(max_examples=30)
    def test_any_give_a_picture_of_the_same_size_and_the_same_one_again(self, seed, defocus, motion, light, gain):
        conditions = Conditions(defocus, motion, 30, light, gain, 0.2, 60)
        first, again = (taken(ASTRONAUT[:96, :90], conditions, np.random.default_rng(seed)) for _ in range(2))
        assert first.shape == (96, 90, 3)
        assert first.dtype == np.uint8
        assert np.array_equal(first, again)

    @pytest.mark.parametrize(
        ("weak", "strong"), [({"defocus_px": 1}, {"defocus_px": 4}), ({"motion_px": 2}, {"motion_px": 9})]
    )
    def test_more_blur_leaves_less_detail_and_the_same_light(self, weak, strong):
        sharp, soft, softer = (seen(stripes(across=True), **blur) for blur in ({}, weak, strong))
        assert sharp.std() > soft.std() > softer.std()
        linear = [((picture[16:80, 16:80] / 255) ** 2.2).mean() for picture in (sharp, softer)]
        assert linear[0] == pytest.approx(linear[1], rel=0.05)

    def test_a_movement_smears_what_lies_across_it_and_not_what_lies_along_it(self):
        move = {"motion_px": 16, "motion_deg": 0}
        assert seen(stripes(across=True), **move).std() < 0.5 * seen(stripes(across=True)).std()
        assert seen(stripes(across=False), **move).std() > 0.9 * seen(stripes(across=False)).std()

    def test_little_light_is_dark_and_made_up_for_by_the_camera_it_is_noisy(self):
        good, dark, amplified = seen(flat(128)), seen(flat(128), light=0.02), seen(flat(128), light=0.02, gain=50)
        assert dark.mean() < 0.3 * good.mean()
        assert amplified.mean() == pytest.approx(good.mean(), rel=0.15)
        assert amplified.std() > 5 * good.std()

    def test_too_much_gain_is_white_and_haze_takes_the_contrast(self):
        assert seen(flat(128), gain=8).mean() > 250
        assert seen(stripes(across=True), haze=0.8).std() < 0.4 * seen(stripes(across=True)).std()

    def test_compression_costs_detail(self):
        assert (
            np.abs(seen(ASTRONAUT, jpeg=10) - ASTRONAUT).mean() > np.abs(seen(ASTRONAUT, jpeg=95) - ASTRONAUT).mean()
        )


class TestVisit:
    def test_the_same_seed_gives_the_same_visit_and_another_another(self):
        first, again, other = (visit(ASTRONAUT, FACE, 4, seed) for seed in (3, 3, 4))
        assert all(np.array_equal(a.pixels, b.pixels) and a.face == b.face for a, b in zip(first, again, strict=True))
        assert not np.array_equal(first[0].pixels, other[0].pixels)

    @given(st.integers(0, 10**6), st.integers(1, 12))
    @settings(max_examples=15)
    def test_the_face_is_in_the_frame_comes_nearer_and_never_jumps(self, seed, frames):
        moments = visit(*patch(), frames, seed)
        assert len(moments) == frames
        for moment in moments:
            assert moment.pixels.shape == (480, 640, 3)
            assert 0 <= moment.face.x <= 640 - moment.face.w
            assert 0 <= moment.face.y <= 480 - moment.face.h
            assert 30 <= moment.face.w <= 150
        for before, after in itertools.pairwise(moments):
            assert after.face.w >= before.face.w
            moved = np.subtract(after.face.centre, before.face.centre)
            assert np.hypot(*moved) < 640 * 0.5 / frames * 2 + 0.2 * after.face.w

    @pytest.mark.parametrize("seed", range(8))
    def test_the_box_is_where_the_face_is(self, seed):
        for moment in visit(*patch(), 5, seed):
            centre, side = bright(moment)
            assert np.hypot(*np.subtract(centre, moment.face.centre)) < 3
            assert side == pytest.approx(moment.face.w, rel=0.1)

    def test_the_whole_chain_finds_the_face_and_knows_it_again(self):
        vision = Vision.load(models_folder(), load().settings)
        (known,) = vision.analyse(ASTRONAUT)
        found = similar = 0
        for seed in range(4):
            for moment in visit(ASTRONAUT, known.detection.box, 5, seed):
                faces = [face for face in vision.detect(moment.pixels) if face.box.iou(moment.face) > 0.5]
                found += len(faces)
                same = [vision.embed(vision.portray(moment.pixels, face)).embedding for face in faces]
                similar += sum(embedding.similarity(known.embedding) > 0.6 for embedding in same)
        assert found >= 18
        assert similar >= 16


def bright(moment: Moment) -> tuple[tuple[float, float], float]:
    """Centre and side of the square that is lighter than all around it."""
    grey = moment.pixels.astype(float).mean(axis=2)
    inside = grey[int(moment.face.centre[1]), int(moment.face.centre[0])]
    ys, xs = np.nonzero(grey > (inside + np.median(grey)) / 2)
    return (xs.mean() + 0.5, ys.mean() + 0.5), len(xs) ** 0.5
