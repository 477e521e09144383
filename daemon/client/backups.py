# SPDX-License-Identifier: Apache-2.0
"""The backups of a whod that runs."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from daemon.client.answers import read_answer
from daemon.client.asking import Asking
from daemon.client.connection import Download
from daemon.client.form import FileForm, encoded
from daemon.types import BackupFile, Job, Recovery, RestoreMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ASYNC = {"Prefer": "respond-async"}


class RemoteBackups(Asking):
    """`daemon.service.BackupsApi`, answered by the daemon. For what is raised see `RemotePeople`."""

    def make(self, passphrase: str | None = None) -> Job:
        """See `BackupsApi.make`."""
        body = {} if passphrase is None else {"passphrase": passphrase}
        return self._ask("POST", "/backup", Job.from_json, body, _ASYNC)

    def fetch(self, job_id: str) -> BinaryIO:
        """See `BackupsApi.fetch`."""
        return self._open(f"/jobs/{quote(encoded(job_id), safe='')}/file")

    def restore(
        self,
        backup: IO[bytes],
        passphrase: str | None = None,
        mode: RestoreMode = RestoreMode.REPLACE,
        *,
        dry_run: bool = False,
    ) -> Job:
        """See `BackupsApi.restore`."""
        fields = {"mode": mode.value, "dry_run": str(int(dry_run))}
        if passphrase is not None:
            fields["passphrase"] = passphrase
        return self._ask("POST", "/restore", Job.from_json, FileForm.of(fields, "backup", backup), _ASYNC)

    def all(self) -> list[BackupFile]:
        """See `BackupsApi.all`."""
        return self._ask("GET", "/backups", _files)

    def open(self, name: str) -> BinaryIO:
        """See `BackupsApi.open`."""
        return self._open(f"/backups/{quote(encoded(name), safe='')}")

    def recovered(self) -> Recovery | None:
        """See `BackupsApi.recovered`."""
        return self._ask("GET", "/recovery", _recovery)

    def accept(self) -> None:
        """See `BackupsApi.accept`."""
        self._ask("DELETE", "/recovery", _recovery)

    def _open(self, place: str) -> BinaryIO:
        body = io.BufferedReader(Download(self._path, f"/api/v1{place}"))
        status = body.raw.status
        if status >= HTTPStatus.BAD_REQUEST:
            with body:
                read_answer(status, body.read(), bytes)
        return body


def _files(records: Sequence[Mapping[str, Any]]) -> list[BackupFile]:
    return [BackupFile.from_json(record) for record in records]


def _recovery(record: Mapping[str, Any]) -> Recovery | None:
    found = record["recovery"]
    return Recovery.from_json(found) if found else None
