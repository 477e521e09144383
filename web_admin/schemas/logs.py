# SPDX-License-Identifier: Apache-2.0
"""The log."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from web_admin.schemas.common import Model, Strict, Time

Level = Literal["debug", "info", "warning", "error"]
MOST = 1000


class LogQuery(Model):
    """Which messages."""

    level: Level = Field("debug", description="one of debug, info, warning, error")
    text: str = Field("", max_length=200, description="a text of at most 200 characters")
    after: Annotated[int, Field(ge=0, le=10**12)] | SkipJsonSchema[None] = Field(
        None, description="the seq of the last one that you have"
    )
    limit: int = Field(200, ge=1, le=MOST, description=f"a number from 1 to {MOST}")


class LogEntry(Model):
    """A message."""

    seq: int = Field(description="Counts from 1 at each start.")
    at: Time
    level: Literal["debug", "info", "warning", "error", "critical"]
    part: str = Field(description="Which part of whod speaks, in a word.")
    logger: str
    message: str


class LogPage(Model):
    """The newest messages, oldest first."""

    entries: list[LogEntry]
    detailed_s: float | None = Field(description="For how long everything is still logged; null if it is not.")


class DetailBody(Strict):
    """For how long."""

    seconds: int = Field(600, ge=0, le=3600, description="a number from 0 to 3600")
