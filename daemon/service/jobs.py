# SPDX-License-Identifier: Apache-2.0
"""Long work: what is under way, and what can be begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.errors import InputError
from daemon.service.sources import ZipSource
from daemon.types import JobKind, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

    from daemon.gallery import Gallery
    from daemon.jobs import Jobs
    from daemon.service.sources import Source
    from daemon.types import Job, JobLine

MAX_PROTOTYPES = 1000
"""Of a person, that can be asked for."""


class JobsApi(Protocol):
    """Everything about jobs; see `PeopleApi`. Raises NoSuchJob where an id is asked for."""

    def all(self) -> list[Job]:
        """All jobs that are kept, newest first."""
        ...

    def get(self, job_id: str) -> Job:
        """A job as it is now."""
        ...

    def lines(self, job_id: str, after: int = 0, *, problems: bool = False) -> list[JobLine]:
        """The next lines of a job's report behind line number `after`, at most 1000; all, or those with a reason."""
        ...

    def cancel(self, job_id: str) -> Job:
        """End a job, soon; what it has done stays. One that has ended stays as it is."""
        ...

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """A job as it is when it has ended, or when the time is over."""
        ...

    def import_zip(self, archive: IO[bytes], *, force: bool = False) -> Job:
        """Enrol from an archive with a folder for each person. Raises BadArchive."""
        ...

    def import_pictures(
        self, source: Source, refused: Callable[[dict[str, Any]], None], *, force: bool = False
    ) -> Iterator[Job]:
        """Enrol from the owner's own folders: the jobs that do it, each begun when the one before has ended.

        `refused` is told the line of each picture that cannot be sent to them.
        """
        ...

    def train(self, person: str | None = None, prototypes: int | None = None) -> Job:
        """Choose anew which samples of a person, or of all, are searched, and measure. Raises NoSuchPerson."""
        ...

    def re_embed(self) -> Job:
        """Embed the pictures that are kept with samples of another model."""
        ...


class LongWork:
    """`JobsApi` over the jobs of this process."""

    def __init__(self, jobs: Jobs, gallery: Gallery) -> None:
        self._jobs = jobs
        self._gallery = gallery
        self.all, self.get, self.lines = jobs.all, jobs.get, jobs.lines
        self.cancel, self.wait, self.forget, self.end_all = jobs.cancel, jobs.wait, jobs.forget, jobs.end_all

    def import_zip(self, archive: IO[bytes], *, force: bool = False) -> Job:
        """See `JobsApi.import_zip`."""
        with self._jobs.staging.received(archive, ".zip") as path:
            with ZipSource(path):  # what is hostile is refused before anything is begun
                pass
            return self._jobs.submit(JobKind.IMPORT, {"staged": path.name, "force": force}, resumes=True)

    def import_pictures(
        self, source: Source, refused: Callable[[dict[str, Any]], None], *, force: bool = False
    ) -> Iterator[Job]:
        """See `JobsApi.import_pictures`: one job, which reads the folder where it is."""
        del refused
        yield self._jobs.submit(JobKind.IMPORT, {"force": force}, source)

    def train(self, person: str | None = None, prototypes: int | None = None) -> Job:
        """See `JobsApi.train`."""
        if prototypes is not None and not 1 <= prototypes <= MAX_PROTOTYPES:
            raise InputError(f"A person can have from 1 to {MAX_PROTOTYPES} prototypes: name such a number.")
        person_id = None if person is None else self._gallery.find(person).id
        return self._jobs.submit(JobKind.TRAIN, {"person": person_id, "prototypes": prototypes}, resumes=True)

    def re_embed(self) -> Job:
        """See `JobsApi.re_embed`."""
        return self._jobs.submit(JobKind.RE_EMBED, {}, resumes=True)

    def re_embed_if_needed(self) -> None:
        """Begin to embed pictures of another model, unless that is under way, or did not help before."""
        left = [each for each in self._gallery.foreign() if each.has_picture]
        past = [job for job in self._jobs.all() if job.kind is JobKind.RE_EMBED]
        under_way = any(not job.state.ended for job in past)
        tried = {"model_id": self._gallery.model_id, "no_face": len(left)}
        helpless = any(job.state is JobState.DONE and (job.result or {}).items() >= tried.items() for job in past)
        if left and not under_way and not helpless:
            self.re_embed()
