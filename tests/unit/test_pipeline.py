# SPDX-License-Identifier: Apache-2.0
"""Frames in, decisions and visits out; faces are scripted, rules and gallery are real."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_script import (
    ALICE,
    BLANK,
    BOB,
    CAROL,
    FAR,
    HERE,
    MODEL,
    START,
    STRANGER,
    THERE,
    Door,
    Face,
    axis,
    near,
    observation,
    unit,
)

from daemon.tracking import Evidence, Rules
from daemon.types import Box, Embedding, EventType, Explanation, Outcome, Rule


def test_a_resident_is_told_once_within_half_a_second_and_recorded_once(door, alice):
    door.show(Face(near(ALICE, 0.8, 9)), frames=60)
    assert door.told == [("identified", "Alice")]
    event = door.events[0]
    assert event.captured_monotonic_s <= 0.5
    assert event.person == alice
    assert event.similarity == pytest.approx(0.8, abs=0.01)
    assert event.votes == (3, 3)
    assert event.box == pytest.approx((100 / 640, 100 / 480, 100 / 640, 100 / 480))
    assert door.present == {alice.id}
    assert door.sightings == []
    door.leave(6)
    (visit,) = door.sightings
    assert visit.sighting_id == event.sighting_id
    assert visit.outcome is Outcome.IDENTIFIED
    assert visit.frames == 60
    assert visit.started_at == START
    assert visit.ended_at == START + timedelta(seconds=5.9)
    assert door.present == frozenset()


def test_a_stranger_is_unknown_once(door, alice):
    door.show(Face(STRANGER), frames=60)
    assert door.told == [("unknown", None)]
    assert door.events[0].captured_monotonic_s <= 3.0
    door.leave(6)
    assert door.visits == [None]


def test_an_empty_gallery_makes_everybody_unknown(door):
    door.show(Face(STRANGER), frames=40)
    assert door.told == [("unknown", None)]


def test_one_lucky_frame_names_nobody(door, alice):
    door.show(Face(STRANGER), frames=5)
    door.show(Face(near(ALICE, 0.9, 3)), frames=1)
    door.show(Face(STRANGER), frames=40)
    assert ("identified", "Alice") not in door.told


def test_one_person_only_once_in_a_frame(door, alice):
    door.show(Face(ALICE, HERE), Face(near(ALICE, 0.7, 8), THERE, look=1), frames=60)
    assert sorted(door.told) == [("identified", "Alice"), ("unknown", None)]
    winner = next(e for e in door.events if e.person)
    assert winner.box.x == pytest.approx(100 / 640)


def test_two_residents_side_by_side(door, alice, bob):
    door.show(Face(ALICE, HERE), Face(BOB, THERE, look=1), frames=20)
    assert sorted(door.told) == [("identified", "Alice"), ("identified", "Bob")]
    assert {face.name for face in door.faces} == {"Alice", "Bob"}


def test_one_who_comes_often_is_told_as_familiar(door, alice):
    seen = observation(BOB)
    postman = door.gallery.enrol_familiar([seen], "visit").person
    door.show(Face(BOB), frames=20)
    assert door.told == [("familiar", postman.name)]
    assert [face.state for face in door.faces] == ["familiar"]
    assert door.present == {postman.id}
    door.leave(6)
    assert [(visit.outcome, visit.person.id) for visit in door.sightings] == [(Outcome.FAMILIAR, postman.id)]


def test_one_who_is_just_similar_enough_is_looked_at_for_longer(door, alice):
    door.show(Face(near(ALICE, 0.57, 8)), frames=5)
    assert door.told == []
    door.show(Face(near(ALICE, 0.57, 8)), frames=1)
    assert door.told == [("identified", "Alice")]
    assert door.events[0].why.rule is Rule.PATIENT


def test_just_similar_enough_is_enough_when_the_time_is_up(door, alice):
    door.show(Face(near(ALICE, 0.57, 8)), frames=4, fps=1)
    assert door.told == [("identified", "Alice")]
    assert door.events[0].votes == (4, 4)


def test_blurred_looks_weigh_less_than_sharp_ones(door, alice, bob):
    evidence = Evidence(Rules(door.settings.tracking, door.settings.gallery), door.gallery)
    like_bob, like_alice = (
        unit(0.6 * one + 0.2 * other + 0.3 * axis(8)) for one, other in ((BOB, ALICE), (ALICE, BOB))
    )
    for i in range(3):
        evidence.add(Embedding(like_bob, MODEL), 0.31, i / 10)
        evidence.add(Embedding(like_alice, MODEL), 1.0, i / 10)
        evidence.add(Embedding(like_bob, MODEL), 0.31, i / 10)
    verdict = evidence.weigh(3.0)
    assert (verdict.person, verdict.votes) == (alice, (3, 9))


def test_a_decision_says_why(door, alice, bob):
    door.show(Face(unit(ALICE + 0.3 * BOB)), frames=3)
    why = door.events[0].why
    assert why.rule is Rule.SURE
    assert [noted.person_id for noted in why.observations] == [alice.id] * 3
    assert all(noted.agrees for noted in why.observations)
    best, second = why.identification.candidates
    assert (best.person, second.person) == (alice, bob)
    # Both the face and Alice's own samples are compared with the others: Bob is nothing like her.
    assert best.required == pytest.approx(0.55 + 0.15 * second.similarity / 5)
    assert second.required is None
    assert Explanation.from_json(why.as_json()).as_json() == why.as_json()


def test_a_visit_leaves_its_face_behind(door, alice):
    door.show(Face(STRANGER, quality=0.5))
    door.show(Face(STRANGER, quality=0.9), pixels=BLANK + np.uint8(7))
    door.show(Face(STRANGER, quality=0.6), frames=20)
    door.leave(6)
    (visit,) = door.sightings
    assert visit.face.model_id == MODEL
    assert (visit.face.crop == 7).all()
    assert [moment.quality for moment in visit.face.moments[:3]] == [0.5, 0.9, 0.6]
    np.testing.assert_allclose(visit.face.moments[0].vector, STRANGER)
    assert visit.why.rule is Rule.HOPELESS


def test_one_who_is_forgotten_while_standing_there_leaves_no_name(door, alice):
    door.show(Face(ALICE), frames=20)
    door.gallery.forget(alice.id)
    door.show(Face(ALICE), frames=2)
    assert door.present == frozenset()
    assert [face.name for face in door.faces] == [None]
    door.leave(6)
    assert door.visits == [None]


def test_a_rename_reaches_the_record(door, alice):
    door.show(Face(ALICE), frames=20)
    door.gallery.rename(alice.id, "Alicia")
    door.show(Face(ALICE), frames=1)
    assert [face.name for face in door.faces] == ["Alicia"]
    door.leave(6)
    assert door.visits == ["Alicia"]


def test_a_face_that_comes_near_is_identified_then(door, alice):
    for step in range(30):
        side = 20 + 3 * step
        door.show(Face(ALICE, Box(300 - side / 2, 200 - side / 2, side, side)))
    assert door.told == [("identified", "Alice")]


def test_a_glimpse_is_recorded_but_not_told(door, alice):
    door.show(Face(ALICE), frames=2)
    door.leave(6)
    assert door.told == []
    assert door.visits == ["Alice"]


def test_a_doubtful_glimpse_is_recorded_as_unknown(door, alice):
    door.show(Face(near(ALICE, 0.58, 5)), frames=2)
    door.leave(6)
    assert door.visits == [None]


def test_the_end_ends_all_visits(door, alice):
    door.show(Face(ALICE), frames=20)
    door.finish()
    assert door.visits == ["Alice"]
    assert door.present == frozenset()


def test_a_lost_camera_ends_visits_too(door, alice):
    door.show(Face(ALICE), frames=20)
    door.take(door.pipeline.pause(door.now_s + 1, clock_synced=True))
    assert door.sightings == []
    door.take(door.pipeline.pause(door.now_s + 6, clock_synced=True))
    assert door.visits == ["Alice"]


def test_frames_of_changing_size(door, alice):
    for size in (240, 480, 960, 480, 240, 720):
        door.show(Face(ALICE), pixels=np.zeros((size, size, 3), np.uint8))
    assert door.told == [("identified", "Alice")]


def test_one_who_is_merged_while_standing_there_keeps_being_known(door, alice, bob):
    door.show(Face(ALICE), frames=20)
    door.gallery.merge(alice.id, bob.id)
    door.show(Face(ALICE), frames=30)
    assert door.present == {bob.id}
    assert [face.name for face in door.faces] == ["Bob"]
    door.leave(6)
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Bob"]


def test_two_faces_of_one_frame_are_not_recorded_as_one_person(door, alice):
    for frames in (2, 15):
        door.show(Face(ALICE, HERE), Face(near(ALICE, 0.9, 8), THERE, look=1), frames=frames)
        door.leave(6)
    assert sorted(map(str, door.visits)) == ["Alice", "Alice", "None", "None"]


def test_two_that_enter_and_leave_apart_are_not_recorded_as_one_person(door, alice):
    door.show(Face(ALICE, HERE), frames=10)
    door.show(Face(ALICE, HERE), Face(near(ALICE, 0.9, 8), THERE, look=1), frames=10)
    door.show(Face(near(ALICE, 0.9, 8), THERE, look=1), frames=1)
    door.leave(6)
    assert sorted(map(str, door.visits)) == ["Alice", "None"]


@st.composite
def days(draw):
    who = st.sampled_from([ALICE, BOB, CAROL, STRANGER])
    scene = st.tuples(st.lists(who, max_size=3, unique_by=lambda v: v.tobytes()), st.integers(1, 30))
    return draw(st.lists(scene, max_size=12))


@given(days())
@settings(max_examples=60, deadline=None)
def test_whatever_happens(tmp_path_factory, day):
    """No event twice, no person twice in a frame, each decided visit is recorded, and only after its event."""
    door = Door(tmp_path_factory.mktemp("door"))
    people = {name: door.enrol(name, vector).id for name, vector in (("Alice", ALICE), ("Bob", BOB))}
    places = (HERE, THERE, FAR)
    for who, frames in day:
        faces = [Face(v, places[i], look=int(np.argmax(v))) for i, v in enumerate(who)]
        for _ in range(frames):
            door.show(*faces)
            names = [face.name for face in door.faces if face.name]
            assert len(names) == len(set(names))
            assert door.present <= set(people.values())
    door.finish()
    kinds = [(e.sighting_id, e.event_type) for e in door.events]
    assert len(kinds) == len(set(kinds))
    told = {e.sighting_id for e in door.events if e.event_type is EventType.IDENTIFIED}
    recorded = {s.sighting_id for s in door.sightings}
    assert told <= recorded
    assert len(recorded) == len(door.sightings)
    for sighting in door.sightings:
        assert sighting.ended_at >= sighting.started_at
    door.gallery.close()
