# SPDX-License-Identifier: Apache-2.0
"""The picture of a face that goes with a decision: which look, of whom, how large, and when there is none."""

import numpy as np
import pytest
from support_broker import wait_until
from support_script import ALICE, BLANK, HERE, STRANGER, THERE, Door, Face, near
from support_workers import running

from daemon.config import load
from daemon.gallery import at_camera
from daemon.pipeline import FacePicture
from daemon.types import Box, Photo
from daemon.vision import cut_out, decode, snapshot
from daemon.workers import PicturesWorker

ON = "privacy.publish_snapshots=true"
NOISE = np.random.default_rng(7)


@pytest.fixture
def door(tmp_path):
    door = Door(tmp_path, [ON])
    yield door
    door.gallery.close()


def change(door, *overrides):
    new = load(None, overrides).settings
    door.gallery.judge_by(new.gallery)
    door.pipeline.go_on_with(door.vision, at_camera(door.gallery, new.camera.groups), new)


def shown(door):
    """The grey of each picture, and whose it is."""
    return [(int(picture.pixels.mean()), picture.person_id) for picture in door.pictures]


def test_without_the_setting_there_is_none(tmp_path):
    door = Door(tmp_path)
    door.enrol("Alice", ALICE)
    door.show(Face(ALICE), frames=10)
    assert door.told == [("identified", "Alice")]
    assert door.pictures == []
    door.gallery.close()


def test_a_decision_has_the_best_look_before_it_and_no_other_comes(door, alice):
    door.show(Face(ALICE, quality=0.5), pixels=BLANK + 40)
    door.show(Face(ALICE, quality=0.9), pixels=BLANK + 80)
    assert door.pictures == []
    door.show(Face(ALICE, quality=0.6), pixels=BLANK + 120, frames=60)
    assert shown(door) == [(80, alice.id)]
    assert door.told == [("identified", "Alice")]


def test_who_leaves_is_shown_no_more(door, alice):
    door.show(Face(ALICE), frames=20)
    door.leave(8)
    door.finish()
    assert len(door.sightings) == len(door.pictures) == 1


def test_a_stranger_and_somebody_who_is_known_each_have_theirs(door, alice):
    pixels = BLANK.copy()
    pixels[:, :320], pixels[:, 320:] = 50, 200
    door.show(Face(ALICE, HERE), Face(STRANGER, THERE, look=1), pixels=pixels, frames=40)
    assert sorted(shown(door), key=str) == [(200, None), (50, alice.id)]


def test_a_name_that_is_taken_back_has_none_and_the_next_decision_shows_who_is_there_since(door, alice):
    door.show(Face(near(ALICE, 0.72, 8), quality=0.95), frames=4, pixels=BLANK + 40)
    for look in range(1, 8):
        door.show(Face(near(ALICE, 0.3, 8), look=look), pixels=BLANK + 200)
    assert door.told[1:] == [("retracted", "Alice")]
    assert shown(door) == [(40, alice.id)]
    door.show(Face(near(ALICE, 0.3, 8)), frames=60, pixels=BLANK + 220)
    assert door.told[2:] == [("unknown", None)]
    assert shown(door)[1:] == [(200, None)]


def test_who_was_taken_for_somebody_who_came_back_is_not_shown_as_them(door, alice):
    door.show(Face(ALICE), frames=10, pixels=BLANK + 40)
    door.leave(2)
    door.show(Face(near(ALICE, 0.44, 8), THERE, look=1), pixels=BLANK + 60)
    door.show(Face(near(ALICE, 0.8, 8), THERE, look=1), frames=9, pixels=BLANK + 90)
    assert door.told == [("identified", "Alice")]
    assert len(door.pipeline._tracker.tracks) == 1, "it is one visit"
    change(door, ON, "gallery.threshold=0.9")
    door.show(Face(near(ALICE, 0.8, 8), THERE, quality=0.5, look=1), frames=40, pixels=BLANK + 150)
    assert door.told[1:] == [("retracted", "Alice"), ("unknown", None)]
    assert shown(door) == [(40, alice.id), (60, None)]


