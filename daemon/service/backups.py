# SPDX-License-Identifier: Apache-2.0
"""Backups and restores: whole, as jobs."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import asdict, replace
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol

from daemon.backup import Maker, Restorer, Wish, new_file, opened
from daemon.errors import BadPassphrase, NoSuchBackup, StorageError
from daemon.service.rehearsals import Rehearsals
from daemon.types import JobKind, PersonDifference, RestoreMode, RestoreReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from daemon.backup import Recoverer, Snapshots
    from daemon.clock import Clock
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.jobs import Jobs, Progress, Staging
    from daemon.service.jobs import JobsApi
    from daemon.types import BackupFile, Job, JobLine, Recovery

_STEP = 100
"""Samples between two words on how far it is."""


class BackupsApi(Protocol):
    """Everything about backups; see `PeopleApi`."""

    def make(self, passphrase: str | None = None) -> Job:
        """Begin a backup, encrypted if there is a passphrase; when it is done, `fetch` gives it."""
        ...

    def fetch(self, job_id: str) -> BinaryIO:
        """What a backup job has made: once, then it is gone. Raises NoSuchJob, NoSuchBackup if there is nothing."""
        ...

    def restore(
        self,
        backup: IO[bytes],
        passphrase: str | None = None,
        mode: RestoreMode = RestoreMode.REPLACE,
        *,
        dry_run: bool = False,
    ) -> Job:
        """Begin to restore a backup; `restore_report` gives what came of it. A dry run changes nothing."""
        ...

    def all(self) -> list[BackupFile]:
        """The snapshots that are kept on the device, newest first."""
        ...

    def open(self, name: str) -> BinaryIO:
        """A snapshot, as it is. Raises NoSuchBackup."""
        ...

    def recovered(self) -> Recovery | None:
        """Whether a damaged gallery was replaced by a snapshot, and nobody has taken notice yet."""
        ...

    def accept(self) -> None:
        """Take notice of that."""
        ...


class Unfetched:
    """The files that backup jobs make and nobody has fetched yet. Raises StorageError."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._lock = threading.Lock()
        self._names: set[str] = set()

    @contextlib.contextmanager
    def making(self, ending: str) -> Iterator[Path]:
        """A new file, which is gone if the block fails; until it ends, whoever is to delete them waits."""
        with self._lock:
            with self._staging.making(ending) as path:
                yield path
            self._names.add(path.name)

    def delete(self, others: set[str]) -> int:
        """Delete all, and others of these names, from before a restart; gives how many there were."""
        with self._lock:
            names = [name for name in self._names | others if self._staging.path(name).exists()]
            for name in names:
                self._staging.remove(name)
            self._names.clear()
        return len(names)


class Backups:
    """`BackupsApi` over the jobs and the state folder of this process."""

    def __init__(
        self, jobs: Jobs, snapshots: Snapshots, recoverer: Recoverer, unfetched: Unfetched, clock: Clock
    ) -> None:
        self._jobs = jobs
        self._snapshots = snapshots
        self._recoverer = recoverer
        self._unfetched = unfetched
        self.rehearsals = Rehearsals(jobs, snapshots, clock)
        self.tidy = self.rehearsals.tidy
        self.all, self.recovered, self.accept = snapshots.all, recoverer.recovered, recoverer.accept

    def make(self, passphrase: str | None = None) -> Job:
        """See `BackupsApi.make`."""
        _check(passphrase)
        return self._jobs.submit(JobKind.BACKUP, {}, passphrase)

    def fetch(self, job_id: str) -> BinaryIO:
        """See `BackupsApi.fetch`."""
        result = self._jobs.get(job_id).result or {}
        if "file" not in result:
            raise NoSuchBackup(f"Job {job_id} has made no backup: look at its state.")
        file = opened(self._jobs.staging.path(result["file"]))
        self._jobs.staging.remove(result["file"])
        return file

    def restore(
        self,
        backup: IO[bytes],
        passphrase: str | None = None,
        mode: RestoreMode = RestoreMode.REPLACE,
        *,
        dry_run: bool = False,
    ) -> Job:
        """See `BackupsApi.restore`."""
        _check(passphrase)
        with self._jobs.staging.received(backup, ".zip") as path:
            arguments = {"staged": path.name, "mode": mode.value, "dry_run": dry_run}
            return self._jobs.submit(JobKind.RESTORE, arguments, passphrase)

    def open(self, name: str) -> BinaryIO:
        """See `BackupsApi.open`."""
        return self._snapshots.open(name)

    def snapshot(self) -> Job:
        """Begin to make a snapshot, unless the newest one has the same in it."""
        return self._jobs.submit(JobKind.BACKUP, {"snapshot": True})

    def forget(self, person_id: str) -> int:
        """Take a person out of all snapshots; delete what backup jobs have made and damaged galleries that are kept.

        Gives how many files these were.
        """
        return self._delete_others() + self._snapshots.forget(person_id)

    def forget_all(self) -> int:
        """Delete all snapshots, what jobs have made or were given, and damaged galleries; gives how many files."""
        return self._delete_others() + self._snapshots.clear()

    def _delete_others(self) -> int:
        """All but the snapshots."""
        results = [job.result or {} for job in self._jobs.all() if job.kind is JobKind.BACKUP]
        made = self._unfetched.delete({result["file"] for result in results if "file" in result})
        made += self.rehearsals.forget()
        return made + self._recoverer.delete_damaged()

    def check(self) -> None:
        """Raise StorageError while nobody can be taken out of the snapshots: their folder is gone, or read-only."""
        folder = self._snapshots.folder
        if self._snapshots.all() and not os.access(folder, os.W_OK):
            raise StorageError(
                f"The folder of backups {folder} cannot be written: make it writable for the user whod runs as, "
                "or change backup.folder."
            )


