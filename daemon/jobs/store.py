# SPDX-License-Identifier: Apache-2.0
"""Jobs and the lines of their reports in events.db."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.clock import from_iso, iso
from daemon.types import Job, JobKind, JobLine, JobState, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from daemon.storage import Database, Row
    from daemon.types import Person

MIGRATION = """
    CREATE TABLE job (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at TEXT NOT NULL,
        done INTEGER NOT NULL,
        total INTEGER,
        note TEXT NOT NULL,
        result TEXT,
        error_type TEXT,
        error TEXT,
        started_at TEXT,
        ended_at TEXT,
        arguments TEXT NOT NULL,
        resumes INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE job_line (
        job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        person_id TEXT,
        name TEXT,
        record TEXT NOT NULL,
        PRIMARY KEY (job_id, number)
    ) STRICT;
"""

FORGOTTEN = {"path": "", "name": "", "person_id": None, "change": None, "reason": "forgotten", "detail": "Forgotten."}
"""In the place of a line that was about somebody who is forgotten."""


class StoredJob(NamedTuple):
    """A job, and what its runner is given."""

    job: Job
    arguments: dict[str, Any]
    resumes: bool
    """Whether it may go on where it was after a restart."""

    @property
    def files(self) -> set[str]:
        """Names of the files in staging that it needs or gives."""
        given, made = self.arguments.get("staged"), (self.job.result or {}).get("file")
        return {name for name in (None if self.job.state.ended else given, made) if name}


class JobStore:
    """The tables `job` and `job_line`. Every method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, stored: StoredJob, lines: Iterable[JobLine] = ()) -> None:
        """Add a job, or put this in the place of the one with the same id; and add lines to its report."""
        job = stored.job
        with self._database.transaction() as transaction:
            transaction.execute(
                _SAVE,
                (
                    job.id,
                    job.kind,
                    job.state,
                    iso(job.created_at),
                    job.done,
                    job.total,
                    job.note,
                    _text(job.result),
                    job.error.slug if job.error else None,
                    job.error.detail if job.error else None,
                    iso(job.started_at) if job.started_at else None,
                    iso(job.ended_at) if job.ended_at else None,
                    _text(stored.arguments),
                    stored.resumes,
                ),
            )
            for line in lines:
                record = line.record
                about = (record.get("person_id"), record.get("name"))
                transaction.execute(_ADD_LINE, (job.id, line.number, *about, _text(record)))

    def get(self, job_id: str) -> StoredJob | None:
        """The job of this id; None if there is none."""
        found = self._database.query(f"{_SELECT} WHERE id = ?", (job_id,))
        return _stored(found[0]) if found else None

    def all(self) -> list[StoredJob]:
        """All jobs, newest first."""
        return [_stored(row) for row in self._database.query(f"{_SELECT} ORDER BY number DESC")]

    def lines(self, job_id: str, after: int, limit: int, *, problems: bool = False) -> list[JobLine]:
        """The lines of a report behind line number `after`; all, or those that tell of a problem."""
        rows = self._database.query(_SELECT_PROBLEMS if problems else _SELECT_LINES, (job_id, after, limit))
        return [JobLine(number, json.loads(record)) for number, record in rows]

    def line_count(self, job_id: str) -> int:
        """How many lines a report has."""
        (found,) = self._database.query("SELECT coalesce(max(number), 0) FROM job_line WHERE job_id = ?", (job_id,))
        return int(found[0])

    def forget(self, person: Person) -> None:
        """Take a person out of all reports: lines about them, and those in which a name of theirs stands."""
        with self._database.transaction() as transaction:
            known = transaction.query("SELECT DISTINCT name FROM job_line WHERE person_id = ?", (person.id,))
            transaction.execute(f"{_FORGET} WHERE person_id = ?", (_text(FORGOTTEN), person.id))
            for name in {person.name, *(name for (name,) in known)} - {None, ""}:
                written = json.dumps(name, ensure_ascii=False)[1:-1]
                transaction.execute(f"{_FORGET} WHERE instr(record, ?)", (_text(FORGOTTEN), written))
        self._database.settle()

    def prune(self, keep: int, before: datetime | None) -> list[StoredJob]:
        """Delete all ended jobs but the newest `keep`, and those that ended `before`; gives them."""
        ended = [stored for stored in self.all() if stored.job.state.ended]
        old = [s for s in ended[:keep] if before and s.job.ended_at and s.job.ended_at < before] + ended[keep:]
        if old:
            with self._database.transaction() as transaction:
                for stored in old:
                    transaction.execute("DELETE FROM job WHERE id = ?", (stored.job.id,))
        return old


_COLUMNS = (
    "id, kind, state, created_at, done, total, note, result, error_type, error, started_at, ended_at, "
    "arguments, resumes"
)
_SELECT = f"SELECT {_COLUMNS} FROM job"  # noqa: S608
_SAVE = f"""
    INSERT INTO job ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, done = excluded.done, total = excluded.total,
        note = excluded.note, result = excluded.result, error_type = excluded.error_type, error = excluded.error,
        started_at = excluded.started_at, ended_at = excluded.ended_at
"""  # noqa: S608
_ADD_LINE = "INSERT INTO job_line (job_id, number, person_id, name, record) VALUES (?, ?, ?, ?, ?)"
_FORGET = "UPDATE job_line SET person_id = NULL, name = NULL, record = ?"
_SELECT_LINES = "SELECT number, record FROM job_line WHERE job_id = ? AND number > ? ORDER BY number LIMIT ?"
_SELECT_PROBLEMS = _SELECT_LINES.replace("ORDER", "AND json_extract(record, '$.reason') IS NOT NULL ORDER")


def _text(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _stored(row: Row) -> StoredJob:
    (job_id, kind, state, created, done, total, note, result, slug, error, started, ended, arguments, resumes) = row
    job = Job(
        id=job_id,
        kind=JobKind(kind),
        state=JobState(state),
        created_at=from_iso(created),
        done=done,
        total=total,
        note=note,
        result=json.loads(result) if result else None,
        error=Problem(slug, error) if slug else None,
        started_at=from_iso(started) if started else None,
        ended_at=from_iso(ended) if ended else None,
    )
    return StoredJob(job, json.loads(arguments), bool(resumes))