def test_a_stranger_who_is_enrolled_in_view_is_shown_again_under_the_name(door):
    door.show(Face(STRANGER, quality=0.9), frames=20, pixels=BLANK + 40)
    door.show(Face(STRANGER, quality=0.5), frames=20, pixels=BLANK + 90)
    postman = door.enrol("Postman", STRANGER)
    door.show(Face(STRANGER, quality=0.5), frames=20, pixels=BLANK + 150)
    assert shown(door) == [(40, None), (90, postman.id)]


def test_turned_off_while_somebody_is_looked_at(door, alice):
    door.show(Face(ALICE), frames=2)
    change(door)
    door.show(Face(ALICE), frames=20)
    assert door.told == [("identified", "Alice")]
    assert door.pictures == []
    change(door, ON)
    assert all(track.picture is None for track in door.pipeline._tracker.tracks)


def test_turned_on_while_somebody_is_looked_at(door, alice):
    change(door)
    door.show(Face(ALICE, quality=0.9), frames=2, pixels=BLANK + 40)
    change(door, ON)
    door.show(Face(ALICE, quality=0.6), frames=20, pixels=BLANK + 80)
    assert shown(door) == [(80, alice.id)]


@pytest.mark.parametrize(
    ("box", "size"),
    [
        (Box(100, 100, 100, 80), (200, 200)),
        (Box(0, 0, 100, 100), (150, 150)),
        (Box(600, 440, 40, 40), (60, 60)),
        (Box(-40, 200, 60, 60), (120, 50)),
        (Box(900, -300, 50, 50), (1, 1)),
        (Box(120, 40, 400, 400), (240, 320)),
    ],
)
def test_as_much_is_around_as_is_there(box, size):
    part = cut_out(BLANK, box)
    assert part.shape[:2] == size
    assert part.base is None, "the whole frame is kept"
    scale = min(1, 320 / max(size))
    assert decode(Photo("snapshot", snapshot(part))).shape[:2] == tuple(round(n * scale) for n in size)


def test_a_face_that_fills_a_large_frame_takes_little_memory_and_stays_itself():
    frame = np.zeros((1080, 1920, 3), np.uint8)
    frame[:, 960:] = 240
    part = cut_out(frame, Box(560, 140, 800, 800))
    assert max(part.shape) < 640
    picture = decode(Photo("snapshot", snapshot(part)))
    assert max(picture.shape) == 320
    assert (picture[:, :150] < 20).all()
    assert (picture[:, 170:] > 220).all()


def test_a_line_of_a_picture_can_be_cut_out_too():
    assert cut_out(np.zeros((1, 2000, 3), np.uint8), Box(500, 0, 900, 1)).shape[0] == 1


@pytest.mark.parametrize("levels", [2, 256])
def test_even_noise_is_within_the_cap(levels):
    noise = (NOISE.integers(0, levels, (480, 480, 3)) * (255 // (levels - 1))).astype(np.uint8)
    for side in (320, 480):
        assert len(snapshot(noise[:side, :side])) <= 100_000


def grey(shade):
    return FacePicture(np.full((400, 300, 3), shade, np.uint8), str(shade))


def test_the_worker_hands_on_what_was_left_as_jpeg():
    told = []
    worker = PicturesWorker(told.append)
    with running(worker):
        worker.add(grey(60))
        wait_until(lambda: told)
    assert told[0].person_id == "60"
    picture = decode(Photo("snapshot", told[0].jpeg))
    assert picture.shape == (320, 240, 3)
    assert abs(int(picture.mean()) - 60) <= 2


def test_of_too_many_the_newest_are_shown():
    told = []
    worker = PicturesWorker(told.append)
    for shade in range(50, 60):
        worker.add(grey(shade))
    with running(worker):
        wait_until(lambda: len(told) >= 4)
        worker.add(grey(99))
        wait_until(lambda: told[-1].person_id == "99")
    assert [one.person_id for one in told] == ["56", "57", "58", "59", "99"]
