# SPDX-License-Identifier: Apache-2.0
"""Past visits and unknown visitors."""

from typing import Annotated, Literal

from pydantic import Field, RootModel, model_validator
from pydantic.json_schema import SkipJsonSchema

from web_admin import limits
from web_admin.schemas.common import Form, Model, Person, Strict, Time, Upload

Outcome = Annotated[
    Literal["identified", "familiar", "unknown"], Field(description="one of identified, familiar, unknown")
]


class VisitsQuery(Model):
    """Which visits."""

    limit: int = Field(20, ge=1, le=limits.VISITS, description=f"a number from 1 to {limits.VISITS}")
    after: str | SkipJsonSchema[None] = Field(None, description="the sighting_id of the last one that you have")
    before: str | SkipJsonSchema[None] = Field(None, description="the same as 'after': a sighting_id")
    person: str | SkipJsonSchema[None] = Field(None, description="a person's name or id")
    outcome: Outcome | SkipJsonSchema[None] = Field(None, description="one of identified, familiar, unknown")


class RefPath(Model):
    """A decision, a visit or an unknown visitor in the address."""

    ref: str = Field(description="an event_id or a sighting_id")


class NotBody(Strict):
    """Who it was not."""

    person: str = Field(description="a text: a person's name or id")


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
    simulated: bool
    rule: str
    reason: str
    similarity: float | None
    margin: float | None
    required: float | None
    settings: DecidedBy
    candidates: list[ConsideredRecord]
    observations: list[NotedRecord]


class Explanation(RootModel[list[AccountRecord]]):
    """Of each decision on the visitor, and of the end of the visit."""


class ReplayForm(Form):
    """What to try."""

    trial: str = Field(description="a JSON object with 'last', 'settings' and 'names', all of which may be left out")
    image: list[Upload] = Field([], title="picture", description="a picture for each of 'names'")


class TrialFields(Strict):
    """The JSON in `trial`."""

    last: int = Field(200, ge=1, le=limits.VISITS, description=f"a number from 1 to {limits.VISITS}")
    settings: list[str] = Field([], description="a list of texts")
    names: list[str] = Field([], description="a list of texts")


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


class UnknownList(RootModel[list[UnknownRecord]]):
    """Grouped by likeness."""


class AssignBody(Strict):
    """Who an unknown visitor is."""

    name: str | None = Field(None, description="a text")
    person_id: str | None = Field(None, description="a text")
    familiar: bool | None = Field(None, description="true or false")

    @model_validator(mode="after")
    def one(self) -> "AssignBody":
        """Exactly one of them."""
        if [self.name is not None, self.person_id is not None, bool(self.familiar)].count(True) != 1:
            raise ValueError(
                "The body must be a JSON object with a text 'name' or 'person_id', or with 'familiar': true."
            )
        return self


class NamedRecord(Model):
    """What naming an unknown visitor did."""

    change: Literal["created", "updated"]
    person: Person
    samples: int
    sighting_ids: list[str]
