# SPDX-License-Identifier: Apache-2.0
"""Cameras that send pictures of nothing, and those that only look so."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest

from daemon.camera.lifeless import Lifeless
from daemon.types import Frame

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SMALL = np.zeros((32, 32, 3), np.uint8)
WALL = np.full((480, 640, 3), (90, 100, 110), np.uint8)


def seen(lifeless, pictures):
    """Of pictures that come ten times a second: which showed that the camera lives, and for how long none did."""
    lives, for_s = [], 0.0
    for number, pixels in enumerate(pictures):
        frame = Frame(pixels, number, number / 10, NOW)
        lives.append(lifeless.see(frame))
        for_s = lifeless.for_s(frame)
    return lives, pytest.approx(for_s)


def noisy(pixels, seed, levels=4):
    noise = np.random.default_rng(seed).integers(0, levels, pixels.shape, np.uint8)
    return np.minimum(pixels, 255 - levels) + noise


def test_noise_is_life_even_in_the_dark():
    black = np.zeros_like(WALL)
    assert seen(Lifeless(), [noisy(black, seed) for seed in range(20)]) == ([False] + [True] * 19, 0.0)


def test_the_same_picture_again_is_none():
    picture = noisy(WALL, 1)
    assert seen(Lifeless(), [picture.copy() for _ in range(51)]) == ([False] * 51, 5.0)


@pytest.mark.parametrize("colour", [(0, 0, 0), (0, 135, 0), (255, 255, 255)])
def test_one_colour_all_over_is_no_picture_even_if_it_flickers(colour):
    pictures = [np.full_like(WALL, np.clip(np.array(colour) + number % 2, 0, 255)) for number in range(51)]
    assert seen(Lifeless(), pictures) == ([False] * 51, 5.0)


def test_a_small_part_of_a_wall_in_good_light_is_a_picture():
    """camera.zone: few places are looked at, and with so little noise they are nearly the same."""
    pictures = [noisy(WALL[:96, :96], seed, 2) for seed in range(10)]
    for number, picture in enumerate(pictures):
        picture[:, 5 + number] += 3
    assert seen(Lifeless(), pictures)[0] == [False] + [True] * 9


def test_it_comes_back_with_the_first_picture_that_differs():
    lifeless, picture = Lifeless(), noisy(WALL, 1)
    lives, for_s = seen(lifeless, [picture] * 30 + [noisy(WALL, 2)])
    assert lives == [False] * 30 + [True]
    assert for_s == 0.0


def test_an_opening_begins_anew():
    lifeless, picture = Lifeless(), noisy(WALL, 1)
    assert seen(lifeless, [picture] * 51)[1] == 5.0
    lifeless.begin()
    assert seen(lifeless, [picture] * 3) == ([False] * 3, 0.2)


@pytest.mark.parametrize("row", range(0, 480, 37))
def test_a_single_grain_of_noise_per_row_is_enough_anywhere(row):
    """Of a sensor so quiet that hardly a pixel changes, in any part of the picture."""
    pictures = []
    for number in range(2):
        picture = noisy(WALL, 1)
        rows = slice(row, row + 16)
        picture[rows, 5 * number] ^= 1
        pictures.append(picture)
    assert seen(Lifeless(), pictures)[0] == [False, True]


def openings(until_s, lit=lambda _: False):
    """When it is opened anew of a camera that shows one colour in the dark, and lives while it is `lit`."""
    lifeless, found, second = Lifeless(), [], 0
    while second < until_s:
        pixels = noisy(SMALL, second, 64) if lit(second) else SMALL
        frame = Frame(pixels, second, float(second), NOW)
        if not lifeless.see(frame) and lifeless.for_s(frame) >= 4 and lifeless.worth_opening(frame):
            found.append(second)
            lifeless.begin()
        second += 1
    return found


def test_in_the_dark_it_is_opened_anew_at_once_and_then_more_and_more_rarely():
    found = openings(12 * 3600)
    gaps = [after - before for before, after in itertools.pairwise(found)]
    assert found[0] == 4
    assert gaps[:4] == [8, 16, 32, 64]
    assert set(gaps[8:]) == {600}


def test_the_lamps_of_cars_do_not_begin_that_anew_but_a_light_that_stays_does():
    night = 3 * 3600
    cars = openings(night, lambda second: second % 60 < 5)
    assert len([second for second in cars if second > 1800]) <= (night - 1800) / 600 + 1
    lights = openings(night, lambda second: second % 60 < 20)
    assert {minute + 23 for minute in range(0, night, 60)} <= set(lights)
