# SPDX-License-Identifier: Apache-2.0
"""Restores that are tried first: the backup is kept for some minutes, so that it needs not be sent again."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

from daemon.errors import NoSuchBackup, StorageError
from daemon.types import JobKind, RestoreMode

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.backup import Snapshots
    from daemon.clock import Clock
    from daemon.jobs import Jobs
    from daemon.types import Job

KEPT_S = 15 * 60.0
"""How long a backup is kept after it was last looked at."""


class RehearsalsApi(Protocol):
    """Dry runs of restores, and then the restores."""

    def begin(self, backup: IO[bytes], passphrase: str | None, mode: RestoreMode) -> Job:
        """Begin to find out what restoring a backup would change; it is kept meanwhile, and for `KEPT_S` after."""
        ...

    def begin_kept(self, name: str, passphrase: str | None, mode: RestoreMode) -> Job:
        """The same of a snapshot; without a passphrase by that of `backup.passphrase_file`. Raises NoSuchBackup."""
        ...

    def again(self, job_id: str, mode: RestoreMode, passphrase: str | None = None) -> Job:
        """Look once more at the backup that this job looked at; with a passphrase, by that one.

        Raises NoSuchBackup if it is kept no more.
        """
        ...

    def perform(self, job_id: str, mode: RestoreMode) -> Job:
        """Begin to restore the backup that this job looked at. Raises NoSuchBackup if it is kept no more."""
        ...

    def keeps(self, job_id: str) -> bool:
        """Whether the backup that this job looked at is still kept."""
        ...


@dataclass(slots=True)
class _Kept:
    """The backup that is kept. Its passphrase is in memory alone."""

    path: Path
    passphrase: str | None
    until_s: float
    jobs: set[str] = field(default_factory=set)
    """Ids of those that looked at it."""


class Rehearsals:
    """`RehearsalsApi` in this process; for any thread.

    One backup is kept at a time, since each may be as large as the disk has room: the next one takes its place.
    Every method raises StorageError.
    """

    def __init__(self, jobs: Jobs, snapshots: Snapshots, clock: Clock) -> None:
        self._jobs = jobs
        self._snapshots = snapshots
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def begin(self, backup: IO[bytes], passphrase: str | None, mode: RestoreMode) -> Job:
        """See `RehearsalsApi.begin`."""
        with self._jobs.staging.received(backup, ".zip") as path, self._lock:
            kept = _Kept(path, passphrase, 0.0)
            job = self._submit(kept, mode, dry_run=True)
            self._drop()
            self._kept = kept
        return job

    def begin_kept(self, name: str, passphrase: str | None, mode: RestoreMode) -> Job:
        """See `RehearsalsApi.begin_kept`."""
        with self._snapshots.open(name) as file:
            return self.begin(file, passphrase or self._snapshots.passphrase, mode)

    def again(self, job_id: str, mode: RestoreMode, passphrase: str | None = None) -> Job:
        """See `RehearsalsApi.again`."""
        with self._lock:
            kept = self._find(job_id)
            kept.passphrase = passphrase or kept.passphrase
            return self._submit(kept, mode, dry_run=True)

    def perform(self, job_id: str, mode: RestoreMode) -> Job:
        """See `RehearsalsApi.perform`."""
        with self._lock:
            job = self._submit(self._find(job_id), mode, dry_run=False)
            self._drop()
        return job

    def keeps(self, job_id: str) -> bool:
        """See `RehearsalsApi.keeps`."""
        kept = self._kept
        return kept is not None and job_id in kept.jobs

    def tidy(self) -> None:
        """Delete the backup if its time is over. To be called now and then."""
        with self._lock:
            if self._kept and self._clock.monotonic() >= self._kept.until_s:
                self._drop()

    def forget(self) -> int:
        """Delete the backup at once; gives how many that were."""
        with self._lock:
            there = self._kept is not None
            self._drop()
        return int(there)

    def _find(self, job_id: str) -> _Kept:
        if self._kept is None or job_id not in self._kept.jobs:
            raise NoSuchBackup("This backup is not kept here any more: choose it again.")
        return self._kept

    def _submit(self, kept: _Kept, mode: RestoreMode, *, dry_run: bool) -> Job:
        """Begin a job, which owns its file and deletes it: so it is given a name of its own for the same one."""
        staging = self._jobs.staging
        with staging.making(".zip") as path:
            try:
                path.unlink()
                os.link(kept.path, path)
            except OSError as error:
                raise StorageError(f"{path} cannot be made ({error.strerror}): check the disk.") from error
            arguments = {"staged": path.name, "mode": mode.value, "dry_run": dry_run}
            job = self._jobs.submit(JobKind.RESTORE, arguments, kept.passphrase)
        kept.jobs.add(job.id)
        kept.until_s = self._clock.monotonic() + KEPT_S
        return job

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            self._jobs.staging.remove(kept.path.name)
