# SPDX-License-Identifier: Apache-2.0
"""What of the Pi's camera can be tested where there is none."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera import open_camera
from daemon.camera.picamera import SLOWEST_SENSOR_FPS, frame_duration_us, is_present, lores_size
from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import CameraError

without_picamera2 = pytest.mark.skipif(
    importlib.util.find_spec("picamera2") is not None, reason="Picamera2 is installed here"
)

sides = st.integers(80, 2048).map(lambda half: 2 * half)


def open_picamera2():
    settings = load(None, ["camera.source=picamera2"]).settings.camera
    return open_camera(settings, SystemClock(), Path("no-models"))


@without_picamera2
def test_without_picamera2_the_error_says_how_to_get_it():
    with pytest.raises(CameraError, match="apt install --no-install-recommends python3-picamera2"):
        open_picamera2()
    assert not is_present()


@without_picamera2
@pytest.mark.parametrize(
    "fault",
    [
        'raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")',
        'raise ImportError("libcamera.so.0.4: cannot open shared object file")',
        'raise RuntimeError("no /dev/media0")',
        'raise AttributeError("type object PixelFormat has no attribute NV12")',
    ],
)
def test_a_broken_installation_is_a_camera_error_too(tmp_path, monkeypatch, fault):
    package = tmp_path / "picamera2"
    package.mkdir()
    (package / "__init__.py").write_text(fault)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CameraError, match="Picamera2 cannot be used"):
        open_picamera2()
    assert not is_present()
    assert "picamera2" not in sys.modules


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 720), (320, 180)),
        ((640, 480), (320, 240)),
        ((480, 640), (240, 320)),
        ((2304, 1296), (320, 180)),
        ((160, 160), (160, 160)),
    ],
)
def test_the_small_stream_has_the_shape_of_the_large(size, expected):
    assert lores_size(size) == expected


@given(sides, sides)
def test_the_small_stream_is_even_and_within_the_large(width, height):
    small = lores_size((width, height))
    assert all(side % 2 == 0 and side >= 2 for side in small)
    assert small[0] <= width
    assert small[1] <= height
    assert max(small) <= 320


@given(st.floats(0.1, 120), st.integers(1, 10**5), st.integers(0, 10**8))
def test_frame_durations_are_within_the_sensors_limits(fps, shortest, more):
    duration = frame_duration_us(fps, (shortest, shortest + more))
    assert shortest <= duration <= shortest + more


def test_frame_durations_follow_the_rate():
    limits = (8_333, 10_000_000)
    assert frame_duration_us(30, limits) == 33_333
    assert frame_duration_us(120, limits) == 8_333
    assert frame_duration_us(0.5, limits) == round(1e6 / SLOWEST_SENSOR_FPS)
