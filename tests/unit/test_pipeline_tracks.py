# SPDX-License-Identifier: Apache-2.0
"""Which face of a frame is which of the frames before."""

from support_script import ALICE, BOB, CAROL, FAR, HERE, STRANGER, Face, axis, near

from daemon.types import Box


def test_two_people_who_follow_each_other_are_two_visits(door, alice, bob):
    door.show(Face(ALICE), frames=20)
    door.show(Face(BOB, look=1), frames=20)
    door.leave(6)
    assert door.told == [("identified", "Alice"), ("identified", "Bob")]
    assert sorted(door.visits) == ["Alice", "Bob"]


def test_a_change_of_person_with_the_same_look_is_noticed_by_the_next_check(door, alice, bob):
    door.show(Face(ALICE), frames=20)
    door.show(Face(BOB), frames=20)
    assert door.told == [("identified", "Alice"), ("identified", "Bob")]


def test_two_strangers_who_follow_each_other_are_two_visits(door, alice):
    door.show(Face(STRANGER), frames=30)
    door.show(Face(CAROL, look=1), frames=30)
    door.leave(6)
    assert door.told == [("unknown", None), ("unknown", None)]
    assert door.visits == [None, None]


def test_look_alikes_who_follow_each_other_are_told_apart(door):
    twin_a, twin_b = ALICE, near(ALICE, 0.5, 7)
    door.enrol("Ann", twin_a)
    door.enrol("Amy", twin_b)
    door.show(Face(twin_a), frames=20)
    door.show(Face(twin_b, look=1), frames=20)
    assert door.told == [("identified", "Ann"), ("identified", "Amy")]


def test_turning_away_and_coming_back_elsewhere_is_one_visit(door, alice):
    door.show(Face(ALICE, HERE), frames=20)
    door.leave(2)
    door.show(Face(near(ALICE, 0.8, 6), FAR), frames=20)
    door.leave(6)
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Alice"]
    assert door.sightings[0].frames == 40


def test_coming_back_looking_unlike_oneself_still_is_one_visit(door, alice):
    door.show(Face(near(ALICE, 0.62, 6), HERE), frames=20)
    door.leave(2)
    door.show(Face(near(ALICE, 0.62, 7), FAR, look=1), frames=20)
    door.leave(6)
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Alice"]


def test_coming_back_after_the_gap_is_another_visit(door, alice):
    door.show(Face(ALICE), frames=20)
    door.leave(6)
    door.show(Face(ALICE), frames=20)
    door.leave(6)
    assert door.told == [("identified", "Alice")] * 2
    assert door.visits == ["Alice", "Alice"]
    assert len({s.sighting_id for s in door.sightings}) == 2


def test_frames_that_a_slow_machine_drops_are_no_absence(door, alice):
    for _ in range(50):
        door.show(Face(ALICE))
        door.seq += 1
        door.now_s += 0.1
    assert door.vision.embedded <= 3 + 10


def test_a_poor_face_in_the_place_of_one_who_left_is_not_theirs(door, alice):
    door.show(Face(ALICE), frames=10)
    door.show(frames=5)
    door.show(Face(STRANGER, look=3, quality=0.1), frames=10)
    assert [face.name for face in door.faces] == [None]
    door.show(Face(STRANGER, look=3, quality=0.1), frames=50)
    assert [visit.frames for visit in door.sightings] == [10]
    assert door.present == set()


def test_a_poor_look_at_another_face_does_not_make_it_the_one_before(door, alice, bob):
    door.show(Face(ALICE, look=1), frames=10)
    door.show(Face(BOB, look=2, quality=0.1))
    assert [face.name for face in door.faces] == [None]
    door.show(Face(BOB, look=2), frames=4)
    assert door.told == [("identified", "Alice"), ("identified", "Bob")]


def test_one_who_turns_away_for_some_poor_frames_is_one_visit(door, alice):
    door.show(Face(ALICE, look=1), frames=10)
    door.show(Face(ALICE, look=2, quality=0.1), frames=10)
    door.show(Face(ALICE, look=1), frames=10)
    door.leave(6)
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Alice"]


def test_two_look_alikes_in_one_frame_are_two_tracks(door, alice):
    one, other = near(STRANGER, 0.6, 9), near(STRANGER, 0.55, 10)
    door.show(Face(STRANGER), frames=12)
    door.show(Face(one, HERE), Face(other, Box(165, 100, 100, 100)), frames=20)
    assert len(door.faces) == 2


def test_a_walk_through_the_picture_is_one_track(door, alice):
    for step in range(40):
        door.show(Face(ALICE, Box(10 + 12 * step, 100, 100, 100)))
    door.finish()
    assert door.told == [("identified", "Alice")]
    assert door.sightings[0].frames == 40


def test_two_candidates_for_one_face_are_one_visitor(door, alice):
    door.show(Face(ALICE, HERE), Face(ALICE, HERE._replace(x=HERE.x + 20)), frames=20)
    door.finish()
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Alice"]


def test_a_crowd_that_runs_past_is_bounded(door):
    for step in range(300):
        door.show(Face(axis(step % 16), Box(10 + 40 * (step % 12), 10, 24, 24)))
    assert len(door.pipeline._tracker.tracks) <= 51
