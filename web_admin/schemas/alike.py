# SPDX-License-Identifier: Apache-2.0
"""How well the people can be told apart."""

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from web_admin import limits
from web_admin.schemas.common import Model, Person


class AlikeQuery(Model):
    """What is wanted."""

    false_accept: float | SkipJsonSchema[None] = Field(None, description="a number, such as 0.001")


class StandingRecord(Model):
    """How well a person stands apart from the others."""

    person: Person
    samples: int
    tested: int
    missed: int
    mistaken: int
    required: float
    lowest: float | None
    lowest_sample: str | None
    nearest: Person | None
    similarity: float | None


class PairRecord(Model):
    """Two people who are alike."""

    a: Person
    b: Person
    similarity: float


class CautionRecord(Model):
    """Something to look at."""

    doubt: Literal["odd_sample", "alike", "one_sample"]
    people: list[Person]
    sample_id: str | None
    text: str


class AdviceRecord(Model):
    """The threshold for a wanted false-accept rate."""

    rate: float
    threshold: float
    measured: float
    own: float | None


class ChoiceRecord(Model):
    """What a threshold would mean."""

    threshold: float
    rate: float | None
    missed: float | None
    named: float | None


class ScoresRecord(Model):
    """How many samples are named at which threshold."""

    samples: int
    looked: int
    same: list[int]
    same_never: int
    different: list[int]
    different_never: int
    now: ChoiceRecord
    choices: list[ChoiceRecord]


class ClosenessQuery(Model):
    """How many others."""

    count: int = Field(12, ge=1, le=limits.CLOSE, description=f"a number from 1 to {limits.CLOSE}")


class Closeness(Model):
    """Some people, and how alike each is to each."""

    people: list[Person]
    matrix: list[list[float]]


class Alike(Model):
    """How well the people can be told apart."""

    people: list[StandingRecord]
    pairs: list[PairRecord]
    matrix: list[list[float]]
    warnings: list[CautionRecord]
    advice: AdviceRecord | None
    scores: ScoresRecord | None
