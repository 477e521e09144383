# SPDX-License-Identifier: Apache-2.0
"""The pace of cameras, and what becomes a Frame."""

import math
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.base import Shot, Timing
from daemon.camera.paced import PacedCamera
from daemon.clock import FakeClock
from daemon.config import load

FPS = 10.0
PIXELS = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3)


@dataclass
class Device:
    """A camera that takes a frame every `interval_s`, early or late by up to `jitter_s`."""

    timing: Timing
    interval_s: float
    jitter_s: float = 0.0
    delay_s: float = 0.0
    lores: np.ndarray | None = None
    simulated: bool = False
    frozen_after_s: float = math.inf
    description: str = "test device"
    closed: int = 0
    _taken: int = field(default=0, init=False)

    def grab(self, due_s):
        while True:
            self._taken += 1
            beat_s = 1000.0 + self._taken * self.interval_s
            captured_s = beat_s + self.jitter_s * (-1) ** self._taken
            if captured_s >= max(self.timing.earliest(due_s), self.timing.now()):
                self.timing.until(captured_s + self.delay_s)
                return Shot(PIXELS, captured_s, self.lores)

    def close(self):
        self.closed += 1


def camera(interval_s, *overrides, fps=None, sleep=None, **device):
    clock = FakeClock()
    timing = Timing(clock, (lambda s: sleep(clock, s)) if sleep else clock.advance, 1 / FPS)
    source = Device(timing, interval_s, **device)
    settings = load(None, [f"camera.fps={FPS}", *overrides]).settings.camera
    return PacedCamera(source, settings, timing, fps), source, clock


def captures(read, count):
    return [read().captured_monotonic_s for _ in range(count)]


@pytest.mark.parametrize("device_fps", [10, 15, 20, 25, 30, 50, 60, 90])
def test_a_faster_device_gives_our_rate_on_average(device_fps):
    paced, _, _ = camera(1 / device_fps)
    times = captures(paced.read, 101)
    assert (times[-1] - times[0]) / 100 == pytest.approx(1 / FPS, rel=0.02)
    assert min(np.diff(times)) >= 0.5 / FPS


def test_a_slower_device_gives_all_it_has():
    paced, _, _ = camera(1 / 4)
    assert np.diff(captures(paced.read, 10)) == pytest.approx([0.25] * 9)


@given(st.floats(0, 0.01))
def test_jitter_loses_no_frame_of_a_device_at_our_rate(jitter_s):
    paced, _, _ = camera(1 / FPS, jitter_s=jitter_s)
    assert max(np.diff(captures(paced.read, 50))) <= 1 / FPS + 2 * jitter_s + 1e-6


def test_a_pause_is_not_made_up_for():
    paced, _, clock = camera(1 / 30)
    captures(paced.read, 5)
    clock.advance(60)
    times = captures(paced.read, 11)
    assert (times[-1] - times[0]) / 10 == pytest.approx(1 / FPS, rel=0.06)


@pytest.mark.parametrize("device_fps", [10, 15, 25, 30, 90])
@pytest.mark.parametrize("wanted", [0.5, 2.0, 3.0, 5.0])
def test_fewer_frames_come_where_fewer_are_wanted(wanted, device_fps):
    paced, _, _ = camera(1 / device_fps, fps=lambda: wanted)
    times = captures(paced.read, 51)
    assert (times[-1] - times[0]) / 50 == pytest.approx(1 / wanted, rel=0.04)


def test_more_than_the_settings_say_never_come():
    paced, _, _ = camera(1 / 30, fps=lambda: 1000.0)
    times = captures(paced.read, 51)
    assert (times[-1] - times[0]) / 50 == pytest.approx(1 / FPS, rel=0.02)


def test_a_slow_camera_is_at_full_pace_again_within_one_frame():
    wanted = 1.0

    def somebody_comes(clock, seconds):
        nonlocal wanted
        clock.advance(seconds)
        if clock.monotonic() >= 1005.5:
            wanted = FPS

    paced, _, _ = camera(1 / 30, fps=lambda: wanted, sleep=somebody_comes)
    times = captures(paced.read, 12)
    before = [time for time in times if time < 1005.5]
    after = [time for time in times if time >= 1005.5]
    assert np.diff(before) == pytest.approx([1.0] * (len(before) - 1), abs=0.04)
    assert after[0] - 1005.5 <= 2 / FPS
    assert np.diff(after) == pytest.approx([1 / FPS] * (len(after) - 1), abs=0.04)


def test_a_wait_that_is_ended_is_not_begun_again():
    """The worker is to stop: each sleep then comes back at once."""
    waits = []
    paced, _, _ = camera(1 / 30, fps=lambda: 0.1, sleep=lambda _clock, seconds: waits.append(seconds))
    paced.read()
    waits.clear()
    paced._next_due()
    assert len(waits) == 1


def test_frames_are_numbered_and_named():
    paced, _, _ = camera(1 / 30, "camera.name=porch")
    frames = [paced.read() for _ in range(3)]
    assert [frame.seq for frame in frames] == [0, 1, 2]
    assert {frame.camera for frame in frames} == {"porch"}
    assert not any(frame.simulated for frame in frames)


def test_a_simulated_source_makes_simulated_frames():
    paced, _, _ = camera(1 / 30, simulated=True)
    assert paced.simulated
    assert paced.read().simulated


def test_utc_is_of_the_capture_not_of_the_arrival():
    paced, _, clock = camera(1 / 10, delay_s=0.04)
    frame = paced.read()
    assert clock.monotonic() - frame.captured_monotonic_s == pytest.approx(0.04)
    assert clock.now() - frame.captured_at == pytest.approx(timedelta(seconds=0.04), abs=timedelta(microseconds=2))


def test_geometry_is_applied_to_both_resolutions():
    paced, _, _ = camera(1 / 30, "camera.rotation=90", "camera.zone=[0.0, 0.0, 1.0, 0.5]", lores=PIXELS[::2, ::2])
    frame = paced.read()
    assert np.array_equal(frame.pixels, np.rot90(PIXELS, -1)[:4])
    assert np.array_equal(frame.lores, np.rot90(PIXELS[::2, ::2], -1)[:2])
    assert frame.pixels.flags.c_contiguous
    assert frame.lores.flags.c_contiguous


def test_without_a_small_picture_there_is_none():
    paced, _, _ = camera(1 / 30)
    assert paced.read().lores is None


def test_closing_closes_the_source_and_its_description_stays():
    paced, source, _ = camera(1 / 30)
    paced.close()
    paced.close()
    assert source.closed == 2
    assert paced.description == "test device"
