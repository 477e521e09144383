# SPDX-License-Identifier: Apache-2.0
"""Groups of people."""

from pydantic import Field, RootModel, model_validator
from pydantic.json_schema import SkipJsonSchema

from web_admin.schemas.common import Model, Person, Strict, Time


class GroupPath(Model):
    """A group in the address."""

    group_id: str = Field(description="a group's id")


class GroupsQuery(Model):
    """Which groups to list."""

    ref: str | SkipJsonSchema[None] = Field(None, description="a group's name or id")


class GroupRecord(Model):
    """A group of people."""

    id: str
    name: str
    people: list[Person]
    created_at: Time


class GroupList(RootModel[list[GroupRecord]]):
    """By name."""


class GroupBody(Strict):
    """A group to make."""

    name: str = Field(description="a text: the group's name")
    people: list[str] = Field([], description="a list of people's names or ids")


class GroupChange(Strict):
    """What is to be different of a group."""

    name: str | None = Field(None, description="a text")
    people: list[str] | None = Field(None, description="a list of people's names or ids")
    add: list[str] = Field([], description="a list of people's names or ids")
    remove: list[str] = Field([], description="a list of people's names or ids")

    @model_validator(mode="after")
    def something(self) -> "GroupChange":
        """Something must be different."""
        if not self.model_fields_set:
            raise ValueError(
                "The body must be a JSON object with a text 'name', or lists 'people', 'add' or 'remove'."
            )
        return self
