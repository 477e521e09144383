# SPDX-License-Identifier: Apache-2.0
"""What is looked at, and embedded, and what is not."""

import numpy as np
import pytest
from support_script import (
    ALICE,
    BLANK,
    BOB,
    CAROL,
    STRANGER,
    THERE,
    Door,
    Face,
    near,
)

from daemon.gallery import at_camera
from daemon.pacing import Budget, Cooling, Pace
from daemon.pipeline import Pipeline
from daemon.types import Box


def test_a_decided_face_is_not_embedded_in_every_frame(door, alice):
    door.show(Face(ALICE), frames=100)
    assert door.vision.embedded <= 3 + 10


def test_a_decided_face_that_is_too_poor_to_count_is_not_embedded_in_every_frame(door, alice):
    door.show(Face(ALICE), frames=20)
    before = door.vision.embedded
    door.show(Face(ALICE, quality=0.1), frames=50)
    assert door.vision.embedded - before <= 6


class TestNothingHappens:
    """Frames in which nobody is seen and nothing changes are not looked at."""

    def test_they_are_looked_at_once_a_second(self, door):
        door.show(frames=50, pixels=BLANK)
        assert door.vision.glances == 5

    def test_but_what_comes_in_is_seen_at_once(self, door, alice):
        door.show(frames=5, pixels=BLANK)
        changed = BLANK.copy()
        changed[40:60, 40:60] = 30
        door.show(Face(ALICE), frames=4, pixels=changed)
        assert door.told == [("identified", "Alice")]

    def test_and_who_was_missed_is_seen_within_a_second(self, door, alice):
        door.show(frames=5, pixels=BLANK)
        door.show(Face(ALICE), frames=14, pixels=BLANK)
        assert door.told == [("identified", "Alice")]

    def test_somebody_who_stands_still_stays(self, door, alice):
        door.show(Face(ALICE), frames=30, pixels=BLANK)
        assert door.vision.glances + door.vision.revisits == 30
        door.finish()
        assert [visit.frames for visit in door.sightings] == [30]

    def test_unless_each_frame_is_wanted(self, tmp_path):
        door = Door(tmp_path, ["detector.still_s=0"])
        door.show(frames=20, pixels=BLANK)
        assert door.vision.glances == 20
        door.gallery.close()


class TestTheProcessorIsToBeSpared:
    """`camera.cpu_share` is used up."""

    @pytest.fixture
    def door(self, door):
        budget = Budget()
        budget.take_in(used_s=1000, passed_s=1, share=0.1)
        gallery = at_camera(door.gallery, ())
        door.pipeline = Pipeline(door.vision, gallery, door.settings, pace=Pace(budget, Cooling()))
        return door

    def test_what_moves_is_looked_at_twice_a_second(self, door):
        door.show(frames=50)
        assert door.vision.glances == 10

    def test_a_frame_that_comes_a_little_early_is_not_passed_over_for_the_next(self, door):
        for early_s in (0.0, 0.003) * 10:
            door.now_s -= early_s
            door.show(fps=2.0)
            door.now_s += early_s
        assert door.vision.glances == 20

    def test_who_came_between_two_looks_is_seen_in_the_next(self, door, alice):
        door.show(frames=6, pixels=BLANK)
        changed = BLANK.copy()
        changed[40:60, 40:60] = 30
        door.show(Face(ALICE), frames=8, pixels=changed)
        assert door.told == [("identified", "Alice")]

    def test_a_visitor_is_looked_at_in_each_frame(self, door, alice):
        door.show(Face(ALICE), frames=30)
        assert door.vision.glances + door.vision.revisits == 30


def test_while_one_is_decided_the_rest_of_the_picture_waits_a_frame_at_most(door, alice, bob):
    door.show(Face(ALICE))
    door.show(Face(near(CAROL, 0.9, 9)), Face(BOB, THERE), frames=2)
    assert (door.vision.glances, door.vision.revisits) == (2, 1)
    assert len(door.faces) == 2
    door.show(Face(near(CAROL, 0.9, 9)), Face(BOB, THERE), frames=3)
    assert door.told == [("identified", "Bob")]


def test_a_face_that_is_too_poor_to_be_decided_does_not_keep_the_picture_waiting(door, alice):
    door.show(Face(ALICE, quality=0.1), frames=10)
    assert (door.vision.glances, door.vision.revisits) == (10, 0)


def test_one_who_walks_on_while_being_decided_is_looked_for(door, alice):
    for x in (100, 180, 260, 340, 420):
        door.show(Face(ALICE, Box(x, 100, 90, 90)))
    assert door.told == [("identified", "Alice")]
    assert len(door.pipeline._tracker.tracks) == 1


def test_a_poor_face_is_not_embedded_at_all(door, alice):
    door.show(Face(ALICE, quality=0.2), frames=10)
    assert door.vision.embedded == 0


def test_the_gallery_is_asked_once_for_each_observation(door, alice, monkeypatch):
    asked = []
    identify = door.gallery.identify
    monkeypatch.setattr(door.gallery, "identify", lambda *args: asked.append(args) or identify(*args))
    door.show(Face(STRANGER), frames=8)
    assert door.vision.embedded == 8
    assert len(asked) <= 2 * 8  # alone, and together with those before
    door.enrol("Bob", BOB)
    asked.clear()
    door.show(Face(STRANGER))
    assert len(asked) > 2  # all again: the answers may be others now


def test_every_other_look_at_a_visitor_is_in_the_mirror(door, alice):
    halves = np.hstack([np.full((480, 320, 3), 9, np.uint8), np.full((480, 320, 3), 200, np.uint8)])
    for shade in range(4):
        door.show(Face(STRANGER), pixels=halves + np.uint8(shade))
    assert [crop[0, 0, 0] < crop[0, -1, 0] for crop in door.vision.crops] == [True, False, True, False]


def test_small_and_poor_faces_say_nothing(door, alice):
    door.show(Face(ALICE, Box(10, 10, 20, 20)), frames=40)
    door.show(Face(ALICE, quality=0.1), frames=40)
    door.leave(6)
    assert door.told == []
    assert door.visits == []
