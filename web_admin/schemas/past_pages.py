# SPDX-License-Identifier: Apache-2.0
"""What the pages of unknown visitors, of visits and of how sure whod is take."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from web_admin import limits
from web_admin.schemas.common import Form, Model

_Search = Field("", max_length=200, description="a part of a name, at most 200 characters")
_Ids = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=limits.PAGE,
        title="choice",
        description="a choice of unknown visitors: tick at least one",
    ),
]

Day = Annotated[
    Annotated[date, Field(ge=date(1970, 1, 1), le=date(2999, 12, 31))] | None,
    BeforeValidator(lambda given: given or None),
]
"""As a field of a form sends it: empty for none."""


class UnknownsView(Model):
    """Which part of the list."""

    after: str | None = Field(None, description="the id of an unknown visitor")


class SeveralView(Model):
    """Whom it is about."""

    id: list[str] = Field([], max_length=limits.PAGE, description="ids of unknown visitors")


class SearchView(Model):
    """Whom to suggest."""

    name: str = _Search


class NameForm(Form):
    """Who some unknown visitors are."""

    id: _Ids
    name: str = Field("", max_length=1000, description="a name")
    person_id: str = Field("", description="a person's id")
    familiar: Literal["", "1"] = Field("", description="1 or nothing")


class ChoiceForm(Form):
    """Some unknown visitors."""

    id: _Ids


class NamesView(Model):
    """Which names to suggest."""

    person: str = _Search


class VisitsView(Model):
    """Which visits to list."""

    person: str = Field("", max_length=200, description="a person's name or id")
    outcome: Literal["", "identified", "familiar", "unknown"] = Field(
        "", description="one of identified, familiar, unknown"
    )
    first: Day = Field(None, description="a day, such as 2026-11-21")
    last: Day = Field(None, description="a day, such as 2026-11-21")
    corrected: Literal["", "1"] = Field("", description="1 or nothing")
    zone: str = Field("", max_length=60, description="the name of a time zone")
    after: str | None = Field(None, description="the id of a visit")
    newest: str | None = Field(None, description="the id of a visit")


class WrongView(Model):
    """Whom to suggest."""

    name: str = _Search


class CheckView(Model):
    """Who it was instead; nobody who is known, where both are empty."""

    name: str = _Search
    person_id: str = Field("", description="a person's id")
    whole: Literal["", "1"] = Field("", description="1 or nothing")


class DisownForm(Form):
    """Who it was not."""

    person_id: str = Field(description="a person's id")


class CorrectForm(Form):
    """Who it was."""

    who: str = Field(min_length=1, max_length=1000, description="a name or a person's id")


class SurenessView(Model):
    """What to look at."""

    q: str = _Search
    page: int = Field(1, ge=1, le=1_000_000, description="the number of a part of the list, from 1")
    whole: Literal["", "1"] = Field("", description="1 or nothing")
