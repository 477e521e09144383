# SPDX-License-Identifier: Apache-2.0
"""Turning, mirroring and cutting, held against numpy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.geometry import WHOLE, Geometry
from daemon.config import load


def picture(width=6, height=4):
    """Every pixel another value."""
    return np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3)


parts = st.floats(0, 1, allow_nan=False)
geometries = st.builds(
    Geometry, rotation=st.sampled_from([0, 90, 180, 270]), hflip=st.booleans(), vflip=st.booleans()
)


def test_nothing_to_do_costs_nothing():
    pixels = picture()
    assert np.shares_memory(Geometry().apply(pixels), pixels)


def test_rotation_is_clockwise():
    pixels = picture()
    top_left = pixels[0, 0].tolist()
    assert Geometry(rotation=90).apply(pixels)[0, -1].tolist() == top_left
    assert Geometry(rotation=180).apply(pixels)[-1, -1].tolist() == top_left
    assert Geometry(rotation=270).apply(pixels)[-1, 0].tolist() == top_left


def test_hflip_is_left_to_right_and_vflip_is_upside_down():
    pixels = picture()
    assert Geometry(hflip=True).apply(pixels)[0, -1].tolist() == pixels[0, 0].tolist()
    assert Geometry(vflip=True).apply(pixels)[-1, 0].tolist() == pixels[0, 0].tolist()


@given(geometries, st.integers(1, 40), st.integers(1, 40))
def test_is_what_numpy_makes_of_it(geometry, width, height):
    pixels = picture(width, height)
    expected = np.rot90(pixels, -geometry.rotation // 90)
    expected = expected[:, ::-1] if geometry.hflip else expected
    expected = expected[::-1] if geometry.vflip else expected
    turned = geometry.apply(pixels)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous
    assert turned.dtype == np.uint8


def test_the_zone_is_of_the_turned_picture():
    pixels = picture(width=8, height=4)
    right_half = Geometry(rotation=90, zone=(0.5, 0.0, 0.5, 1.0)).apply(pixels)
    assert right_half.shape == (8, 2, 3)
    assert np.array_equal(right_half, np.rot90(pixels, -1)[:, 2:])


def test_a_zone_is_cut_from_both_resolutions_alike():
    geometry = Geometry(zone=(0.25, 0.5, 0.5, 0.25))
    assert geometry.apply(picture(64, 48)).shape == (12, 32, 3)
    assert geometry.apply(picture(16, 12)).shape == (3, 8, 3)


@given(st.tuples(parts, parts, parts, parts), st.integers(1, 50), st.integers(1, 50))
def test_a_zone_never_is_empty_or_outside(zone, width, height):
    x, y, w, h = zone
    zone = (min(x, 1 - w), min(y, 1 - h), w, h)
    zone = tuple(max(part, 0.0) for part in zone)
    cut = Geometry(zone=zone).apply(picture(width, height))
    assert 1 <= cut.shape[0] <= height
    assert 1 <= cut.shape[1] <= width
    assert cut.flags.c_contiguous


@pytest.mark.parametrize("quarter", [(0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)])
def test_four_quarters_make_the_whole(quarter):
    pixels = picture(8, 6)
    x, y = quarter
    cut = Geometry(zone=(x, y, 0.5, 0.5)).apply(pixels)
    top, left = round(y * 6), round(x * 8)
    assert np.array_equal(cut, pixels[top : top + 3, left : left + 4])


def test_settings_become_a_geometry():
    settings = load(None, ["camera.rotation=270", "camera.hflip=true", "camera.zone=[0.0, 0.0, 0.5, 1.0]"]).settings
    assert Geometry.of(settings.camera) == Geometry(270, hflip=True, zone=(0.0, 0.0, 0.5, 1.0))
    assert Geometry.of(load().settings.camera) == Geometry(zone=WHOLE)
