# SPDX-License-Identifier: Apache-2.0
"""Enrolling at the camera: one person at a time, what is kept of them meanwhile, and what becomes of it."""

from __future__ import annotations

import weakref

import cv2
import numpy as np
import pytest
from support_gallery import names
from support_poses import FRONT, LEFT, RIGHT, UP, head

from daemon.clock import FakeClock
from daemon.errors import (
    BadName,
    Changed,
    DoorBusy,
    DuplicatePhoto,
    FacesDisagree,
    LookAlikeName,
    NoSuchDoorSession,
    NoSuchPerson,
    NoSuchShot,
    OtherPerson,
    StorageError,
    WorldError,
)
from daemon.service.door import Door
from daemon.service.guide import HOLD
from daemon.service.sitting import IDLE_S, LONGEST_S
from daemon.types import Change, Cue, Frame, Observation, Pose

ALL = (FRONT, LEFT, RIGHT, UP)


class Doorway:
    """A gallery, a camera whose pictures have the faces that they are told, and a clock."""

    def __init__(self, gallery) -> None:
        self.gallery = gallery
        self.clock = FakeClock()
        self.looked_at: list[int] = []
        self.changes = 0
        self.busy: Exception | None = None
        self._faces: list[Observation] = []
        self._frame: Frame | None = None
        self.door = Door(gallery, self._analyse, self._changed, lambda _: self._frame, self.clock)

    def shows(self, *faces: Observation, simulated: bool = False) -> None:
        seq = self._frame.seq + 1 if self._frame else 7
        self._faces = list(faces)
        pixels = np.full((200, 400, 3), seq, np.uint8)
        self._frame = Frame(pixels, seq, self.clock.monotonic(), self.clock.now(), simulated=simulated)

    def take(self, session, *faces):
        for face in faces:
            for _ in range(HOLD):
                self.shows(face)
                state = self.door.look(session.id)
        return state

    def _analyse(self, pixels):
        self.looked_at.append(int(pixels[0, 0, 0]))
        if self.busy:
            raise self.busy
        return self._faces

    def _changed(self):
        self.changes += 1


@pytest.fixture
def way(gallery):
    return Doorway(gallery)


@pytest.fixture
def door(way):
    return way.door


def poses(state):
    return [shot.pose for shot in state.taken]


def test_somebody_who_holds_four_poses_is_enrolled_with_four_pictures(way, door, gallery):
    session = door.start("Alice")
    state = way.take(session, *ALL)
    assert (poses(state), state.cue, state.wanted, state.known) == (list(Pose), Cue.DONE, None, False)
    done = door.enrol(session.id)
    assert (done.change, done.person.name, done.refused) == (Change.CREATED, "Alice", ())
    samples = gallery.samples("Alice")
    assert [sample.id for sample in samples] == [shot.sample_id for shot in done.shots]
    assert {(sample.source, sample.picture) for sample in samples} == {("door", True)}
    assert [shot.pose for shot in done.shots] == list(Pose)
    assert way.changes == 1


def test_whoever_asks_again_gets_the_same_answer(way, door, gallery):
    session = door.start("Alice")
    way.take(session, *ALL)
    done = door.enrol(session.id)
    assert door.enrol(session.id) == done == door.enrol(session.id, force=True)
    assert len(gallery.samples("Alice")) == 4
    assert door.state(session.id).enrolled == done


def test_a_picture_is_looked_at_once_and_not_at_all_once_all_poses_are_there(way, door):
    session = door.start("Alice")
    way.shows(FRONT)
    first, again = door.look(session.id), door.look(session.id)
    assert (way.looked_at, first, first.held) == ([7], again, 1 / HOLD)
    way.take(session, *ALL)
    seen = len(way.looked_at)
    way.shows(FRONT)
    assert door.look(session.id).cue is Cue.DONE
    assert len(way.looked_at) == seen


def test_a_picture_tells_where_the_face_is_and_how_it_is_held(way, door):
    session = door.start("Alice")
    assert door.state(session.id).sight is None
    state = way.take(session, FRONT)
    assert (state.sight.box, state.sight.quality) == ((0, 0, 0.25, 0.5), 0.9)
    way.shows(LEFT)
    assert door.look(session.id).sight[2:] == pytest.approx((0.6, 0))
    way.shows()
    assert door.look(session.id).sight is None


