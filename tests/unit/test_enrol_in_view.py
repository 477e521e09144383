# SPDX-License-Identifier: Apache-2.0
"""Enrolling at one word: whoever stands at the camera alone, seen well; what is unclear enrols nobody."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support_gallery import names
from support_poses import head

from daemon.clock import FakeClock
from daemon.commanding import InViewEnrolment
from daemon.errors import (
    BadName,
    CameraError,
    DoorBusy,
    DuplicatePhoto,
    FaceCountError,
    FacesDisagree,
    LookAlikeName,
    OtherPerson,
    PoorPhoto,
    WorldError,
)
from daemon.types import Change, Frame

FACE, AGAIN = head(look=0), head(look=1)
"""Two looks at one person."""
OTHER = head(person=1, look=2)
BLURRED = head(look=0, quality=0.1)


class Doorway:
    """A camera with a new picture in each tenth of a second, of which each shows what the script says next."""

    def __init__(self, gallery) -> None:
        self.clock = FakeClock()
        self.script: list = []
        """Faces of each picture; None: no new picture. The last is shown for ever."""
        self.looks = self.changes = 0
        self.busy = False
        self.late_s = 0.0
        self.trouble: Exception | None = None
        self._frame: Frame | None = None
        self._faces: dict[int, list] = {}
        self._in_view = InViewEnrolment(
            gallery,
            self._analyse,
            changed=self._changed,
            newest=self._newest,
            busy=lambda: self.busy,
            clock=self.clock,
            sleep=self.clock.advance,
        )

    def enrol(self, name, *script):
        self.script = list(script)
        return self._in_view.enrol(name)

    def _newest(self):
        faces = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if faces is not None:
            seq = self._frame.seq + 1 if self._frame else 5
            at_s = self.clock.monotonic() - self.late_s
            self._frame = Frame(np.full((200, 400, 3), seq, np.uint8), seq, at_s, self.clock.now())
            self._faces[seq] = faces
        return self._frame

    def _analyse(self, pixels):
        self.clock.advance(0.1)
        self.looks += 1
        if self.trouble:
            raise self.trouble
        return self._faces[int(pixels[0, 0, 0])]

    def _changed(self):
        self.changes += 1


@pytest.fixture
def way(gallery):
    return Doorway(gallery)


def test_one_face_seen_well_twice_is_enrolled(way, gallery):
    done = way.enrol("Alice", [FACE], [AGAIN])
    assert (done.change, done.person.name) == (Change.CREATED, "Alice")
    (sample,) = gallery.samples("Alice")
    assert (sample.source, sample.picture) == ("door", True)
    kept = cv2.imdecode(np.frombuffer(gallery.picture("Alice", sample.id), np.uint8), cv2.IMREAD_COLOR)
    assert abs(int(kept.mean()) - 6) <= 1  # the picture of the second look
    assert (way.looks, way.changes) == (2, 1)


def test_a_name_that_is_there_gets_another_sample(way, gallery):
    way.enrol("Alice", [FACE], [AGAIN])
    done = way.enrol("alice", [head(look=3)], [head(look=4)])
    assert (done.change, done.person.name) == (Change.UPDATED, "Alice")
    assert len(gallery.samples("Alice")) == 2


def test_it_waits_a_while_for_somebody_who_can_be_seen(way, gallery):
    way.enrol("Alice", None, [], [BLURRED], [], [FACE], [BLURRED], [FACE], [AGAIN])
    assert names(gallery) == ["Alice"]


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ([None], CameraError, "no picture"),
        ([[]], FaceCountError, "no face in view"),
        ([[BLURRED]], PoorPhoto, "hold still"),
        ([[head(1.7, look=0)]], PoorPhoto, "look at the camera"),
        ([[FACE], [FACE, OTHER]], FaceCountError, "2 faces are in view"),
        ([[FACE, OTHER], [FACE], [AGAIN]], FaceCountError, "alone"),
        ([[FACE], [OTHER]], FacesDisagree, "one person alone"),
        ([[FACE], [], [OTHER], [OTHER]], FacesDisagree, "one person alone"),
        ([[FACE], []], FaceCountError, "no face in view"),
        ([[FACE], None], PoorPhoto, "for a moment only"),
    ],
)
def test_what_is_unclear_enrols_nobody_within_some_seconds(way, gallery, script, error, words):
    began_s = way.clock.monotonic()
    with pytest.raises(error, match=words):
        way.enrol("Alice", *script)
    assert way.clock.monotonic() - began_s < 5
    assert names(gallery) == []
    assert way.changes == 0


def test_a_picture_of_a_while_ago_is_not_whoever_is_there_now(way, gallery):
    way.late_s = 2.5
    with pytest.raises(CameraError):
        way.enrol("Alice", [FACE], [AGAIN])
    assert names(gallery) == []


def test_one_picture_is_looked_at_once(way):
    with pytest.raises(FacesDisagree):
        way.enrol("Alice", [FACE], None, None, None, [OTHER])
    assert way.looks == 2


def test_whoever_looks_like_somebody_else_is_not_enrolled_as_another(way, gallery):
    way.enrol("Alice", [FACE], [AGAIN])
    with pytest.raises(OtherPerson, match="Alice"):
        way.enrol("Bob", [head(look=3)], [head(look=4)])
    with pytest.raises(DuplicatePhoto):
        way.enrol("Alice", [FACE], [AGAIN])
    way.enrol("Bob", [OTHER], [OTHER])
    with pytest.raises(OtherPerson, match="Bob"):
        way.enrol("Alice", [head(person=1, look=5)], [head(person=1, look=6)])
    assert [len(gallery.samples(name)) for name in ("Alice", "Bob")] == [1, 1]


@pytest.mark.parametrize(("name", "error"), [("", BadName), ("x" * 500, BadName), ("A\u200blice", BadName)])
def test_a_name_that_cannot_be_is_refused_before_anybody_is_looked_at(way, name, error):
    with pytest.raises(error):
        way.enrol(name, [FACE], [AGAIN])
    assert way.looks == 0


def test_a_name_in_other_letters_is_refused(way):
    way.enrol("Alice", [FACE], [AGAIN])
    with pytest.raises(LookAlikeName):
        way.enrol("\u0410lice", [OTHER], [OTHER])


def test_not_while_somebody_is_being_enrolled_on_the_page(way):
    way.busy = True
    with pytest.raises(DoorBusy):
        way.enrol("Alice", [FACE], [AGAIN])


def test_models_that_do_not_get_to_it(way):
    way.trouble = WorldError("whod is busy with other pictures: try again in a moment.")
    with pytest.raises(WorldError, match="busy"):
        way.enrol("Alice", [FACE], [AGAIN])
