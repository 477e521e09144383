# SPDX-License-Identifier: Apache-2.0
"""Enrolling somebody who stands at a camera.

There is no thread for it: each time somebody asks, the newest picture is looked at, once, as a photo between two
frames (`workers.inference`). What is taken stays in memory until it is enrolled, or the session ends; one that nobody
asks for any more is ended by `workers.watch`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from daemon.clock import SystemClock
from daemon.errors import DoorBusy, NoSuchDoorSession, NoSuchPerson
from daemon.gallery import Faces
from daemon.service.sitting import IDLE_S, Sitting
from daemon.types import Pose

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.gallery import Gallery
    from daemon.service.guide import Shot
    from daemon.types import DoorEnrolment, DoorState, Frame, Observation, Person, Pixels

_FRESH_S = 5.0
"""How old the newest picture may be."""
_SOURCE = "door"
_TITLES = {
    Pose.FRONT: "the picture from the front",
    Pose.LEFT: "the picture to the left",
    Pose.RIGHT: "the picture to the right",
    Pose.UP: "the picture upwards",
}


class DoorApi(Protocol):
    """Enrolling at the camera, one person at a time. All but `start` raise NoSuchDoorSession."""

    def busy(self) -> bool:
        """Whether somebody is being enrolled there."""
        ...

    def start(self, who: str, *, take_over: bool = False, camera: str = "") -> DoorState:
        """Begin with a person, by a name that may be new or an id, at the camera of this name; "" is the first.

        Raises BadName, LookAlikeName and NoSuchCamera, and DoorBusy while somebody else is being enrolled, unless by
        `take_over`, which ends that.
        """
        ...

    def state(self, session_id: str) -> DoorState:
        """How far it is."""
        ...

    def look(self, session_id: str) -> DoorState:
        """Look at the newest picture, if it is another one than before; a pose that is held is taken.

        To be asked about 3 times a second. Raises WorldError if the models do not get to it in time, and NoSuchCamera
        if the camera has another name since.
        """
        ...

    def picture(self, session_id: str, pose: Pose) -> bytes:
        """A shot that was taken, the face with some room around it, as JPEG. Raises NoSuchShot."""
        ...

    def retake(self, session_id: str, pose: Pose) -> DoorState:
        """Drop a shot: it is to be taken again. Raises NoSuchShot."""
        ...

    def enrol(self, session_id: str, *, force: bool = False, version: int | None = None) -> DoorEnrolment:
        """Enrol what was taken, with an answer for each shot; by `force` also what was refused before.

        Who asks again gets the same answer. Raises NoSuchShot if there is none, Changed if it is not what was there
        at this `DoorState.version`, BadName, LookAlikeName, NoSuchPerson if they were forgotten meanwhile, and
        StorageError.
        """
        ...

    def end(self, session_id: str) -> None:
        """Forget what was taken."""
        ...


class Door:
    """`DoorApi` over the gallery and the cameras of this process. For any thread.

    `newest` gives the newest picture of the camera of a name, or raises NoSuchCamera; for `analyse` and `changed` see
    `People`.
    """

    def __init__(
        self,
        gallery: Gallery,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None],
        newest: Callable[[str], Frame | None],
        clock: Clock | None = None,
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed
        self._newest = newest
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._sitting: Sitting | None = None

    def busy(self) -> bool:
        """See `DoorApi.busy`."""
        with self._lock:
            return self._is_busy()

    def start(self, who: str, *, take_over: bool = False, camera: str = "") -> DoorState:
        """See `DoorApi.start`."""
        person, now_s = self._known(who), self._clock.monotonic()
        self._newest(camera)
        sitting = Sitting(person.name if person else who.strip(), person, now_s, camera)
        with self._lock:
            if self._is_busy() and not take_over:
                raise DoorBusy(
                    "Somebody is being enrolled at the camera just now: wait until that has ended, or take over, "
                    "which drops what was taken of them."
                )
            self._sitting = sitting
        return sitting.state(now_s)

    def state(self, session_id: str) -> DoorState:
        """See `DoorApi.state`."""
        with self._lock:
            return self._find(session_id).state(self._clock.monotonic())

    def look(self, session_id: str) -> DoorState:
        """See `DoorApi.look`."""
        with self._lock:
            camera = self._find(session_id).camera
        frame, now_s = self._newest(camera), self._clock.monotonic()
        stale = frame is None or now_s - frame.captured_monotonic_s > _FRESH_S
        with self._lock:
            sitting = self._find(session_id)
            if frame is None or stale or not sitting.wants(frame):
                return sitting.without_picture(now_s) if stale else sitting.state(now_s)
        faces = self._analyse(frame.pixels)
        with self._lock:
            sitting = self._find(session_id)
            sitting.after(frame, faces)
            return sitting.state(now_s)

    def picture(self, session_id: str, pose: Pose) -> bytes:
        """See `DoorApi.picture`."""
        with self._lock:
            return self._find(session_id).picture(pose)

    def retake(self, session_id: str, pose: Pose) -> DoorState:
        """See `DoorApi.retake`."""
        with self._lock:
            sitting = self._find(session_id)
            sitting.drop(pose)
            return sitting.state(self._clock.monotonic())

    def enrol(self, session_id: str, *, force: bool = False, version: int | None = None) -> DoorEnrolment:
        """See `DoorApi.enrol`."""
        with self._lock:
            sitting = self._find(session_id)
            due = sitting.due(version, force=force)
            name = self._gallery.find(sitting.person.id).name if sitting.person else sitting.name
            self._gallery.check_name(name)
            faces = [(name, self._faces(shot, sitting.picture(shot.pose), force=force)) for shot in due]
            answer = sitting.told(due, self._gallery.enrol_batch(faces) if faces else [])
        self._changed()
        return answer

    def end(self, session_id: str) -> None:
        """See `DoorApi.end`."""
        with self._lock:
            self._find(session_id)
            self._sitting = None

    def expire(self) -> None:
        """Forget what was taken if nobody has asked for it in time."""
        with self._lock:
            self._current()

    def forget(self, person_id: str) -> int:
        """End what is begun with a person who is forgotten; it is in no snapshot."""
        with self._lock:
            if self._sitting and self._sitting.is_of(person_id):
                self._sitting = None
        return 0

    def forget_all(self) -> int:
        """The same, whoever it is."""
        with self._lock:
            self._sitting = None
        return 0

    def _is_busy(self) -> bool:
        sitting = self._current()
        return sitting is not None and sitting.enrolled is None

    def _current(self) -> Sitting | None:
        if self._sitting and self._sitting.until_s <= self._clock.monotonic():
            self._sitting = None
        return self._sitting

    def _find(self, session_id: str) -> Sitting:
        sitting = self._current()
        if sitting is None or sitting.id != session_id:
            raise NoSuchDoorSession(
                f"This enrolment at the camera has ended: it was taken over, or nobody asked for {IDLE_S / 60:.0f} "
                "minutes. Start again."
            )
        sitting.asked(self._clock.monotonic())
        return sitting

    def _faces(self, shot: Shot, picture: bytes, *, force: bool) -> Faces:
        kept = [picture] if self._gallery.keeps_pictures else []
        return Faces([shot.face], _SOURCE, [_TITLES[shot.pose]], force, kept)

    def _known(self, who: str) -> Person | None:
        """Who is meant; None for somebody new. Raises BadName and LookAlikeName."""
        if person := self._gallery.person(who):
            return person
        self._gallery.check_name(who)
        try:
            return self._gallery.find(who)
        except NoSuchPerson:
            return None