def test_a_camera_that_gives_nothing_new_is_told_of(way, door):
    session = door.start("Alice")
    assert door.look(session.id).cue is Cue.NO_PICTURE
    way.shows(FRONT)
    assert door.look(session.id).cue is Cue.STAY
    way.clock.advance(60)
    state = door.look(session.id)
    assert (state.cue, state.held) == (Cue.NO_PICTURE, 0)
    way.shows(FRONT)
    assert door.look(session.id).cue is Cue.STAY


def test_pictures_of_the_demo_are_said_to_be(way, door):
    session = door.start("Alice")
    way.shows(FRONT, simulated=True)
    assert door.look(session.id).simulated


def test_models_that_are_busy_cost_a_picture_and_nothing_else(way, door):
    session = door.start("Alice")
    way.shows(FRONT)
    way.busy = WorldError("busy")
    with pytest.raises(WorldError):
        door.look(session.id)
    way.busy = None
    assert poses(way.take(session, FRONT)) == [Pose.FRONT]


def test_shots_are_shown_and_taken_again(way, door):
    session = door.start("Alice")
    way.take(session, *ALL)
    jpeg = door.picture(session.id, Pose.LEFT)
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[0] <= 320
    state = door.retake(session.id, Pose.LEFT)
    assert (state.wanted, poses(state)) == (Pose.LEFT, [Pose.FRONT, Pose.RIGHT, Pose.UP])
    for ask in (door.picture, door.retake):
        with pytest.raises(NoSuchShot):
            ask(session.id, Pose.LEFT)
    assert way.take(session, head(0.8, look=6)).cue is Cue.DONE


def test_who_looked_at_the_shots_enrols_these_or_none(way, door, gallery):
    session = door.start("Alice")
    seen = way.take(session, FRONT)
    assert door.look(session.id).version == seen.version
    way.take(session, LEFT)
    with pytest.raises(Changed, match="look again"):
        door.enrol(session.id, version=seen.version)
    door.retake(session.id, Pose.FRONT)
    door.retake(session.id, Pose.LEFT)
    somebody_else = way.take(session, head(person=5))
    assert poses(somebody_else) == poses(seen)
    with pytest.raises(Changed):
        door.enrol(session.id, version=seen.version, force=True)
    assert names(gallery) == []
    done = door.enrol(session.id, version=somebody_else.version)
    assert done == door.enrol(session.id, version=somebody_else.version)


def test_a_few_shots_are_enough_and_none_is_too_few(way, door, gallery):
    session = door.start("Alice")
    with pytest.raises(NoSuchShot, match="look into the camera"):
        door.enrol(session.id)
    way.take(session, FRONT, LEFT)
    assert len(door.enrol(session.id).shots) == len(gallery.samples("Alice")) == 2


def test_each_shot_is_answered_and_what_was_refused_is_taken_by_force(way, door, gallery):
    gallery.enrol("Bob", [head(look=7)], "upload")
    session = door.start("Alice")
    way.take(session, *ALL)
    done = door.enrol(session.id)
    assert [type(shot.error) for shot in done.shots] == [OtherPerson] * 4
    assert (done.person, done.change) == (None, None)
    assert names(gallery) == ["Bob"]
    assert door.enrol(session.id) == done
    assert "the picture to the left" in str(done.shots[1].error)
    forced = door.enrol(session.id, force=True)
    assert (forced.refused, forced.change, forced.person.name) == ((), Change.CREATED, "Alice")


def test_who_is_there_gets_more_pictures_by_name_or_id_and_copies_are_refused_one_by_one(way, door, gallery):
    alice = gallery.enrol("Alice", [FRONT], "upload").person
    for who in ("alice", alice.id):
        state = door.start(who)
        assert (state.name, state.known) == ("Alice", True)
        door.end(state.id)
    session = door.start("ALICE")
    way.take(session, FRONT, LEFT)
    done = door.enrol(session.id)
    assert [type(shot.error) for shot in done.shots] == [DuplicatePhoto, type(None)]
    assert (done.person, done.change) == (alice, Change.UPDATED)
    door.retake(session.id, Pose.FRONT)
    way.take(session, head(look=8))
    assert [shot.error for shot in door.enrol(session.id).shots] == [None, None]
    assert len(gallery.samples("Alice")) == 3


def test_faces_unlike_those_of_the_person_are_refused(way, door, gallery):
    gallery.enrol("Alice", [head(person=3)], "upload")
    session = door.start("Alice")
    way.take(session, FRONT)
    assert isinstance(door.enrol(session.id).shots[0].error, FacesDisagree)


