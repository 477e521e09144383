# SPDX-License-Identifier: Apache-2.0
"""The queue of jobs."""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from daemon.errors import JobCancelled, NoSuchJob, WhodError, WorldError
from daemon.jobs.progress import Progress
from daemon.jobs.store import StoredJob
from daemon.types import Job, JobState, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.clock import Clock
    from daemon.jobs.progress import Runner
    from daemon.jobs.staging import Staging
    from daemon.jobs.store import JobStore
    from daemon.types import JobKind, JobLine, Person

log = logging.getLogger(__name__)

KEEP = 50
MAX_AGE = timedelta(days=30)
"""Of jobs that have ended: as many are kept, for so long."""

STAGED = 20
"""Jobs that wait with a file of their own, at most: they are as large as the disk has room."""

LINES = 1000
"""Of a report, that are given at once."""


class Jobs:
    """Jobs, done one at a time, in the order in which they came.

    `work` does them, in a thread of its own, after `recover`. With `alone`, as in a command while no daemon runs,
    each is begun in a thread when it is submitted, and what others left waits for the daemon.

    Every method raises StorageError; those that take an id raise NoSuchJob.
    """

    def __init__(
        self,
        store: JobStore,
        staging: Staging,
        runners: Mapping[JobKind, Runner],
        clock: Clock,
        *,
        alone: bool = False,
    ) -> None:
        self.staging = staging
        self._store = store
        self._runners = runners
        self._clock = clock
        self._alone = alone
        self._changed = threading.Condition()
        self._running: Progress | None = None
        self._secrets: dict[str, object] = {}
        self._stopping = threading.Event()
        self._broken: BaseException | None = None
        self.staging.clean(set().union(*(stored.files for stored in store.all())))
        if alone:
            self.recover()

    def submit(
        self, kind: JobKind, arguments: dict[str, Any], secret: object = None, *, resumes: bool = False
    ) -> Job:
        """Add a job to the queue.

        Args:
            kind: what is to be done.
            arguments: for its runner; JSON. A file in staging that it owns is named in `staged`, and deleted when
                the job has ended; one that it made is named in `file` of its result, and kept as long as the job.
            secret: for its runner; never written.
            resumes: whether it goes on where it was, or begins again, after a restart; otherwise it has failed.

        Raises WorldError for one more with `staged` than may wait.
        """
        job_id = secrets.token_hex(4)
        stored = StoredJob(Job(job_id, kind, JobState.QUEUED, self._clock.now()), arguments, resumes)
        with self._changed:
            if "staged" in arguments:
                self._refuse_crowd()
            self._store.save(stored)
            self._secrets[job_id] = secret
            self._changed.notify_all()
        if self._alone:
            threading.Thread(target=self._run_alone, args=(stored,), name=f"job {kind}", daemon=True).start()
        return stored.job

    @property
    def busy(self) -> bool:
        """Whether one is being done."""
        return self._running is not None

    def get(self, job_id: str) -> Job:
        """A job as it is now. Raises what went wrong in the thread that does it `alone`."""
        if self._broken:
            raise self._broken
        running = self._running
        if running and running.job.id == job_id:
            return running.job
        return self._find(job_id).job

    def all(self) -> list[Job]:
        """All jobs that are kept, newest first."""
        running = self._running
        return [running.job if running and running.job.id == job.id else job for job, *_ in self._store.all()]

    def lines(self, job_id: str, after: int = 0, *, problems: bool = False) -> list[JobLine]:
        """The next lines of a job's report behind line number `after`, at most `LINES`; all, or the `problems`."""
        running = self._running
        waiting = running.waiting if running and running.job.id == job_id else ()
        written = self._store.lines(job_id, after, LINES, problems=problems)
        if not written:
            self.get(job_id)
        last = written[-1].number if written else after
        more = [
            line for line in waiting if line.number > last and not (problems and line.record.get("reason") is None)
        ]
        return written + more[: LINES - len(written)]

    def forget(self, person: Person) -> None:
        """Take a person out of all reports."""
        if running := self._running:
            running.forget(person.id)
        self._store.forget(person)

    def end_all(self, timeout_s: float) -> None:
        """End all jobs, which might bring somebody back, and forget them. Raises WorldError if one goes on."""
        for job in self.all():
            self.cancel(job.id)
        for job in self.all():
            if not self.wait(job.id, timeout_s).state.ended:
                raise WorldError("A job could not be ended: wait until it has, then try again.")
        self._remove(self._store.prune(0, None))

    def cancel(self, job_id: str) -> Job:
        """End a job: one that waits at once, one that runs soon. One that has ended stays as it is."""
        with self._changed:
            running = self._running
            if running and running.job.id == job_id:
                running.cancel()
                return running.job
            stored = self._find(job_id)
            if stored.job.state.ended:
                return stored.job
            cancelled = replace(stored.job, state=JobState.CANCELLED, ended_at=self._clock.now())
            self._close(stored, cancelled)
            return cancelled

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """A job as it is when it has ended, or when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.get(job_id).state.ended, timeout_s)
            return self.get(job_id)

    def work(self, timeout_s: float) -> bool:
        """Do the next job, if one comes in time; gives whether one did. Raises what is a bug of its runner."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping.is_set() or self._next(), timeout_s)
            stored = None if self._stopping.is_set() else self._next()
        if stored:
            self._run(stored)
        return stored is not None

    def stop(self) -> None:
        """Let the job that runs end soon, to go on after the next start if it can."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()

    def _run_alone(self, stored: StoredJob) -> None:
        """In a thread that nobody watches: what goes wrong is raised where somebody looks."""
        try:
            self._run(stored)
        except BaseException as error:  # noqa: BLE001
            self._break(error)

    def _break(self, error: BaseException) -> None:
        with self._changed:
            self._broken = error
            self._changed.notify_all()

    def _run(self, stored: StoredJob) -> None:
        progress = self._begin(stored)
        if progress is None:
            return
        ended: dict[str, Any] = {}
        try:
            result = self._runners[stored.job.kind](progress, stored.arguments, self._secrets.get(stored.job.id))
            ended = {"state": JobState.DONE, "result": result}
        except JobCancelled:
            ended = {"state": JobState.CANCELLED}
        except WhodError as error:
            if not (self._stopping.is_set() and stored.resumes):
                ended = {"state": JobState.FAILED, "error": Problem.of(error)}
        except BaseException as error:
            sentence = f"whod met a fault of its own ({type(error).__name__}); its log has the details."
            ended = {"state": JobState.FAILED, "error": Problem(WhodError.slug, sentence)}
            if self._alone:
                self._break(error)
            raise
        finally:
            self._end(stored, progress, ended)

    def _begin(self, stored: StoredJob) -> Progress | None:
        """The progress of a job that begins now; None if it was cancelled meanwhile."""
        with self._changed:
            if self._alone:
                self._changed.wait_for(lambda: self._running is None)
            if self._find(stored.job.id).job.state.ended:
                return None
            job = replace(stored.job, state=JobState.RUNNING, started_at=stored.job.started_at or self._clock.now())
            progress = Progress(self._store, stored._replace(job=job), self._clock, self._stopping)
            progress.flush()
            self._running = progress
            self._changed.notify_all()
        log.info("job %s (%s) begins", job.id, job.kind)
        return progress

    def _end(self, stored: StoredJob, progress: Progress, ended: Mapping[str, Any]) -> None:
        """Write how it ended; without a word on that, it goes on after the next start."""
        with self._changed:
            try:
                progress.flush()
                if ended:
                    job = replace(progress.job, ended_at=self._clock.now(), note="", **ended)
                    self._close(stored, job)
                    log.info("job %s (%s) is %s", job.id, job.kind, job.state)
            finally:
                self._running = None
                self._changed.notify_all()
        self._prune()

    def _close(self, stored: StoredJob, job: Job) -> None:
        self._secrets.pop(job.id, None)
        self._store.save(stored._replace(job=job))
        if name := stored.arguments.get("staged"):
            self.staging.remove(name)
        self._changed.notify_all()

    def _next(self) -> StoredJob | None:
        """The oldest that waits."""
        queued = [stored for stored in self._store.all() if stored.job.state is JobState.QUEUED]
        return queued[-1] if queued else None

    def _refuse_crowd(self) -> None:
        waiting = [each for each in self._store.all() if each.files and not each.job.state.ended]
        if len(waiting) >= STAGED:
            raise WorldError(f"{STAGED} files wait to be imported or restored already: try again when some are done.")

    def _find(self, job_id: str) -> StoredJob:
        if (stored := self._store.get(job_id)) is None:
            raise NoSuchJob(f"There is no job {job_id}: look at the list of jobs.")
        return stored

    def recover(self) -> None:
        """Make the states of jobs true while none runs: after a process that was killed, or a disk that was full."""
        now = self._clock.now()
        for stored in self._store.all():
            if stored.job.state.ended:
                continue
            if stored.resumes:
                self._store.save(stored._replace(job=replace(stored.job, state=JobState.QUEUED)))
                continue
            problem = Problem(WorldError.slug, "The job was broken off before it was done: start it again.")
            job = replace(stored.job, state=JobState.FAILED, error=problem, ended_at=now)
            with self._changed:
                self._close(stored, job)
        self._prune()

    def _prune(self) -> None:
        before = self._clock.now() - MAX_AGE if self._clock.synced() else None
        self._remove(self._store.prune(KEEP, before))

    def _remove(self, jobs: Iterable[StoredJob]) -> None:
        """The files of jobs that are kept no longer."""
        for stored in jobs:
            for name in stored.files:
                self.staging.remove(name)