class Backing:
    """Runs backup jobs."""

    def __init__(self, maker: Maker, snapshots: Snapshots, unfetched: Unfetched, clock: Clock) -> None:
        self._maker = maker
        self._snapshots = snapshots
        self._unfetched = unfetched
        self._clock = clock

    def __call__(self, progress: Progress, arguments: dict[str, Any], secret: object) -> dict[str, Any]:
        """See `daemon.jobs.Runner`."""
        told = _told(progress)
        if arguments.get("snapshot"):
            made = self._snapshots.add(lambda out, sealed: self._maker.write(out, sealed, told), self._clock.now())
            return {"snapshot": made.name if made else None}
        passphrase = secret if isinstance(secret, str) else None
        ending = ".zip.age" if passphrase else ".zip"
        with self._unfetched.making(ending) as path:
            with new_file(path) as file:
                manifest = self._maker.write(file, passphrase, told)
            size = path.stat().st_size
        name = f"whod-{self._clock.now():%Y%m%dT%H%M%SZ}{ending}"
        return {"file": path.name, "name": name, "size": size, **asdict(manifest.counts)}


class Restoring:
    """Runs restore jobs. `changed` is called when other people are enrolled than before, `done` when one is done."""

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        restorer: Restorer,
        staging: Staging,
        *,
        changed: Callable[[], None],
        done: Callable[[], None],
    ) -> None:
        self._gallery = gallery
        self._events = events
        self._restorer = restorer
        self._staging = staging
        self._changed = changed
        self._done = done
        self.re_embed: Callable[[], Job] | None = None
        """Begins the job that embeds pictures of another model's samples; set when there are jobs."""

    def __call__(self, progress: Progress, arguments: dict[str, Any], secret: object) -> dict[str, Any]:
        """See `daemon.jobs.Runner`. People stand in the lines of the report, from where they can be forgotten."""
        wish = Wish(
            self._staging.path(arguments["staged"]),
            secret if isinstance(secret, str) else None,
            RestoreMode(arguments["mode"]),
            arguments["dry_run"],
        )
        report, renamed, to_embed = self._restorer.restore(wish, _told(progress))
        if report.applied:
            self._changed()
            self._done()
            for person_id in renamed:
                if person := self._gallery.person(person_id):
                    self._events.relabel(person_id, person)
        if to_embed and self.re_embed:
            report = replace(report, re_embed_job=self.re_embed().id)
        for difference in report.differences:
            progress.line(difference.as_json())
        return replace(report, differences=()).as_json()


def restore_report(jobs: JobsApi, job: Job) -> RestoreReport:
    """What came of a restore job that is done. Raises what it failed with."""
    if job.error:
        raise job.error.error()
    if job.result is None:
        raise NoSuchBackup(f"Job {job.id} has restored nothing: it is {job.state}.")
    records = (line.record for line in _all_lines(jobs, job.id))
    differences = tuple(PersonDifference.from_json(record) for record in records if "samples_added" in record)
    return replace(RestoreReport.from_json({**job.result, "differences": []}), differences=differences)


def _all_lines(jobs: JobsApi, job_id: str) -> Iterator[JobLine]:
    last = 0
    while lines := jobs.lines(job_id, last):
        yield from lines
        last = lines[-1].number


def _check(passphrase: str | None) -> None:
    if passphrase == "":
        raise BadPassphrase("The passphrase is empty: give one, or none at all.")


def _told(progress: Progress) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        if done % _STEP == 0:
            progress.check()
            progress.advance(done, total)

    return told
