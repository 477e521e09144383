# SPDX-License-Identifier: Apache-2.0
"""What a FakeService says of somebody at the camera."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.errors import Changed, NoSuchDoorSession, NoSuchShot, OtherPerson
from daemon.types import Box, Change, Cue, DoorEnrolment, DoorState, Person, Pose, ShotAnswer, Sight, TakenShot

if TYPE_CHECKING:
    from support_web import FakeService

SESSION = "5e55105e55105e55"
SIGHT = Sight(Box(0.4, 0.2, 0.2, 0.3), 0.87, 0.21, -0.01)
BEGUN = DoorState(SESSION, "Bob", False, Pose.FRONT, Cue.NOBODY, 0.0, (), None, False, 300)
TAKEN = (TakenShot(Pose.FRONT, 0.93), TakenShot(Pose.LEFT, 0.71))
HALF = replace(BEGUN, version=2, wanted=Pose.RIGHT, cue=Cue.STAY, held=0.5, taken=TAKEN, sight=SIGHT)
ALL = replace(
    HALF, wanted=None, cue=Cue.DONE, held=0.0, taken=(*TAKEN, TakenShot(Pose.RIGHT, 0.8), TakenShot(Pose.UP, 0.65))
)
TWIN = OtherPerson('The face in the picture to the left is more like "Alice" (similarity 0.71).')
JPEG = b"\xff\xd8\xff\xd9"


class FakeDoor:
    """Is as far as it is told to be."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.now: DoorState | None = HALF
        self.refuses: dict[Pose, OtherPerson] = {}
        self.others = False

    def busy(self) -> bool:
        return self.others

    def start(self, who: str, *, take_over: bool = False, camera: str = "") -> DoorState:
        self._service._ask("door", who, take_over, *filter(None, [camera]))
        known = self._service.enrolled.get(who)
        self.now = replace(BEGUN, name=known.name if known else who, known=known is not None)
        return self.now

    def state(self, session_id: str) -> DoorState:
        if self.now is None or session_id != SESSION:
            raise NoSuchDoorSession("This enrolment at the camera has ended. Start again.")
        return self.now

    def look(self, session_id: str) -> DoorState:
        self._service._ask("look", session_id)
        return self.state(session_id)

    def picture(self, session_id: str, pose: Pose) -> bytes:
        if pose not in [shot.pose for shot in self.state(session_id).taken]:
            raise NoSuchShot("There is no such picture.")
        return JPEG

    def retake(self, session_id: str, pose: Pose) -> DoorState:
        self._service._ask("retake", session_id, pose)
        self.picture(session_id, pose)
        self.now = replace(self.now, taken=tuple(shot for shot in self.now.taken if shot.pose != pose), wanted=pose)
        return self.now

    def enrol(self, session_id: str, *, force: bool = False, version: int | None = None) -> DoorEnrolment:
        self._service._ask("enrol at door", session_id, force)
        if version not in (None, self.state(session_id).version):
            raise Changed("The pictures are not those that you looked at any more.")
        taken = [shot.pose for shot in self.state(session_id).taken]
        answers = tuple(
            ShotAnswer(pose, None, self.refuses[pose]) if pose in self.refuses and not force
            else ShotAnswer(pose, f"s-{pose}", None)
            for pose in taken
        )  # fmt: skip
        some = any(answer.sample_id for answer in answers)
        person = Person("id-1", self.now.name) if some else None
        if person:
            self._service.enrolled[person.id] = person
        enrolled = DoorEnrolment(person, Change.CREATED if some else None, answers)
        self.now = replace(self.now, enrolled=enrolled)
        return enrolled

    def end(self, session_id: str) -> None:
        self._service._ask("end", session_id)
        self.state(session_id)
        self.now = None
