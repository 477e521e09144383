# SPDX-License-Identifier: Apache-2.0
"""Enrolment at the camera."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from daemon.types import Cue, Pose
from web_admin.schemas.common import Model, Person, Problem, Strict

PoseName = Annotated[Pose, Field(description="one of front, left, right and up")]


class DoorBody(Strict):
    """Whom."""

    name: str | None = Field(None, description="a text: a person's name, who may be new")
    person_id: str | None = Field(None, description="a text: the id of a person who is there")
    take_over: bool = Field(False, description="true or false")
    camera: str = Field("", description="a text: the name of the camera; empty for the first")

    @model_validator(mode="after")
    def somebody(self) -> "DoorBody":
        """One of the two."""
        if (self.name is None) == (self.person_id is None):
            raise ValueError("The body must be a JSON object with a text 'name' or 'person_id', not with both.")
        return self


class DoorPath(Model):
    """An enrolment in the address."""

    session_id: str = Field(description="the id of an enrolment at the camera")


class ShotPath(DoorPath):
    """A shot of it."""

    pose: PoseName


class DoorEnrolBody(Strict):
    """How."""

    force: bool = Field(False, description="true or false")
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        None, description="a number: the version of the pictures that you looked at"
    )


class DoorShot(Model):
    """A picture that the shutter took."""

    pose: Pose
    quality: float = Field(description="The chance that it is recognised, 0 to 1.")


class DoorSight(Model):
    """The face in the newest picture."""

    box: list[float] = Field(description="x, y, width and height in parts of the picture")
    quality: float = Field(description="The chance that it is recognised, 0 to 1.")
    yaw: float = Field(description="To the person's left, from the shot of the front once that is taken.")
    pitch: float = Field(description="Less than 0 for up, likewise.")


class DoorRecord(Model):
    """How far an enrolment at the camera is."""

    id: str
    name: str
    known: bool = Field(description="Whether there was somebody of this name when it began.")
    wanted: Pose | None = Field(description="The pose that is asked for; null once all are there.")
    cue: Cue = Field(description="What the person is to do now, or what is in the way.")
    held: float = Field(description="How far the shutter is, 0 to 1.")
    taken: list[DoorShot] = Field(description="What was taken so far.")
    sight: DoorSight | None = Field(description="null if the newest picture has no face to enrol.")
    simulated: bool = Field(description="Whether the picture is of the demo.")
    expires_in_s: int = Field(description="It ends when nobody has asked for so long.")
    camera: str = Field(description="The name that it was begun with; empty for the first camera.")
    version: int = Field(description="Another one whenever a picture was taken or dropped.")
    enrolled: bool


class ShotRecord(Model):
    """What became of a shot."""

    pose: Pose
    sample_id: str | None
    error: Problem | None = Field(description="Why it was not taken; else null.")


class DoorEnrolled(Model):
    """What an enrolment at the camera did."""

    change: Literal["created", "updated"] | None = Field(description="null if nothing was taken.")
    person: Person | None
    shots: list[ShotRecord]
