# SPDX-License-Identifier: Apache-2.0
"""How well the people can be told apart."""

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

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


class Alike(Model):
    """How well the people can be told apart."""

    people: list[StandingRecord]
    pairs: list[PairRecord]
    matrix: list[list[float]]
    warnings: list[CautionRecord]
    advice: AdviceRecord | None
