# SPDX-License-Identifier: Apache-2.0
"""What a runner tells of its job, and is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from daemon.errors import JobCancelled, WorldError
from daemon.jobs.store import FORGOTTEN
from daemon.types import Job, JobLine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from daemon.clock import Clock
    from daemon.jobs.store import JobStore, StoredJob

_FLUSH_S = 1.0
"""An SD card takes only so many writes."""
_MAX_WAITING = 1000
"""Lines in memory."""


class Progress:
    """One run of a job; for any thread. What is told is seen at once by readers, and written once a second.

    Every method that tells something raises StorageError if it cannot be written.
    """

    def __init__(self, store: JobStore, stored: StoredJob, clock: Clock, stopping: threading.Event) -> None:
        self._store = store
        self._stored = stored
        self._clock = clock
        self._stopping = stopping
        self._cancelled = False
        self._forgotten: set[str] = set()
        self._lock = threading.RLock()
        self._waiting: list[JobLine] = []
        self.line_count = store.line_count(stored.job.id)
        """How many lines the report has, also from runs before this one: from there it goes on."""
        self._flushed_s = clock.monotonic()

    @property
    def job(self) -> Job:
        """How far it is."""
        return self._stored.job

    @property
    def waiting(self) -> tuple[JobLine, ...]:
        """Lines that are not written yet."""
        return tuple(self._waiting)

    @property
    def so_far(self) -> dict[str, Any] | None:
        """What the result would be if the job ended now; also from runs before this one."""
        return self.job.result

    @so_far.setter
    def so_far(self, result: dict[str, Any]) -> None:
        with self._lock:
            self._stored = self._stored._replace(job=replace(self.job, result=result))

    def advance(self, done: int, total: int | None, note: str = "") -> None:
        """Tell how far it is."""
        with self._lock:
            job = replace(self.job, done=done, total=total, note=note)
            self._stored = self._stored._replace(job=job)
        if self._clock.monotonic() - self._flushed_s >= _FLUSH_S:
            self.flush()

    def line(self, record: dict[str, Any]) -> None:
        """Add a line to the report: JSON. A person in it stands in `person_id` and `name`: so it can be forgotten."""
        with self._lock:
            self.line_count += 1
            record = FORGOTTEN if record.get("person_id") in self._forgotten else record
            self._waiting.append(JobLine(self.line_count, record))
        if len(self._waiting) >= _MAX_WAITING:
            self.flush()

    def together(self) -> AbstractContextManager[object]:
        """A context: what is told in it is written at once."""
        return self._lock

    def check(self) -> None:
        """Raise JobCancelled if nobody wants it any more, WorldError if whod stops. To be called often."""
        if self._cancelled:
            raise JobCancelled("The job was cancelled.")
        if self._stopping.is_set():
            raise WorldError("whod is stopping: try again when it runs.")

    def cancel(self) -> None:
        """Let the next `check` raise; from any thread."""
        self._cancelled = True

    def forget(self, person_id: str) -> None:
        """Take a person out of what is told from now on; from any thread."""
        with self._lock:
            self._forgotten.add(person_id)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            self._store.save(self._stored, self._waiting)
            self._waiting = []
        self._flushed_s = self._clock.monotonic()


Runner = Callable[[Progress, dict[str, Any], object], dict[str, Any]]
"""Does a job: is given its progress, its arguments and its secret, and gives its result, which is JSON."""
