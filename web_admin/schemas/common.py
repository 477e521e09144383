# SPDX-License-Identifier: Apache-2.0
"""What the schemas share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from werkzeug.datastructures import FileStorage

from web_admin import limits


def _without_null(schema: dict[str, Any]) -> None:
    """What may be left out is not null where it is sent."""
    for field in schema.get("properties", {}).values():
        if "default" in field and field["default"] is None:
            del field["default"]


class Model(BaseModel):
    """Built when it is first used: most processes need few of them."""

    model_config = ConfigDict(
        defer_build=True,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        validate_by_name=True,
        json_schema_extra=_without_null,
    )


class Strict(Model):
    """Of a JSON body, in which a number is no text, nor 1 true."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Form(Model):
    """The fields of a form."""

    model_config = ConfigDict(extra="forbid")


Upload = Annotated[FileStorage, WithJsonSchema({"type": "string", "format": "binary"})]
"""A file in a form."""

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""UTC, to the millisecond."""

Flag = Annotated[Literal["0", "1"], Field(description="1 or 0")]
"""Yes or no, in a form."""

Source = Annotated[
    str,
    Field(
        pattern=r"^[\w-]{1,30}$",
        description="one word of at most 30 letters, digits, '-' and '_' for where the pictures come from",
    ),
]
"""Where samples come from."""

Images = Annotated[
    list[Upload], Field(min_length=1, title="picture", description="pictures: JPEG, PNG or WebP, under 3 MB each")
]
"""The field `image`, which may be repeated."""


class PageQuery(Model):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=limits.PAGE)] | SkipJsonSchema[None] = Field(
        None, description=f"a number from 1 to {limits.PAGE}"
    )
    after: str | SkipJsonSchema[None] = Field(None, description="the id of the last one that you have")


class PersonPath(Model):
    """A person in the address."""

    person_id: str = Field(description="a person's id")


class Person(Model):
    """Somebody with a name."""

    id: str
    name: str
    familiar: bool = Field(description="They come often, but are no resident.")


class Candidate(Model):
    """Somebody whom a face may be."""

    person_id: str
    name: str
    similarity: float
    votes: int


class Problem(Model):
    """RFC 9457."""

    type: str = Field(description="Stable: /problems/ and the kind of the error, or about:blank.")
    title: str
    status: int
    detail: str = Field(description="A sentence that says what is wrong and what to do.")
    count: int | None = Field(None, description="Of a face-count-error: how many faces were found.")
    wrong: dict[str, str] | None = Field(None, description="Of a bad-setting: by name, a sentence each.")
