# SPDX-License-Identifier: Apache-2.0
"""Frames in, decisions and visits out; faces are scripted, rules and gallery are real."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.config import load
from daemon.gallery import Gallery
from daemon.pipeline import Pipeline
from daemon.tracking import Evidence, Rules
from daemon.types import (
    Box,
    Detection,
    Embedding,
    EventType,
    Explanation,
    Frame,
    Landmarks,
    Observation,
    Outcome,
    Point,
    Portrait,
    Rule,
)
from daemon.vision import View

START = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
MODEL = "test-1"
BLANK = np.zeros((480, 640, 3), np.uint8)
SETTINGS = load().settings
HERE, THERE, FAR = Box(100, 100, 100, 100), Box(400, 120, 100, 100), Box(300, 300, 90, 90)


@dataclass
class Face:
    """Somebody in front of the camera."""

    vector: np.ndarray
    box: Box = HERE
    quality: float = 0.9
    look: int = 0
    """Faces of the same look have the same thumbnail."""


@dataclass
class Seen:
    """A candidate whose thumbnail is what the test says."""

    detection: Detection
    thumbnail: np.ndarray

    @property
    def box(self):
        return self.detection.box


@dataclass
class Script:
    """A vision that sees what it is told, and counts how often it was asked to embed."""

    faces: list[Face] = field(default_factory=list)
    embedded: int = 0
    glances: int = 0
    revisits: int = 0

    def view(self, frame):
        return View(frame.pixels[:192, :192], 0, 0, 1, 1)

    def glance(self, frame, view):
        self.glances += 1
        return [Seen(detection(face.box), thumbnail(face.look)) for face in self.faces]

    def confirm(self, pixels, candidate):
        return candidate

    def revisit(self, pixels, box):
        self.revisits += 1
        near = [face for face in self.faces if face.box.iou(box) > 0.25]
        return Seen(detection(near[0].box), thumbnail(near[0].look)) if near else None

    def portray(self, pixels, found):
        return Portrait(found, pixels, self._face(found).quality)

    def embed(self, portrait):
        self.embedded += 1
        face = self._face(portrait.detection)
        return Observation(portrait.detection, portrait.quality, Embedding(face.vector, MODEL))

    def _face(self, found):
        return next(face for face in self.faces if face.box == found.box)


def detection(box):
    x, y = box.centre
    return Detection(box, Landmarks(Point(x - 9, y), Point(x + 9, y), Point(x, y + 9), Point(x, y + 20)), 0.9)


def thumbnail(look):
    vector = np.zeros(8, np.float32)
    vector[look] = 1
    return vector


def unit(vector):
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def axis(i):
    vector = np.zeros(16, np.float32)
    vector[i] = 1
    return vector


def near(vector, similarity, towards):
    """A unit vector of this similarity to `vector`, away from it in the direction of an axis."""
    return unit(similarity * vector + np.sqrt(1 - similarity**2) * axis(towards))


ALICE, BOB, CAROL, STRANGER = (axis(i) for i in range(4))


class Door:
    """A pipeline with a clock and everything that came of it."""

    def __init__(self, tmp_path, overrides=()):
        self.settings = load(None, overrides).settings
        self.gallery = Gallery.open(tmp_path / "gallery.db", MODEL, self.settings.gallery, FakeClock())
        self.vision = Script()
        self.pipeline = Pipeline(self.vision, self.gallery, self.settings)
        self.seq = 0
        self.now_s = 0.0
        self.events, self.sightings, self.faces = [], [], ()
        self.present = frozenset()

    def enrol(self, name, vector):
        seen = Observation(detection(HERE), 0.9, Embedding(vector, MODEL))
        return self.gallery.enrol(name, [seen], "test").person

    def show(self, *faces, frames=1, fps=10.0, pixels=None):
        self.vision.faces = list(faces)
        for _ in range(frames):
            # Something moves in every frame, unless the test gives the picture.
            shown = BLANK + np.uint8(self.seq % 2 * 50) if pixels is None else pixels
            frame = Frame(shown, self.seq, self.now_s, START + timedelta(seconds=self.now_s))
            self.take(self.pipeline.process(frame, clock_synced=True))
            self.seq += 1
            self.now_s += 1 / fps

    def leave(self, seconds):
        self.show(frames=round(seconds * 10))

    def finish(self):
        self.take(self.pipeline.finish(clock_synced=True))

    def take(self, result):
        self.events += result.events
        self.sightings += result.sightings
        self.faces = result.faces
        self.present = result.present

    @property
    def told(self):
        return [(e.event_type.value, e.person.name if e.person else None) for e in self.events]

    @property
    def visits(self):
        return [s.person.name if s.person else None for s in self.sightings]


@pytest.fixture
def door(tmp_path):
    door = Door(tmp_path)
    yield door
    door.gallery.close()


@pytest.fixture
def alice(door):
    return door.enrol("Alice", ALICE)


@pytest.fixture
def bob(door):
    return door.enrol("Bob", BOB)


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


def test_one_person_only_once_in_a_frame(door, alice):
    door.show(Face(ALICE, HERE), Face(near(ALICE, 0.7, 8), THERE, look=1), frames=60)
    assert sorted(door.told) == [("identified", "Alice"), ("unknown", None)]
    winner = next(e for e in door.events if e.person)
    assert winner.box.x == pytest.approx(100 / 640)


def test_two_residents_side_by_side(door, alice, bob):
    door.show(Face(ALICE, HERE), Face(BOB, THERE, look=1), frames=20)
    assert sorted(door.told) == [("identified", "Alice"), ("identified", "Bob")]
    assert {face.name for face in door.faces} == {"Alice", "Bob"}


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


def test_a_decided_face_is_not_embedded_in_every_frame(door, alice):
    door.show(Face(ALICE), frames=100)
    assert door.vision.embedded <= 3 + 10


def test_frames_that_a_slow_machine_drops_are_no_absence(door, alice):
    for _ in range(50):
        door.show(Face(ALICE))
        door.seq += 1
        door.now_s += 0.1
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


def test_while_one_is_decided_the_rest_of_the_picture_waits_a_frame_at_most(door, alice, bob):
    door.show(Face(ALICE))
    door.show(Face(near(CAROL, 0.9, 9)), Face(BOB, THERE), frames=2)
    assert (door.vision.glances, door.vision.revisits) == (2, 1)
    assert len(door.faces) == 2
    door.show(Face(near(CAROL, 0.9, 9)), Face(BOB, THERE), frames=3)
    assert door.told == [("identified", "Bob")]


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


def test_one_who_is_enrolled_while_standing_there_is_recognised(door):
    door.show(Face(CAROL), frames=40)
    door.enrol("Carol", CAROL)
    door.show(Face(CAROL), frames=30)
    assert door.told == [("unknown", None), ("retracted", None), ("identified", "Carol")]
    assert door.events[1].retracts == door.events[0].event_id
    assert len({e.sighting_id for e in door.events}) == 1


def test_a_name_is_taken_back_when_later_looks_speak_against_it(door, alice):
    door.show(Face(near(ALICE, 0.75, 8)), frames=10)
    assert door.told == [("identified", "Alice")]
    # Still near enough to what the track looked like to be the same visitor, but not to be Alice.
    door.show(Face(near(ALICE, 0.35, 8)), frames=150)
    assert door.told == [("identified", "Alice"), ("retracted", "Alice"), ("unknown", None)]
    identified, retracted, _ = door.events
    assert retracted.retracts == identified.event_id
    assert retracted.why.rule is Rule.NO_LONGER
    assert len({event.sighting_id for event in door.events}) == 1
    assert door.present == frozenset()
    door.leave(6)
    assert door.visits == [None]


def test_a_single_bad_look_takes_nothing_back(door, alice):
    door.show(Face(ALICE), frames=20)
    door.show(Face(near(ALICE, 0.45, 8), look=1))
    door.show(Face(ALICE), frames=40)
    assert door.told == [("identified", "Alice")]


def test_a_counter_example_takes_the_name_back_at_once(door, alice):
    visitor = near(ALICE, 0.7, 8)
    door.show(Face(visitor), frames=10)
    assert door.told == [("identified", "Alice")]
    seen = Observation(detection(HERE), 0.9, Embedding(visitor, MODEL))
    door.gallery.add_counter_examples(alice.id, [seen], "visit")
    door.show(Face(visitor), frames=40)
    assert door.told[1:] == [("retracted", "Alice"), ("unknown", None)]
    assert door.events[-1].why.identification.reason == "counter_example"
    door.leave(6)
    door.show(Face(ALICE), frames=20)
    assert door.told[-1] == ("identified", "Alice")


def test_one_who_comes_often_is_told_as_familiar(door, alice):
    seen = Observation(detection(HERE), 0.9, Embedding(BOB, MODEL))
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


def test_small_and_poor_faces_say_nothing(door, alice):
    door.show(Face(ALICE, Box(10, 10, 20, 20)), frames=40)
    door.show(Face(ALICE, quality=0.1), frames=40)
    door.leave(6)
    assert door.told == []
    assert door.visits == []


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


def test_a_walk_through_the_picture_is_one_track(door, alice):
    for step in range(40):
        door.show(Face(ALICE, Box(10 + 12 * step, 100, 100, 100)))
    door.finish()
    assert door.told == [("identified", "Alice")]
    assert door.sightings[0].frames == 40


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


def test_two_candidates_for_one_face_are_one_visitor(door, alice):
    door.show(Face(ALICE, HERE), Face(ALICE, HERE._replace(x=HERE.x + 20)), frames=20)
    door.finish()
    assert door.told == [("identified", "Alice")]
    assert door.visits == ["Alice"]


def test_a_crowd_that_runs_past_is_bounded(door):
    for step in range(300):
        door.show(Face(axis(step % 16), Box(10 + 40 * (step % 12), 10, 24, 24)))
    assert len(door.pipeline._tracker.tracks) <= 51


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