@pytest.mark.parametrize(("name", "error"), [(" ", BadName), ("A\nB", BadName), ("\u0410lice", LookAlikeName)])
def test_a_name_that_cannot_be_is_refused_before_anything_is_taken(door, gallery, name, error):
    gallery.create("Alice")
    with pytest.raises(error):
        door.start(name)
    assert not door.busy()


def test_one_at_a_time_unless_somebody_takes_over(way, door):
    first = door.start("Alice")
    with pytest.raises(DoorBusy, match="take over"):
        door.start("Bob")
    assert door.busy()
    second = door.start("Bob", take_over=True)
    with pytest.raises(NoSuchDoorSession):
        door.look(first.id)
    assert door.state(second.id).name == "Bob"


def test_who_is_enrolled_or_has_ended_is_in_nobodys_way(way, door):
    session = door.start("Alice")
    way.take(session, FRONT)
    door.enrol(session.id)
    session = door.start("Bob")
    door.end(session.id)
    with pytest.raises(NoSuchDoorSession):
        door.end(session.id)
    assert not door.busy()


def test_a_session_ends_when_nobody_asks_and_after_a_quarter_of_an_hour_at_last(way, door):
    session = door.start("Alice")
    way.clock.advance(IDLE_S - 1)
    assert door.state(session.id).expires_in_s == IDLE_S
    way.clock.advance(IDLE_S)
    with pytest.raises(NoSuchDoorSession, match="Start again"):
        door.state(session.id)
    session = door.start("Alice")
    for _ in range(int(LONGEST_S // 100) - 1):
        way.clock.advance(100)
        door.state(session.id)
    way.clock.advance(101)
    assert not door.busy()


@pytest.mark.parametrize("ended", [True, False])
def test_of_a_session_that_was_left_nothing_stays_in_memory(way, door, ended):
    session = door.start("Alice")
    way.take(session, FRONT)
    if ended:
        door.enrol(session.id)
    left = weakref.ref(door._sitting)
    way.clock.advance(IDLE_S - 1)
    door.expire()
    assert left()
    way.clock.advance(1)
    door.expire()
    assert left() is None


def test_who_is_forgotten_meanwhile_is_not_enrolled(way, door, gallery):
    alice = gallery.create("Alice")
    session = door.start("Alice")
    way.take(session, FRONT)
    gallery.forget(alice.id)
    with pytest.raises(NoSuchPerson):
        door.enrol(session.id)
    assert door.forget(alice.id) == 0
    with pytest.raises(NoSuchDoorSession):
        door.picture(session.id, Pose.FRONT)


def test_nothing_is_left_of_somebody_who_was_enrolled_and_then_forgotten(way, door):
    session = door.start("Alice")
    way.take(session, FRONT)
    door.forget("somebody else")
    door.forget(door.enrol(session.id).person.id)
    with pytest.raises(NoSuchDoorSession):
        door.state(session.id)


def test_nothing_is_left_of_anybody_when_everybody_is_forgotten(way, door):
    session = door.start("Alice")
    way.take(session, FRONT)
    assert door.forget_all() == 0
    with pytest.raises(NoSuchDoorSession):
        door.picture(session.id, Pose.FRONT)


def test_a_gallery_that_cannot_be_written_leaves_the_shots(way, door, gallery, monkeypatch):
    session = door.start("Alice")
    way.take(session, FRONT)

    def full(_arrivals):
        raise StorageError("full")

    with monkeypatch.context() as patch:
        patch.setattr(gallery, "enrol_batch", full)
        with pytest.raises(StorageError):
            door.enrol(session.id)
    assert door.enrol(session.id).change is Change.CREATED


def test_pictures_are_kept_only_where_that_is_wanted(open_gallery):
    way = Doorway(open_gallery(keep_pictures=False))
    session = way.door.start("Alice")
    way.take(session, FRONT)
    way.door.enrol(session.id)
    assert [sample.picture for sample in way.gallery.samples("Alice")] == [False]


def test_a_session_that_was_taken_over_while_a_picture_was_looked_at_learns_nothing(way, door):
    session = door.start("Alice")
    way.shows(FRONT)
    analyse = door._analyse

    def slow(pixels):
        door.start("Bob", take_over=True)
        return analyse(pixels)

    door._analyse = slow
    with pytest.raises(NoSuchDoorSession):
        door.look(session.id)
