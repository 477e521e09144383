# SPDX-License-Identifier: Apache-2.0
"""Long work."""

from typing import Any, Literal

from pydantic import Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from daemon.types import JobKind, JobState
from web_admin.schemas.common import Flag, Form, Model, Strict, Time, Upload


class JobPath(Model):
    """A job in the address."""

    job_id: str = Field(description="a job's id")


class JobProblem(Model):
    """Why a job failed."""

    type: str = Field(description="As of the errors of this API.")
    detail: str


class JobRecord(Model):
    """A job as it is now."""

    id: str
    kind: Literal[tuple(JobKind)]  # type: ignore[valid-type]
    state: Literal[tuple(JobState)]  # type: ignore[valid-type]
    done: int
    total: int | None = Field(description="Null while it is not known.")
    note: str = Field(description="What it does now, or waits for.")
    result: dict[str, Any] | None = Field(description="What came of it; what stands in it depends on the kind.")
    error: JobProblem | None = Field(description="Of a job that failed.")
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class JobList(RootModel[list[JobRecord]]):
    """Newest first."""


class JobLineList(RootModel[list[dict[str, Any]]]):
    """In the order in which they came: each has its `number`, and what the kind of job tells."""


class LinesQuery(Model):
    """Which lines."""

    after: int = Field(0, ge=0, le=1 << 53, description="the number of the last line that you have")
    problems: Flag = Field("0", description="1, for those with a reason only, or 0")


class ReportQuery(LinesQuery):
    """Which part of a report a page shows."""

    only: Literal["", "problems"] = Field("", description="problems, or nothing")


class RunningQuery(Model):
    """Which job was the one that ran."""

    was: str = Field("", description="a job's id")


class TrainForm(Form):
    """Whose samples to choose anew."""

    person: str = Field("", description="a person's name or id, or nothing for everybody")


class ImportQuery(Model):
    """How to import."""

    force: Flag = Field("0", description="1 or 0")


class ImportForm(Form):
    """An archive in a form."""

    archive: Upload = Field(title="archive", description="a zip with a folder for each person")


class TrainBody(Strict):
    """Whose samples to choose anew, and how many."""

    person: str | SkipJsonSchema[None] = Field(None, description="a person's id or name, or null for everybody")
    prototypes: int | None = Field(None, ge=1, le=1000, description="a number from 1 to 1000, or null")
    re_embed: bool = Field(
        default=False, description="true to embed the pictures kept with samples of another model instead, or false"
    )
