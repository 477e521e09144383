# SPDX-License-Identifier: Apache-2.0
"""Buffers laid out by hand, with padding, against OpenCV's conversion of the same picture without."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.yuv import FORMATS, Layout
from daemon.errors import CameraError

GARBAGE = 0xA5
"""In the padding: it must never show."""

even = st.integers(1, 24).map(lambda half: 2 * half)
paddings = st.sampled_from([0, 2, 16, 62])


def noise(*shape):
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def padded(plane, stride):
    """Rows of `stride` bytes, then flat."""
    rows = np.full((plane.shape[0], stride), GARBAGE, np.uint8)
    flat = plane.reshape(plane.shape[0], -1)
    rows[:, : flat.shape[1]] = flat
    return rows.ravel()


@pytest.mark.parametrize(
    ("name", "order"),
    [("BGR888", "RGB"), ("RGB888", "BGR"), ("XBGR8888", "RGBX"), ("XRGB8888", "BGRX")],
)
@given(width=even, height=even, padding=paddings)
def test_packed_formats_lie_in_memory_the_other_way_round(name, order, width, height, padding):
    channels = {"R": noise(height, width), "G": noise(width, height).T, "B": noise(height, width) ^ 0xFF}
    channels["X"] = np.full((height, width), GARBAGE, np.uint8)
    stride = width * len(order) + padding
    buffer = padded(np.dstack([channels[letter] for letter in order]), stride)
    rgb = Layout(name, width, height, stride).to_rgb(buffer)
    assert np.array_equal(rgb, np.dstack([channels[letter] for letter in "RGB"]))
    assert rgb.flags.c_contiguous


@given(width=even, height=even, padding=paddings)
def test_yuv420_with_padding_is_as_without(width, height, padding):
    y, u, v = noise(height, width), noise(height // 2, width // 2), noise(width // 2, height // 2).T
    stride = width + padding
    buffer = np.concatenate([padded(y, stride), padded(u, stride // 2), padded(v, stride // 2)])
    tight = np.concatenate([y.ravel(), u.ravel(), v.ravel()]).reshape(height * 3 // 2, width)
    rgb = Layout("YUV420", width, height, stride).to_rgb(buffer)
    assert np.array_equal(rgb, cv2.cvtColor(tight, cv2.COLOR_YUV2RGB_I420))
    assert rgb.flags.c_contiguous


@given(width=even, height=even, padding=paddings)
def test_nv12_with_padding_is_as_without(width, height, padding):
    y, uv = noise(height, width), noise(height // 2, width)
    stride = width + padding
    buffer = np.concatenate([padded(y, stride), padded(uv, stride)])
    tight = np.concatenate([y, uv])
    rgb = Layout("NV12", width, height, stride).to_rgb(buffer)
    assert np.array_equal(rgb, cv2.cvtColor(tight, cv2.COLOR_YUV2RGB_NV12))
    assert rgb.flags.c_contiguous


@pytest.mark.parametrize("name", ["YUV420", "NV12"])
def test_red_stays_red(name):
    """Y, U and V of pure red (BT.601): no swap of U and V, none of R and B."""
    width, height, stride = 16, 8, 32
    y = padded(np.full((height, width), 81, np.uint8), stride)
    if name == "NV12":
        chroma = padded(np.tile(np.array([90, 240], np.uint8), (height // 2, width // 2)), stride)
    else:
        planes = (np.full((height // 2, width // 2), value, np.uint8) for value in (90, 240))
        chroma = np.concatenate([padded(plane, stride // 2) for plane in planes])
    rgb = Layout(name, width, height, stride).to_rgb(np.concatenate([y, chroma]))
    assert np.abs(rgb.astype(int) - (255, 0, 0)).max() <= 2


def test_a_buffer_may_be_longer_than_the_picture():
    """Hardware rounds buffers up to whole pages."""
    pixels = noise(4, 6, 3)
    buffer = np.concatenate([pixels.ravel(), np.full(4096, GARBAGE, np.uint8)])
    assert np.array_equal(Layout("BGR888", 6, 4, 18).to_rgb(buffer), pixels)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_short_buffer_is_refused_with_its_numbers(name):
    with pytest.raises(CameraError, match=r"gave 100 bytes where a 64x48 "):
        Layout(name, 64, 48, 256).to_rgb(np.zeros(100, np.uint8))


def test_an_unknown_format_is_refused_by_name():
    with pytest.raises(CameraError, match="gives MJPEG pictures; whod knows BGR888, NV12"):
        Layout("MJPEG", 64, 48, 0).to_rgb(np.zeros(100, np.uint8))


def test_a_layout_is_read_from_what_picamera2_reports():
    reported = {"format": "YUV420", "size": (320, 180), "stride": 384, "framesize": 103680, "preserve_ar": False}
    assert Layout.of(reported) == Layout("YUV420", 320, 180, 384)
