# SPDX-License-Identifier: Apache-2.0
"""Past visits and unknown visitors."""

import contextlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, RootModel, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from web_admin import limits
from web_admin.schemas.common import Flag, Form, Model, Person, Strict, Time, Upload

Outcome = Annotated[
    Literal["identified", "familiar", "unknown"], Field(description="one of identified, familiar, unknown")
]


_A_TIME = "a time with its offset, such as 2026-11-21T19:30:02Z"


def _moment(given: str) -> datetime:
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(given)
        if moment.tzinfo:
            return moment.astimezone(UTC)
    raise PydanticCustomError("a_time", "no time")


Moment = Annotated[datetime, BeforeValidator(_moment)]


class VisitsQuery(Model):
    """Which visits."""

    limit: int = Field(20, ge=1, le=limits.VISITS, description=f"a number from 1 to {limits.VISITS}")
    after: str | SkipJsonSchema[None] = Field(None, description="the sighting_id of the last one that you have")
    before: str | SkipJsonSchema[None] = Field(None, description="the same as 'after': a sighting_id")
    person: str | SkipJsonSchema[None] = Field(None, description="a person's name or id")
    outcome: Outcome | SkipJsonSchema[None] = Field(None, description="one of identified, familiar, unknown")
    since: Moment | SkipJsonSchema[None] = Field(None, description=_A_TIME)
    until: Moment | SkipJsonSchema[None] = Field(None, description=_A_TIME)
    corrected: Flag = Field("0", description="1 or 0")


class RefPath(Model):
    """A decision, a visit or an unknown visitor in the address."""

    ref: str = Field(description="an event_id or a sighting_id")


class NotBody(Strict):
    """Who it was not."""

    person: str = Field(description="a text: a person's name or id")


class WasBody(Strict):
    """Who it was."""

    person: str = Field(description="a text: a person's id, or a name that may be new")


class BestFigures(Model):
    """Of a visit."""

    similarity: float
    margin: float
    quality: float


class SightingRecord(Model):
    """One visit."""

    sighting_id: str
    camera: str
    simulated: bool
    person_id: str | None
    name: str | None
    outcome: Outcome
    started_at: Time
    ended_at: Time
    frames: int
    best: BestFigures
    clock_synced: bool


class SightingList(RootModel[list[SightingRecord]]):
    """Newest first."""


class NotedRecord(Model):
    """What one look said on its own."""

    after_s: float
    quality: float
    person_id: str | None
    name: str | None
    similarity: float
    agrees: bool


class ConsideredRecord(Model):
    """Somebody whom the visitor might have been."""

    person_id: str | None
    name: str | None
    similarity: float
    votes: int
    required: float | None
    counter: float | None


class DecidedBy(Model):
    """The settings at the time."""

    threshold: float = Field(alias="gallery.threshold")
    margin: float = Field(alias="gallery.margin")
    min_votes: int = Field(alias="tracking.min_votes")


class AccountRecord(Model):
    """Why: in sentences, and the numbers that they were made of."""

    sentences: list[str]
    event_id: str | None = Field(description="null: it is the end of the visit")
    sighting_id: str
    event_type: Literal["identified", "familiar", "unknown", "retracted", "sighting"]
    camera: str
    at: Time
    person_id: str | None
    name: str | None
    votes: list[int]
    quality: float | None
    retracts: str | None
    corrected: bool = Field(description="the visit was given to somebody, or taken from somebody, after it had ended")
    simulated: bool
    rule: str
    reason: str
    similarity: float | None
    margin: float | None
    required: float | None
    about: int | None = Field(description="the rank of the candidate of whom rule and reason tell")
    settings: DecidedBy
    candidates: list[ConsideredRecord]
    observations: list[NotedRecord]


class Explanation(RootModel[list[AccountRecord]]):
    """Of each decision on the visitor, and of the end of the visit."""


class ReplayForm(Form):
    """What to try."""

    trial: str = Field(description="a JSON object with 'last', 'settings' and 'names', all of which may be left out")
    image: list[Upload] = Field([], title="picture", description="a picture for each of 'names'")


_PAIRS = 'a list of lists of two texts, who and a visit, such as ["Alice", "5e1c…"]'

Pair = Annotated[list[str], Field(min_length=2, max_length=2)]


class TrialFields(Strict):
    """The JSON in `trial`."""

    last: int = Field(200, ge=1, le=limits.VISITS, description=f"a number from 1 to {limits.VISITS}")
    settings: list[str] = Field([], description="a list of texts")
    names: list[str] = Field([], description="a list of texts")
    disowned: list[Pair] = Field([], description=_PAIRS)
    corrected: list[Pair] = Field([], description=_PAIRS)


class PersonName(Model):
    """A person or nobody."""

    person_id: str | None
    name: str | None


class EndingRecord(PersonName):
    """How a visit ends."""

    outcome: Outcome
    similarity: float
    required: float


class RerunRecord(Model):
    """A past visit, weighed again."""

    sighting_id: str
    started_at: Time
    recorded: PersonName
    now: EndingRecord
    then: EndingRecord


class ReplayReport(Model):
    """Past visits, weighed again."""

    visits: int
    unlike: int
    changed: list[RerunRecord]


class NearestPerson(Model):
    """Who is enrolled and most like an unknown visitor."""

    person_id: str
    name: str
    similarity: float


class UnknownRecord(Model):
    """An unknown visitor."""

    id: str
    visits: int
    first_seen_at: Time
    last_seen_at: Time
    cameras: list[str]
    quality: float
    sighting_ids: list[str]
    nearest: NearestPerson | None
    simulated: bool = Field(description="No camera saw any of the visits, such as in the demo.")
    pictures: list[str] = Field(
        description="The sighting_ids of the visits of which a picture is kept, the best first."
    )


class UnknownList(RootModel[list[UnknownRecord]]):
    """Grouped by likeness."""


class AssignBody(Strict):
    """Who an unknown visitor is; `familiar` alone, or with a name that is new or a familiar person's."""

    name: str | None = Field(None, description="a text")
    person_id: str | None = Field(None, description="a text")
    familiar: bool | None = Field(None, description="true or false")

    @model_validator(mode="after")
    def one(self) -> "AssignBody":
        """Exactly one of them."""
        named = [self.name is not None, self.person_id is not None].count(True)
        if named > 1 or not (named or self.familiar) or (self.person_id is not None and self.familiar):
            raise ValueError(
                "The body must be a JSON object with a text 'name' or 'person_id', or with 'familiar': true, "
                "to which a name may be added."
            )
        return self


_Ids = Annotated[list[str], Field(min_length=1, max_length=limits.PAGE)]
_IDS = "a list of texts, the ids of unknown visitors"


class AssignAllBody(AssignBody):
    """Who several unknown visitors are."""

    ids: _Ids = Field(description=_IDS)


class ForgetAllBody(Strict):
    """Several unknown visitors."""

    ids: _Ids = Field(description=_IDS)


class LeftRecord(Model):
    """An unknown visitor of several to whom nothing was done."""

    id: str
    why: str


class NamedRecord(Model):
    """What naming an unknown visitor did."""

    change: Literal["created", "updated"]
    person: Person
    samples: int
    sighting_ids: list[str]


class NamedAllRecord(Model):
    """What naming several unknown visitors at once did."""

    named: list[NamedRecord]
    left: list[LeftRecord]


class ForgottenAllRecord(Model):
    """What forgetting the faces of several unknown visitors at once did."""

    forgotten: list[UnknownRecord]
    left: list[LeftRecord]
