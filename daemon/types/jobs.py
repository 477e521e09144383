# SPDX-License-Identifier: Apache-2.0
"""Long work, as those who wait for it see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.clock import from_iso, iso
from daemon.errors import WhodError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    TRAIN = "train"
    RE_EMBED = "re-embed"
    BACKUP = "backup"
    RESTORE = "restore"


class JobState(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether it stays so."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Problem(NamedTuple):
    """What is wrong, as the API tells it."""

    slug: str
    """Of the class in `daemon.errors`."""
    detail: str
    """A sentence."""

    @classmethod
    def of(cls, error: WhodError) -> Problem:
        """What an error says."""
        return cls(error.slug, str(error))

    def error(self) -> WhodError:
        """The error again; a WhodError if its class has gone."""
        kind = next((kind for kind in _kinds(WhodError) if kind.slug == self.slug), WhodError)
        return kind(self.detail)


@dataclass(frozen=True, slots=True)
class Job:
    """A job at one moment."""

    id: str
    kind: JobKind
    state: JobState
    created_at: datetime
    done: int = 0
    """Of `total`; what is counted depends on the kind."""
    total: int | None = None
    """None while it is not known."""
    note: str = ""
    """What it does now, or waits for: a sentence or nothing."""
    result: dict[str, Any] | None = None
    """JSON; of one that is not done what it has done so far, if that can be told."""
    error: Problem | None = None
    """Why it failed."""
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def left_s(self, now: datetime) -> int | None:
        """How long it will go on, in seconds, if it keeps its pace: in tens, from 90 on in minutes.

        None if that cannot be told yet.
        """
        if self.state is not JobState.RUNNING or not (self.started_at and self.total and self.done):
            return None
        took_s = (now - self.started_at).total_seconds()
        if took_s < _PACE_S or self.done >= self.total:
            return None
        left_s = took_s / self.done * (self.total - self.done)
        step_s = 60 if left_s >= 90 else 10  # noqa: PLR2004  # an estimate is not that precise
        return max(round(left_s / step_s) * step_s, step_s)

    def as_json(self) -> dict[str, Any]:
        """For the API and ``whod jobs --json``."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "note": self.note,
            "result": self.result,
            "error": {"type": f"{_PROBLEMS}{self.error.slug}", "detail": self.error.detail} if self.error else None,
            "created_at": iso(self.created_at),
            "started_at": iso(self.started_at) if self.started_at else None,
            "ended_at": iso(self.ended_at) if self.ended_at else None,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Job:
        """The opposite of `as_json`."""
        error, started, ended = record["error"], record["started_at"], record["ended_at"]
        return cls(
            id=record["id"],
            kind=JobKind(record["kind"]),
            state=JobState(record["state"]),
            created_at=from_iso(record["created_at"]),
            done=record["done"],
            total=record["total"],
            note=record["note"],
            result=record["result"],
            error=Problem(error["type"].removeprefix(_PROBLEMS), error["detail"]) if error else None,
            started_at=from_iso(started) if started else None,
            ended_at=from_iso(ended) if ended else None,
        )


class JobLine(NamedTuple):
    """One line of a job's report."""

    number: int
    """From 1, in the order in which they came."""
    record: dict[str, Any]
    """JSON."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {"number": self.number, **self.record}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> JobLine:
        """The opposite of `as_json`."""
        return cls(record["number"], {key: value for key, value in record.items() if key != "number"})


_PROBLEMS = "/problems/"
_PACE_S = 3.0
"""Before that, the pace of a job says little."""


def _kinds(root: type[WhodError]) -> Iterator[type[WhodError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
