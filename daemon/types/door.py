# SPDX-License-Identifier: Apache-2.0
"""Somebody who is enrolled at the camera: what was taken of them, and what they are to do now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.types.image import Box

if TYPE_CHECKING:
    from daemon.errors import InputError
    from daemon.types.people import Change, Person


class Pose(StrEnum):
    """How the head is held, in the order in which it is asked for; left and right are the person's own."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"


class Cue(StrEnum):
    """What the person is to do now, or what is in the way."""

    NO_PICTURE = "no_picture"
    """The camera gives none: there is nothing that the person can do."""
    NOBODY = "nobody"
    """Nobody is seen: step before the camera."""
    ONE_ONLY = "one_only"
    """Several people are: only one, please."""
    SOMEBODY_ELSE = "somebody_else"
    """It is not the one of the shots before."""
    CLOSER = "closer"
    HOLD_STILL = "hold_still"
    BACKLIGHT = "backlight"
    """Turn away from the bright light behind."""
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    UNCOVER = "uncover"
    """Let nothing cover the face."""
    STRAIGHT = "straight"
    """Look into the camera."""
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    BACK = "back"
    """Turned too far: a little back."""
    FURTHER = "further"
    """Too much like a shot before: turn a little more."""
    STAY = "stay"
    """As wanted: stay so until it is taken."""
    DONE = "done"
    """All poses are there."""


class Sight(NamedTuple):
    """The face in the newest picture."""

    box: Box
    """In parts of the picture."""
    quality: float
    """The chance that it is recognised, 0 to 1."""
    yaw: float
    """To the person's left, in halves of the distance between the eyes; since the shot of the front, once
    that is taken."""
    pitch: float
    """Less than 0 for up, in parts of the distance from eyes to mouth; since the shot of the front likewise."""


class TakenShot(NamedTuple):
    """A picture that the shutter took."""

    pose: Pose
    quality: float


class ShotAnswer(NamedTuple):
    """What became of a shot when it was enrolled."""

    pose: Pose
    sample_id: str | None
    error: InputError | None
    """Why it was not taken."""


@dataclass(frozen=True, slots=True)
class DoorEnrolment:
    """The answer to an enrolment at the door."""

    person: Person | None
    """None if nothing was taken and nobody of this name was there."""
    change: Change | None
    """None if nothing was taken."""
    shots: tuple[ShotAnswer, ...]

    @property
    def refused(self) -> tuple[ShotAnswer, ...]:
        """Those that were not taken."""
        return tuple(shot for shot in self.shots if shot.error)


@dataclass(frozen=True, slots=True)
class DoorState:
    """How far an enrolment at the door is."""

    id: str
    name: str
    known: bool
    """Whether there was somebody of this name when it began."""
    wanted: Pose | None
    """Which is asked for; others that are missing are taken as well. None once all are there."""
    cue: Cue
    held: float
    """How far the shutter is, 0 to 1: it waits until a pose is held."""
    taken: tuple[TakenShot, ...]
    """In the order of `Pose`."""
    sight: Sight | None
    """None if the newest picture has no face to enrol."""
    simulated: bool
    """Whether the picture is of no camera: the demo."""
    expires_in_s: int
    """It ends when nobody has asked for so long."""
    camera: str = ""
    """At which: the name that it was begun with; empty for the first."""
    version: int = 0
    """Another one whenever a picture was taken or dropped."""
    enrolled: DoorEnrolment | None = None

    def as_json(self) -> dict[str, Any]:
        """For the API; without what was enrolled."""
        sight = self.sight
        return {
            "id": self.id,
            "name": self.name,
            "known": self.known,
            "wanted": self.wanted,
            "cue": self.cue,
            "held": round(self.held, 2),
            "taken": [{"pose": shot.pose, "quality": round(shot.quality, 4)} for shot in self.taken],
            "sight": sight
            and {
                "box": [round(part, 4) for part in sight.box],
                "quality": round(sight.quality, 4),
                "yaw": round(sight.yaw, 3),
                "pitch": round(sight.pitch, 3),
            },
            "simulated": self.simulated,
            "expires_in_s": self.expires_in_s,
            "camera": self.camera,
            "version": self.version,
            "enrolled": self.enrolled is not None,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> DoorState:
        """The opposite of `as_json`."""
        sight = record["sight"]
        return cls(
            id=record["id"],
            name=record["name"],
            known=record["known"],
            wanted=Pose(record["wanted"]) if record["wanted"] else None,
            cue=Cue(record["cue"]),
            held=record["held"],
            taken=tuple(TakenShot(Pose(shot["pose"]), shot["quality"]) for shot in record["taken"]),
            sight=Sight(Box(*sight["box"]), sight["quality"], sight["yaw"], sight["pitch"]) if sight else None,
            simulated=record["simulated"],
            expires_in_s=record["expires_in_s"],
            camera=record["camera"],
            version=record["version"],
        )
