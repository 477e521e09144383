# SPDX-License-Identifier: Apache-2.0
"""Real video files, whose every frame shows its own number as a bar of that many pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.camera import EndOfFrames, open_camera
from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import CameraError


def write(path, fps, frames, code="MJPG"):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), fps, (64, 48))
    assert writer.isOpened()
    for number in range(frames):
        pixels = np.zeros((48, 64, 3), np.uint8)
        pixels[:, :number] = 255
        writer.write(pixels)
    writer.release()
    return path


def number_of(frame):
    return int((frame.pixels.mean(axis=(0, 2)) > 127).sum())


def play(path, *overrides, clock=None, sleep=None):
    clock = clock or FakeClock()
    settings = load(None, [f"camera.source=file:{path}", "camera.fps=10", *overrides]).settings.camera
    return open_camera(settings, clock, Path("no-models"), sleep or clock.advance), clock


def play_all(camera):
    """(frame number, seconds) of each frame."""
    return [(number_of(f), round(f.captured_monotonic_s - 1000, 3)) for f in frames_of(camera)]


def frames_of(camera):
    while True:
        try:
            yield camera.read()
        except EndOfFrames:
            return


@pytest.mark.parametrize(("suffix", "code"), [("avi", "MJPG"), ("mp4", "mp4v")])
def test_frames_beyond_our_rate_are_left_out(tmp_path, suffix, code):
    camera, _ = play(write(tmp_path / f"clip.{suffix}", fps=20, frames=20, code=code))
    assert play_all(camera) == [(2 * n, n / 10) for n in range(10)]


def test_a_slow_clip_is_played_at_its_own_speed(tmp_path):
    camera, _ = play(write(tmp_path / "clip.avi", fps=4, frames=6))
    assert play_all(camera) == [(n, n / 4) for n in range(6)]


def test_a_clip_of_an_odd_rate_takes_as_long_as_it_is(tmp_path):
    camera, _ = play(write(tmp_path / "clip.avi", fps=25, frames=40))
    seen = play_all(camera)
    assert all(abs(number / 25 - at_s) <= 0.041 for number, at_s in seen)
    assert len(seen) == 16


def test_a_reader_who_was_away_sees_what_is_on_now(tmp_path):
    camera, clock = play(write(tmp_path / "clip.avi", fps=20, frames=40))
    camera.read()
    clock.advance(1.0)
    assert number_of(camera.read()) == 20


def test_a_machine_too_slow_for_the_clip_plays_it_slowly_instead_of_only_skipping(tmp_path):
    """Each reading of this clock takes 30 ms: decoding falls ever further behind a clip of 40 frames a second."""

    class SlowClock(FakeClock):
        def monotonic(self):
            self.advance(0.03)
            return super().monotonic()

    camera, _ = play(write(tmp_path / "clip.avi", fps=40, frames=40), clock=SlowClock())
    assert len(play_all(camera)) >= 5


def test_loops_when_told_to_without_a_gap_in_numbers(tmp_path):
    camera, _ = play(write(tmp_path / "clip.avi", fps=10, frames=5), "camera.loop=true")
    frames = [camera.read() for _ in range(12)]
    assert [number_of(f) for f in frames] == [0, 1, 2, 3, 4] * 2 + [0, 1]
    assert [f.seq for f in frames] == list(range(12))
    assert np.diff([f.captured_monotonic_s for f in frames]) == pytest.approx([0.1] * 11)
    camera.close()


def test_colours_are_rgb(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "red.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    writer.write(np.full((48, 64, 3), (0, 0, 255), np.uint8))
    writer.release()
    frame = play(tmp_path / "red.avi")[0].read()
    assert np.abs(frame.pixels.astype(int) - (255, 0, 0)).max() <= 6


def test_says_what_it_plays(tmp_path):
    path = write(tmp_path / "clip.avi", fps=10, frames=2)
    camera, _ = play(path)
    assert camera.description == f"file {path} 64x48"
    assert not camera.simulated


def test_a_missing_file(tmp_path):
    with pytest.raises(CameraError, match=r"There is no file .*nothing\.mp4"):
        play(tmp_path / "nothing.mp4")


def test_a_folder_is_no_clip(tmp_path):
    with pytest.raises(CameraError, match="There is no file"):
        play(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a video\n" * 500])
def test_a_file_that_is_no_video(tmp_path, content):
    path = tmp_path / "text.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraError, match="is no video that can be played"):
        play(path)


def test_a_clip_cut_off_ends_where_it_is_cut(tmp_path):
    path = write(tmp_path / "clip.avi", fps=10, frames=20)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 5])
    camera, _ = play(path)
    assert 1 <= len(play_all(camera)) < 20


def test_a_looped_file_that_goes_away_is_an_error(tmp_path):
    path = write(tmp_path / "clip.avi", fps=10, frames=3)
    camera, _ = play(path, "camera.loop=true")
    for _ in range(3):
        camera.read()
    path.unlink()
    with pytest.raises(CameraError):
        camera.read()
    camera.close()
    camera.close()
