# SPDX-License-Identifier: Apache-2.0
"""One person before the camera: what was taken of them so far, in memory."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.errors import Changed, InputError, NoSuchShot
from daemon.service.guide import HOLD, Guide
from daemon.types import DoorEnrolment, DoorState, Pose, ShotAnswer, Sight, TakenShot
from daemon.vision import keepsake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.service.guide import Shot
    from daemon.types import Enrolment, Frame, Observation, Person

IDLE_S = 300.0
"""How long it waits for the next question."""
LONGEST_S = 900.0
"""How long it may last."""


class Sitting:
    """One enrolment at the door; `Door` sees to it that one thread is in it at a time."""

    def __init__(self, name: str, person: Person | None, now_s: float, camera: str = "") -> None:
        self.id = secrets.token_hex(8)
        self.name = name
        self.camera = camera
        self.person = person
        """Who had the name when it began."""
        self.enrolled: DoorEnrolment | None = None
        self.until_s = now_s + IDLE_S
        self._last_s = now_s + LONGEST_S
        self._guide = Guide()
        self._pictures: dict[Pose, bytes] = {}
        self._version = 0
        self._seq = -1
        """Of the last picture that was looked at; and its size and kind."""
        self._size = (1, 1)
        self._simulated = False

    def is_of(self, person_id: str) -> bool:
        """Whether this person is enrolled by it."""
        enrolled = self.enrolled.person if self.enrolled else None
        return any(person.id == person_id for person in (self.person, enrolled) if person)

    def asked(self, now_s: float) -> None:
        """Somebody is still there."""
        self.until_s = min(now_s + IDLE_S, self._last_s)

    def wants(self, frame: Frame) -> bool:
        """Whether to look at a picture: not twice at one, nor for poses that are there. To be asked once."""
        seen, self._seq = self._seq, max(self._seq, frame.seq)
        return bool(self._guide.missing) and frame.seq > seen

    def after(self, frame: Frame, faces: Sequence[Observation]) -> None:
        """Go on after a picture with these faces."""
        taken = len(self._guide.shots)
        self._guide = self._guide.after(faces)
        height, width = frame.pixels.shape[:2]
        self._size, self._simulated = (width, height), frame.simulated
        for shot in self._guide.shots[taken:]:
            self._pictures[shot.pose] = keepsake(frame.pixels, shot.face.detection)
            self._version += 1

    def without_picture(self, now_s: float) -> DoorState:
        """Go on while the camera gives none."""
        if self._guide.missing:
            self._guide = self._guide.without_picture()
        return self.state(now_s)

    def picture(self, pose: Pose) -> bytes:
        """A shot, as JPEG. Raises NoSuchShot."""
        if pose not in self._pictures:
            raise NoSuchShot("There is no such picture (any more): look at which were taken.")
        return self._pictures[pose]

    def drop(self, pose: Pose) -> None:
        """Take it again. Raises NoSuchShot."""
        self.picture(pose)
        del self._pictures[pose]
        self._version += 1
        self._guide = self._guide.without(pose)
        if self.enrolled:
            rest = tuple(answer for answer in self.enrolled.shots if answer.pose is not pose)
            self.enrolled = replace(self.enrolled, shots=rest)

    def due(self, version: int | None, *, force: bool) -> list[Shot]:
        """What is to be enrolled, the front first; by `force` also what was refused. See `DoorApi.enrol`."""
        if version not in (None, self._version):
            raise Changed("The pictures are not those that you looked at any more: look again, then decide.")
        answered = {answer.pose: answer for answer in self.enrolled.shots} if self.enrolled else {}
        if not (self._guide.shots or answered):
            raise NoSuchShot("No picture was taken yet: look into the camera until one is.")
        due = [
            shot for shot in self._guide.shots if shot.pose not in answered or (force and answered[shot.pose].error)
        ]
        return sorted(due, key=lambda shot: _ORDER[shot.pose])

    def told(self, shots: Sequence[Shot], answers: Sequence[Enrolment | InputError]) -> DoorEnrolment:
        """What became of it in all, once these have been answered; only what was refused is kept any longer."""
        before = self.enrolled or DoorEnrolment(self.person, None, ())
        told = {answer.pose: answer for answer in before.shots}
        person, change = before.person, before.change
        for shot, answer in zip(shots, answers, strict=True):
            if isinstance(answer, InputError):
                told[shot.pose] = ShotAnswer(shot.pose, None, answer)
                continue
            told[shot.pose] = ShotAnswer(shot.pose, answer.sample_ids[0], None)
            person, change = answer.person, change or answer.change
            self._pictures.pop(shot.pose)
        in_order = sorted(told.values(), key=lambda answer: _ORDER[answer.pose])
        self.enrolled = DoorEnrolment(person, change, tuple(in_order))
        return self.enrolled

    def state(self, now_s: float) -> DoorState:
        """How far it is."""
        guide, taken = self._guide, sorted(self._guide.shots, key=lambda shot: _ORDER[shot.pose])
        return DoorState(
            id=self.id,
            name=self.name,
            known=self.person is not None,
            wanted=guide.missing[0] if guide.missing else None,
            cue=guide.cue,
            held=guide.held / HOLD,
            taken=tuple(TakenShot(shot.pose, shot.face.quality) for shot in taken),
            sight=self._sight(),
            simulated=self._simulated,
            expires_in_s=max(0, round(self.until_s - now_s)),
            camera=self.camera,
            version=self._version,
            enrolled=self.enrolled,
        )

    def _sight(self) -> Sight | None:
        face, turn = self._guide.face, self._guide.turn
        return Sight(face.detection.box.relative_to(*self._size), face.quality, *turn) if face and turn else None


_ORDER = {pose: number for number, pose in enumerate(Pose)}
