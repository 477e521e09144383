# SPDX-License-Identifier: Apache-2.0
"""A folder of real pictures, played by a clock that stands still until it is waited for."""

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.camera import EndOfFrames, open_camera
from daemon.clock import FakeClock
from daemon.config import load
from daemon.errors import CameraError

RED, GREEN, BLUE, GREY = (250, 5, 5), (5, 250, 5), (5, 5, 250), (120, 120, 120)


def write(path, rgb, size=(32, 24)):
    pixels = np.full((size[1], size[0], 3), rgb[::-1], np.uint8)
    assert cv2.imwrite(str(path), pixels)


def play(folder, *overrides):
    clock = FakeClock()
    settings = load(None, [f"camera.source=folder:{folder}", "camera.fps=4", *overrides]).settings.camera
    return open_camera(settings, clock, Path("no-models"), clock.advance), clock


def colour(frame):
    return frame.pixels.mean(axis=(0, 1)).round().astype(int).tolist()


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "b.JPG", GREEN, (64, 48))
    write(tmp_path / "a.png", RED)
    write(tmp_path / "c.webp", BLUE, (40, 30))
    write(tmp_path / "B2.jpeg", GREY)
    return tmp_path


def test_in_name_order_in_rgb_and_each_at_its_own_size(folder):
    camera, _ = play(folder)
    frames = [camera.read() for _ in range(4)]
    assert [frame.pixels.shape for frame in frames] == [(24, 32, 3), (24, 32, 3), (48, 64, 3), (30, 40, 3)]
    assert np.abs(np.array([colour(f) for f in frames]) - [GREY, RED, GREEN, BLUE]).max() <= 12
    assert [frame.seq for frame in frames] == [0, 1, 2, 3]


def test_paced_by_the_clock(folder):
    camera, clock = play(folder, "camera.loop=true")
    begin_s = clock.monotonic()
    times = [camera.read().captured_monotonic_s - begin_s for _ in range(6)]
    assert times == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])


def test_time_spent_elsewhere_counts(folder):
    camera, clock = play(folder)
    camera.read()
    clock.advance(0.2)
    camera.read()
    assert clock.monotonic() == pytest.approx(1000.25)


def test_ends_and_stays_ended(folder):
    camera, _ = play(folder)
    for _ in range(4):
        camera.read()
    for _ in range(2):
        with pytest.raises(EndOfFrames):
            camera.read()
    camera.close()


def test_loops_when_told_to(folder):
    camera, _ = play(folder, "camera.loop=true")
    seen = [colour(camera.read()) for _ in range(12)]
    assert seen[:4] == seen[4:8] == seen[8:]


def test_other_files_and_folders_are_passed_over(folder, caplog):
    (folder / "notes.txt").write_text("not a picture")
    (folder / "sub.jpg").mkdir()
    write(folder / "sub.jpg" / "inner.png", GREY)
    camera, _ = play(folder)
    for _ in range(4):
        camera.read()
    with pytest.raises(EndOfFrames):
        camera.read()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_unreadable_pictures_are_left_out_with_one_warning_each(folder, caplog):
    (folder / "a1.jpg").write_bytes(b"no JPEG at all")
    (folder / "a2.png").write_bytes(b"")
    camera, _ = play(folder, "camera.loop=true")
    times = [camera.read().captured_monotonic_s for _ in range(12)]
    assert np.diff(times) == pytest.approx([0.25] * 11)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert "a1.jpg" in warnings[0]
    assert "a2.png" in warnings[1]


def test_a_picture_that_goes_away_meanwhile_is_left_out(folder):
    camera, _ = play(folder)
    camera.read()
    (folder / "a.png").unlink()
    assert np.abs(np.array(colour(camera.read())) - GREEN).max() <= 12


@pytest.mark.parametrize("loop", ["true", "false"])
def test_only_unreadable_pictures_is_an_error_and_no_endless_search(tmp_path, loop):
    (tmp_path / "a.jpg").write_bytes(b"no JPEG at all")
    (tmp_path / "b.jpg").write_bytes(b"nor this")
    camera, _ = play(tmp_path, f"camera.loop={loop}")
    with pytest.raises(CameraError, match="None of the pictures"):
        camera.read()
    camera.close()


def test_an_empty_folder_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(CameraError, match="has no pictures"):
        play(tmp_path)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(CameraError, match=r"missing cannot be read \(No such file or directory\)"):
        play(tmp_path / "missing")


def test_a_file_is_no_folder(folder):
    with pytest.raises(CameraError, match=r"a\.png cannot be read \(Not a directory\)"):
        play(folder / "a.png")


def test_exif_rotation_is_followed(tmp_path):
    """A phone's upright picture lies on its side in the file, with a note on how to hold it."""
    pixels = np.zeros((24, 48, 3), np.uint8)
    pixels[:, :24] = 255
    jpeg = bytes(cv2.imencode(".jpg", pixels)[1])
    orientation_6 = b"MM\0*\0\0\0\x08" + b"\0\x01" + b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" + b"\0\0\0\0"
    app1 = b"Exif\0\0" + orientation_6
    (tmp_path / "phone.jpg").write_bytes(
        jpeg[:2] + b"\xff\xe1" + (len(app1) + 2).to_bytes(2, "big") + app1 + jpeg[2:]
    )
    frame = play(tmp_path)[0].read()
    assert frame.pixels.shape == (48, 24, 3)
    assert frame.pixels[:20].mean() > 200
    assert frame.pixels[28:].mean() < 50
