# SPDX-License-Identifier: Apache-2.0
"""What a FakeService says of backups: one that is kept, one that was made, and one that was looked at."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from support_jobs import THEN

from daemon.errors import NoSuchBackup
from daemon.types import (
    BackupFile,
    Job,
    JobKind,
    JobLine,
    JobState,
    PersonDifference,
    Problem,
    RestoreMode,
    RestoreReport,
)

if TYPE_CHECKING:
    from typing import IO, BinaryIO

    from support_pages import Tag
    from support_web import FakeService

    from daemon.types import Recovery

KEPT = BackupFile("whod-000042-20261121T193002Z.zip", THEN, 25_233, encrypted=False, people=4)
SEALED = BackupFile("whod-000041-20261120T193002Z.zip.age", THEN, 25_999, encrypted=True)
MADE = Job(
    "ba0ba0ba",
    JobKind.BACKUP,
    JobState.DONE,
    THEN,
    result={
        "file": "f.zip",
        "name": "whod-20261121T193002Z.zip",
        "size": 1234,
        "people": 3,
        "groups": 1,
        "samples": 9,
        "pictures": 8,
    },
    started_at=THEN,
    ended_at=THEN,
)
REPORT = RestoreReport(
    RestoreMode.REPLACE,
    dry_run=True,
    applied=False,
    made_at="2026-11-20T19:30:02.113Z",
    app_version="0.1.0",
    model_id="m",
    people=3,
    samples=9,
    pictures=8,
    groups=1,
    added=1,
    changed=1,
    removed=1,
    same=1,
    groups_added=("Family",),
    notes=("2 samples are of another model and have no picture.",),
)
DIFFERENCES = [
    PersonDifference("added", "a", "Zoë", samples_added=4),
    PersonDifference("changed", "b", "Bob", was="Robert", samples_removed=1, groups_added=("Family",)),
    PersonDifference("removed", "c", "Cleo"),
]
LOOKED = Job(
    "10010010", JobKind.RESTORE, JobState.DONE, THEN, result=REPORT.as_json(), started_at=THEN, ended_at=THEN
)
LOCKED = Job(
    "10c10c10",
    JobKind.RESTORE,
    JobState.FAILED,
    THEN,
    error=Problem("bad-passphrase", "The passphrase is wrong."),
    started_at=THEN,
    ended_at=THEN,
)


class FakeBackups:
    """`BackupsApi`, and what can be tried."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.kept: list[BackupFile] = [KEPT, SEALED]
        self.recovery: Recovery | None = None
        self.held = {LOOKED.id, LOCKED.id}
        jobs = service.jobs
        jobs.older.update({job.id: job for job in (MADE, LOOKED, LOCKED)})
        jobs.reports[LOOKED.id] = [JobLine(i, each.as_json()) for i, each in enumerate(DIFFERENCES, 1)]

    def all(self) -> list[BackupFile]:
        return self.kept

    def recovered(self) -> Recovery | None:
        return self.recovery

    def accept(self) -> None:
        self.recovery = None

    def make(self, passphrase: str | None = None) -> Job:
        return self._service.jobs._begun(JobKind.BACKUP, "make", passphrase)

    def fetch(self, job_id: str) -> BinaryIO:
        self._service._ask("fetch", job_id)
        return io.BytesIO(b"a backup")

    def open(self, name: str) -> BinaryIO:
        if name not in [each.name for each in self.kept]:
            raise NoSuchBackup(f"There is no {name}.")
        return io.BytesIO(b"a kept backup")

    def begin(self, backup: IO[bytes], passphrase: str | None, mode: RestoreMode) -> Job:
        return self._service.jobs._begun(JobKind.RESTORE, "begin", backup.read(), passphrase, mode)

    def begin_kept(self, name: str, passphrase: str | None, mode: RestoreMode) -> Job:
        return self._service.jobs._begun(JobKind.RESTORE, "begin_kept", name, passphrase, mode)

    def again(self, job_id: str, mode: RestoreMode, passphrase: str | None = None) -> Job:
        return self._service.jobs._begun(JobKind.RESTORE, "again", job_id, mode, passphrase)

    def perform(self, job_id: str, mode: RestoreMode) -> Job:
        if job_id not in self.held:
            raise NoSuchBackup("This backup is not kept here any more: choose it again.")
        return self._service.jobs._begun(JobKind.RESTORE, "perform", job_id, mode)

    def keeps(self, job_id: str) -> bool:
        return job_id in self.held


def words(tag: Tag) -> str:
    """What an element says."""
    return " ".join(tag.text.split()).replace("\N{NO-BREAK SPACE}", " ")


def begun(service: FakeService) -> list[tuple[object, ...]]:
    """What was asked for that does something."""
    return [
        asked for asked in service.asked if asked[0] in ("make", "begin", "begin_kept", "again", "perform", "fetch")
    ]
