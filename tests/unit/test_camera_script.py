# SPDX-License-Identifier: Apache-2.0
"""A camera that goes wrong when its script says so, by a clock that stands still until it is waited for."""

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.camera import open_camera
from daemon.clock import FakeClock, SystemClock
from daemon.config import load
from daemon.errors import CameraError

GREY = 120


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def script(tmp_path):
    """Saves a script, whose camera looks at a grey wall."""
    (tmp_path / "wall").mkdir()
    assert cv2.imwrite(str(tmp_path / "wall" / "a.png"), np.full((48, 64, 3), GREY, np.uint8))

    def save(text, source='source = "folder:wall"'):
        path = tmp_path / "camera.toml"
        path.write_text(f"{source}\n{text}")
        return path

    return save


def opened(path, clock):
    settings = load(None, [f"camera.source=script:{path}", "camera.fps=10"]).settings.camera
    return open_camera(settings, clock, Path("no-models"), getattr(clock, "advance", lambda _: None))


def test_without_a_fault_it_is_what_it_plays_with_the_noise_of_a_sensor(script, clock):
    camera = opened(script(""), clock)
    first, second = camera.read().pixels, camera.read().pixels
    assert first.shape == (48, 64, 3)
    assert np.abs(first.astype(int) - GREY).max() <= 4
    assert not np.array_equal(first, second)
    assert not camera.simulated
    assert camera.description.startswith("script ")


def test_the_noise_can_be_left_out(script, clock):
    camera = opened(script("noise = false"), clock)
    assert (camera.read().pixels == GREY).all()


def test_a_fault_lasts_as_long_as_it_says(script, clock):
    camera = opened(script('[[fault]]\nwhat = "black"\nafter_s = 0.95\nfor_s = 1'), clock)
    black = [not camera.read().pixels.any() for _ in range(30)]
    assert black == [False] * 10 + [True] * 10 + [False] * 10


def test_it_is_played_again_where_it_repeats(script, clock):
    camera = opened(script('repeat_s = 2\n[[fault]]\nwhat = "black"\nafter_s = 0.95'), clock)
    black = [not camera.read().pixels.any() for _ in range(40)]
    assert black == ([False] * 10 + [True] * 10) * 2


def test_a_frozen_picture_is_the_last_one_over_openings_too(script, clock):
    path = script('[[fault]]\nwhat = "frozen"\nafter_s = 0.15')
    camera = opened(path, clock)
    frames = [camera.read().pixels for _ in range(4)]
    assert not np.array_equal(frames[0], frames[1])
    assert np.array_equal(frames[1], frames[2])
    assert np.array_equal(frames[1], opened(path, clock).read().pixels)


def test_what_fails_raises_and_opens_again(script, clock):
    path = script('[[fault]]\nwhat = "fail"')
    for _ in range(2):
        with pytest.raises(CameraError, match="gives no picture"):
            opened(path, clock).read()


def test_what_nobody_expects_is_no_error_of_ours(script, clock):
    with pytest.raises(RuntimeError):
        opened(script('[[fault]]\nwhat = "crash"'), clock).read()


def test_what_is_absent_is_gone_and_does_not_open(script, clock):
    path = script('[[fault]]\nwhat = "absent"\nafter_s = 0.15')
    camera = opened(path, clock)
    camera.read()
    camera.read()
    with pytest.raises(CameraError, match="is not there"):
        camera.read()
    with pytest.raises(CameraError, match="is not there"):
        opened(path, clock)


def test_a_slow_picture_takes_its_time(script, clock):
    camera = opened(script('[[fault]]\nwhat = "slow"\nread_s = 3'), clock)
    begun_s = clock.monotonic()
    assert [round(camera.read().captured_monotonic_s - begun_s) for _ in range(3)] == [3, 6, 9]


def test_a_read_that_blocks_comes_back_with_the_fault_alone(script):
    path = script('[[fault]]\nwhat = "block"')
    camera, came = opened(path, SystemClock()), threading.Event()
    thread = threading.Thread(target=lambda: (camera.read(), came.set()), daemon=True)
    thread.start()
    assert not came.wait(0.3)
    script("")
    assert came.wait(10)


def test_it_begins_anew_when_its_file_is_saved(script, clock):
    camera = opened(script(""), clock)
    assert camera.read().pixels.any()
    script('[[fault]]\nwhat = "black"\nfor_s = 0.15')
    assert [bool(camera.read().pixels.any()) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[fault]]\nwhat = "frozn"', "fault.what is none; did you mean frozen."),
        ("[[fault]]\nafter_s = 3", "fault.what is missing."),
        ('[[fault]]\nwhat = "black"\nfor_s = "long"', "fault.for_s must be a number, not 'long'."),
        ('[[fault]]\nwhat = "black"\nuntil = 3', "fault.until is no key"),
        ("[[faults]]", "script.faults is no key"),
        ("fault = 3", "fault must be tables: write [[fault]]."),
        ("noise = 2", "script.noise must be true or false, not 2."),
        ("repeat_s = -1", "script.repeat_s must be from 0 to"),
        ("[fault", "is no TOML"),
        pytest.param("x = " + 5000 * "[", "is no TOML", id="deep"),
        pytest.param("x = " + 5000 * "1", "is no TOML", id="long"),
    ],
)
def test_what_is_wrong_with_a_script_is_said(script, clock, text, sentence):
    with pytest.raises(CameraError) as caught:
        opened(script(text), clock)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("script:other.toml", "script.source must be no script itself."),
        ("folders:wall", "script.source must be auto, picamera2"),
    ],
)
def test_what_it_plays_must_be_a_source_but_no_script(script, clock, source, sentence):
    with pytest.raises(CameraError) as caught:
        opened(script("", f'source = "{source}"'), clock)
    assert sentence in str(caught.value)


def test_a_script_that_is_not_there_is_an_error_and_found_once_it_is(script, clock, tmp_path):
    with pytest.raises(CameraError, match="cannot be read"):
        opened(tmp_path / "camera.toml", clock)
    assert opened(script(""), clock).read().pixels.any()


@pytest.mark.parametrize("place", ["/dev/zero", "/dev", "pipe"])
def test_what_never_ends_is_no_script(clock, tmp_path, place):
    path = tmp_path / place
    if place == "pipe":
        os.mkfifo(path)
    with pytest.raises(CameraError, match=r"cannot be read \(it is not a file\): set camera\.source"):
        opened(path, clock)


def test_a_script_has_an_end(script, clock):
    fault = '[[fault]]\nwhat = "black"\nafter_s = 1e9\n'
    assert opened(script(1500 * fault), clock).read().pixels.any()
    with pytest.raises(CameraError, match=r"cannot be read \(it is longer than 64 KiB\)"):
        opened(script(1700 * fault), clock)
