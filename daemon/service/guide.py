# SPDX-License-Identifier: Apache-2.0
"""When the shutter is released for somebody who is enrolled at the door, and what to tell them until then. Pure.

How the limits were chosen stands in docs/quality.md, "At the door".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from daemon.gallery import COPY
from daemon.types import Cue, Pose
from daemon.vision import Turn, flaw, turn_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Observation

HOLD = 2
"""Pictures one after the other in which a pose must be held: a head that passes through one is blurred."""

FRONT_YAW, FRONT_PITCH = 0.3, 0.12
"""The most by which who looks into the camera may seem to be turned."""

ASIDE = 0.4
"""The yaw since the front that is left or right: about 20 degrees."""

TOO_FAR = 1.2
"""The yaw from which a face is too far from the side."""

UPWARDS = 0.08
"""The pitch since the front that is up, with a yaw of `FRONT_YAW` at most."""

SAME = 0.45
"""Similarity to one of the shots before from which it is the same person."""

BYSTANDER = 0.5
"""Of the width of the largest face: who is narrower stands behind and is left out."""

_CUES = {
    "size": Cue.CLOSER,
    "sharpness": Cue.HOLD_STILL,
    "contrast": Cue.BACKLIGHT,
    "brightness": Cue.MORE_LIGHT,
    "glare": Cue.LESS_LIGHT,
    "yaw": Cue.BACK,
    "pitch": Cue.BACK,
    "score": Cue.UNCOVER,
}
_TOWARDS = {Pose.FRONT: Cue.STRAIGHT, Pose.LEFT: Cue.LEFT, Pose.RIGHT: Cue.RIGHT, Pose.UP: Cue.UP}


class Shot(NamedTuple):
    """A face that was taken, and how it was held."""

    pose: Pose
    face: Observation


@dataclass(frozen=True, slots=True)
class Guide:
    """How far somebody is; `after` a picture it is another one."""

    shots: tuple[Shot, ...] = ()
    """One of a pose, in the order in which they were taken."""
    cue: Cue = Cue.NOBODY
    holding: Pose | None = None
    """The pose of the last picture, if it may be taken."""
    held: int = 0
    """For how many pictures."""
    face: Observation | None = None
    """That of the last picture, if there was one to enrol."""

    @property
    def missing(self) -> tuple[Pose, ...]:
        """The poses that are not taken yet. The front comes first: the others are told by it."""
        taken = {shot.pose for shot in self.shots}
        return tuple(pose for pose in Pose if pose not in taken)

    @property
    def turn(self) -> Turn | None:
        """How the face of the last picture is turned; since the front, if that is taken."""
        return self._turn_of(self.face) if self.face else None

    def after(self, faces: Sequence[Observation]) -> Guide:
        """The next one, after a picture with these faces."""
        near = _near(faces)
        if len(near) != 1:
            return self._told(Cue.ONE_ONLY if near else Cue.NOBODY)
        (face,) = near
        pose = self._pose_of(face)
        cue = self._cue_against(face, pose)
        return self._hold(pose, face) if pose and cue is Cue.STAY else self._told(cue, face)

    def without_picture(self) -> Guide:
        """The next one, when the camera gives none."""
        return self._told(Cue.NO_PICTURE)

    def without(self, pose: Pose) -> Guide:
        """The same with this pose to be taken again."""
        kept = tuple(shot for shot in self.shots if shot.pose is not pose)
        return replace(self, shots=kept, cue=_TOWARDS[pose], holding=None, held=0)

    def _told(self, cue: Cue, face: Observation | None = None) -> Guide:
        return replace(self, cue=cue, holding=None, held=0, face=face)

    def _hold(self, pose: Pose, face: Observation) -> Guide:
        held = self.held + 1 if pose is self.holding else 1
        if held < HOLD:
            return replace(self, cue=Cue.STAY, holding=pose, held=held, face=face)
        taken = replace(self, shots=(*self.shots, Shot(pose, face)), holding=None, held=0, face=face)
        return replace(taken, cue=_TOWARDS[taken.missing[0]] if taken.missing else Cue.DONE)

    def _is_somebody_else(self, face: Observation) -> bool:
        return bool(self.shots) and max(_similarity(face, shot) for shot in self.shots) < SAME

    def _pose_of(self, face: Observation) -> Pose | None:
        """How the head is held; None for something in between."""
        yaw, pitch = self._turn_of(face)
        if self._front is None:
            return Pose.FRONT if abs(yaw) <= FRONT_YAW and abs(pitch) <= FRONT_PITCH else None
        if abs(yaw) >= ASIDE:
            return Pose.LEFT if yaw > 0 else Pose.RIGHT
        return Pose.UP if pitch <= -UPWARDS and abs(yaw) <= FRONT_YAW else None

    def _cue_against(self, face: Observation, pose: Pose | None) -> Cue:
        """What is to change before this face can be taken; `Cue.STAY` if nothing is."""
        if not self.missing:
            return Cue.DONE
        if found := flaw(face):
            return Cue.STRAIGHT if self._front is None and _CUES[found] is Cue.BACK else _CUES[found]
        if self._front is not None and _is_too_far(face):
            return Cue.BACK
        if self._is_somebody_else(face):
            return Cue.SOMEBODY_ELSE
        if pose not in self.missing:
            return _TOWARDS[self.missing[0]]
        return Cue.FURTHER if any(_similarity(face, shot) >= COPY for shot in self.shots) else Cue.STAY

    @property
    def _front(self) -> Observation | None:
        return next((shot.face for shot in self.shots if shot.pose is Pose.FRONT), None)

    def _turn_of(self, face: Observation) -> Turn:
        turn, front = turn_of(face.detection.landmarks), self._front
        return turn.since(turn_of(front.detection.landmarks)) if front else turn


def _near(faces: Sequence[Observation]) -> list[Observation]:
    """Without those who stand far behind the first."""
    widest = max((face.detection.box.w for face in faces), default=0.0)
    return [face for face in faces if face.detection.box.w >= BYSTANDER * widest]


def _is_too_far(face: Observation) -> bool:
    return abs(turn_of(face.detection.landmarks).yaw) >= TOO_FAR


def _similarity(face: Observation, shot: Shot) -> float:
    return face.embedding.similarity(shot.face.embedding)
