# SPDX-License-Identifier: Apache-2.0
"""What a FakeService says of jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from daemon.errors import NoSuchJob
from daemon.types import Job, JobKind, JobLine, JobState, Problem

if TYPE_CHECKING:
    from typing import IO

    from support_web import FakeService

THEN = datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC)
RUNNING = Job("0a1b2c3d", JobKind.IMPORT, JobState.RUNNING, THEN, 2, 5, "", {"created": 2}, started_at=THEN)
FAILED = Job(
    "99887766",
    JobKind.RESTORE,
    JobState.FAILED,
    THEN,
    error=Problem("bad-backup", "The file is no backup."),
    started_at=THEN,
    ended_at=THEN,
)
NO_PERSON = {"name": "", "person_id": None}
LINES = [
    JobLine(
        1,
        {
            "path": "Zoë/1.jpg",
            "name": "Zoë",
            "person_id": "z",
            "change": "created",
            "reason": None,
            "detail": None,
        },
    ),
    JobLine(2, {"path": "a.txt", **NO_PERSON, "change": "refused", "reason": "photo-error", "detail": "No."}),
]


class FakeJobs:
    """One that runs and one that failed; what is begun is queued."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.jobs = {job.id: job for job in (RUNNING, FAILED)}
        self.older: dict[str, Job] = {}
        """That are found, but not listed."""
        self.reports: dict[str, list[JobLine]] = {}

    def all(self) -> list[Job]:
        return list(self.jobs.values())

    def get(self, job_id: str) -> Job:
        found = self.jobs.get(job_id) or self.older.get(job_id)
        if found is None:
            raise NoSuchJob(f"There is no job {job_id}.")
        return found

    def lines(self, job_id: str, after: int = 0, *, problems: bool = False) -> list[JobLine]:
        self.get(job_id)
        lines = self.reports.get(job_id, LINES)
        return [line for line in lines if line.number > after and (line.record.get("reason") or not problems)]

    def cancel(self, job_id: str) -> Job:
        self.jobs[job_id] = replace(self.get(job_id), state=JobState.CANCELLED, ended_at=THEN)
        return self.jobs[job_id]

    def import_zip(self, archive: IO[bytes], *, force: bool = False) -> Job:
        return self._begun(JobKind.IMPORT, "import_zip", archive.read(), force)

    def train(self, person: str | None = None, prototypes: int | None = None) -> Job:
        return self._begun(JobKind.TRAIN, "train", person, prototypes)

    def re_embed(self) -> Job:
        return self._begun(JobKind.RE_EMBED, "re_embed")

    def _begun(self, kind: JobKind, *asked: object) -> Job:
        self._service.asked.append(asked)
        if self._service.error:
            raise self._service.error
        job = Job("11112222", kind, JobState.QUEUED, THEN)
        self.jobs[job.id] = job
        return job
