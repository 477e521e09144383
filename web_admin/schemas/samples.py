# SPDX-License-Identifier: Apache-2.0
"""Samples of a person."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from web_admin.schemas.common import Flag, Form, Images, Model, PersonPath, Source, Time

Kind = Annotated[
    Literal["positive", "negative"],
    Field(description="'positive' (of the person) or 'negative' (of somebody else)"),
]


class SamplePath(PersonPath):
    """A sample in the address."""

    sample_id: str = Field(description="a sample's id")


class SamplesForm(Form):
    """Pictures to add."""

    image: Images
    kind: Kind = "positive"
    source: Source = "upload"
    force: Flag = "0"


class SampleRecord(Model):
    """A sample as lists show it."""

    id: str
    kind: Kind
    quality: float
    source: str
    created_at: Time
    set_aside_at: Time | None = Field(description="Since when it is not searched, as others took its place.")
    picture: bool = Field(description="Whether a picture is kept with it.")


class SampleList(RootModel[list[SampleRecord]]):
    """Oldest first."""
