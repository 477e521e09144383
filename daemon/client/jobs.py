# SPDX-License-Identifier: Apache-2.0
"""The long work of a whod that runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from daemon.client.asking import Asking
from daemon.client.form import Upload, encoded
from daemon.types import Job, JobLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from daemon.errors import InputError
    from daemon.service.sources import Item, Source

_TURN_S = 0.2


class RemoteJobs(Asking):
    """`daemon.service.JobsApi`, answered by the daemon. For what is raised see `RemotePeople`."""

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self._paths: dict[str, dict[str, str]] = {}
        """Of jobs whose archives were packed here: what their entries are called by the owner."""

    def all(self) -> list[Job]:
        """See `JobsApi.all`."""
        return self._ask("GET", "/jobs", _jobs)

    def get(self, job_id: str) -> Job:
        """See `JobsApi.get`."""
        return self._ask("GET", _place(job_id), Job.from_json)

    def lines(self, job_id: str, after: int = 0, *, problems: bool = False) -> list[JobLine]:
        """See `JobsApi.lines`."""
        found = self._ask(
            "GET", f"{_place(job_id)}/lines?{urlencode({'after': after, 'problems': int(problems)})}", _lines
        )
        paths = self._paths.get(job_id)
        return [_renamed(line, paths) for line in found] if paths else found

    def cancel(self, job_id: str) -> Job:
        """See `JobsApi.cancel`."""
        return self._ask("DELETE", _place(job_id), Job.from_json)

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """See `JobsApi.wait`."""
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            job = self.get(job_id)
            if job.state.ended or (end_s is not None and time.monotonic() >= end_s):
                return job
            time.sleep(_TURN_S)

    def import_zip(self, archive: IO[bytes], *, force: bool = False) -> Job:
        """See `JobsApi.import_zip`."""
        upload = Upload(archive, "application/zip")
        return self._ask("POST", f"/imports?{urlencode({'force': int(force)})}", Job.from_json, upload)

    def import_pictures(
        self, source: Source, refused: Callable[[dict[str, Any]], None], *, force: bool = False
    ) -> Iterator[Job]:
        """See `JobsApi.import_pictures`: the pictures are sent in archives, scaled down where they are large."""
        from daemon.client.packing import parts  # noqa: PLC0415  # it needs OpenCV, which takes long to load

        def refuse(item: Item, error: InputError) -> None:
            record = {"path": item.path, "name": item.name, "person_id": None, "change": "refused"}
            refused({**record, "reason": error.slug, "detail": str(error)})

        for part in parts(source, refuse):
            job = self.import_zip(part.archive, force=force)
            self._paths[job.id] = part.paths
            yield job
            self.wait(job.id)

    def train(self, person: str | None = None, prototypes: int | None = None) -> Job:
        """See `JobsApi.train`."""
        return self._ask("POST", "/train", Job.from_json, {"person": person, "prototypes": prototypes})

    def re_embed(self) -> Job:
        """See `JobsApi.re_embed`."""
        return self._ask("POST", "/train", Job.from_json, {"re_embed": True})


def _place(job_id: str) -> str:
    return f"/jobs/{quote(encoded(job_id), safe='')}"


def _jobs(records: Sequence[dict[str, Any]]) -> list[Job]:
    return [Job.from_json(record) for record in records]


def _lines(records: Sequence[dict[str, Any]]) -> list[JobLine]:
    return [JobLine.from_json(record) for record in records]


def _renamed(line: JobLine, paths: dict[str, str]) -> JobLine:
    """A line that tells of a picture by the name that its owner has for it."""
    record = line.record
    entry, detail = record["path"], record["detail"]
    if entry not in paths:
        return line
    path = paths[entry]
    return line._replace(record={**record, "path": path, "detail": detail and detail.replace(entry, path)})
