# SPDX-License-Identifier: Apache-2.0
"""People and enrolment."""

from typing import Literal

from pydantic import Field, RootModel, model_validator
from pydantic.json_schema import SkipJsonSchema

from web_admin.schemas.common import Flag, Form, Images, Model, PageQuery, Person, Source, Strict, Time
from web_admin.schemas.undo import UndoRecord


class EnrolForm(Form):
    """Whom, and pictures of them."""

    image: Images
    name: str = Field(description="the person's name")
    source: Source = "upload"
    force: Flag = "0"


class Enrolment(Model):
    """What an enrolment did."""

    change: Literal["created", "updated"]
    person: Person
    sample_ids: list[str]
    set_aside: int = Field(description="How many samples made room.")


class PeopleQuery(PageQuery):
    """Whom to list."""

    ref: str | SkipJsonSchema[None] = Field(None, description="a person's name or id")


class PersonRecord(Person):
    """A person as lists show them."""

    samples: int
    negatives: int
    groups: list[str]
    created_at: Time
    updated_at: Time
    last_seen_at: Time | None
    version: str = Field(description="Another word after each change; the ETag of the person is made of it.")


class People(RootModel[list[PersonRecord]]):
    """By name."""


class Removed(Person):
    """The person, and how it can be undone."""

    undo: UndoRecord | None = Field(description="null where it cannot be")


class Receipt(Person):
    """Who was forgotten, and what was deleted for good."""

    samples: int
    pictures: int
    visits: int
    snapshots: int = Field(description="How many snapshots were written anew without them.")
    at: Time


class ReceiptOfAll(Model):
    """What was deleted for good with everybody."""

    people: int
    samples: int
    pictures: int
    visits: int = Field(description="Those of unknown visitors too.")
    backups: int = Field(description="Files that were deleted on this machine.")
    at: Time


class NewPerson(Strict):
    """Somebody without samples yet."""

    name: str = Field(description="a text: the person's name")
    familiar: bool = Field(default=False, description="true or false")


class PersonChange(Strict):
    """What is to be different of a person."""

    name: str | None = Field(None, description="a text")
    familiar: bool | None = Field(None, description="true or false")

    @model_validator(mode="after")
    def something(self) -> "PersonChange":
        """Something must be different."""
        if self.name is None and self.familiar is None:
            raise ValueError("The body must be a JSON object with a text 'name', or 'familiar': true or false.")
        return self


class MergeBody(Strict):
    """Who stays."""

    into: str = Field(description="a text: the name or id of the person who stays")
