# SPDX-License-Identifier: Apache-2.0
"""What the pages of people and groups take."""

from typing import Literal

from pydantic import Field

from web_admin.schemas.common import Form, Images, Model

_Search = Field("", max_length=200, description="a part of a name, at most 200 characters")
_Number = Field(1, ge=1, le=1_000_000, description="the number of a part of the list, from 1")


class PeopleView(Model):
    """Whom to list, and how."""

    q: str = _Search
    group: str = Field("", description="a group's id")
    show: Literal["all", "needy", "familiar"] = Field("all", description="'all', 'needy' or 'familiar'")
    order: Literal["name", "seen", "new", "samples"] = Field("name", description="'name', 'seen', 'new' or 'samples'")
    page: int = _Number


class PersonView(Model):
    """Which samples to list."""

    page: int = _Number


class PersonForm(Form):
    """A person, edited."""

    name: str = Field(description="the person's name")
    familiar: Literal["", "1"] = Field("", description="1 or nothing")
    group: list[str] = Field([], description="ids of all groups of the person")
    version: str = Field(description="the version that was looked at")


class MergeView(Model):
    """With whom."""

    q: str = _Search
    into: str = Field("", description="a person's id")


class MergeForm(Form):
    """Who stays."""

    into: str = Field(description="the id of the person who stays")
    version: str = Field(description="the version that was looked at")


class ForgetForm(Form):
    """That it is meant."""

    sure: Literal["", "1"] = Field("", description="1 or nothing")
    version: str = Field("", description="the version that was looked at")


class CounterForm(Form):
    """Pictures of somebody else."""

    image: Images


class GroupNameForm(Form):
    """What to call a group."""

    name: str = Field(description="the group's name")


class MembersView(Model):
    """Whom to list."""

    q: str = _Search
    show: Literal["all", "members"] = Field("all", description="'all' or 'members'")
    page: int = _Number


class MembersForm(Form, MembersView):
    """Who is ticked of those who were listed, and who was; and where in the list that is."""

    person: list[str] = Field([], description="ids of people")
    was: list[str] = Field([], description="ids of people")
