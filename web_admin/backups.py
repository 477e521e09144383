# SPDX-License-Identifier: Apache-2.0
"""Backups: `/api/v1/backup`, `/api/v1/restore`, `/api/v1/backups`, `/api/v1/recovery`."""

import contextlib
import io
import threading
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import BinaryIO

from flask import Response, jsonify, request
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wsgi import wrap_file

from daemon.errors import BadBackup, BadPassphrase, JobCancelled, NoSuchBackup, NoSuchJob
from daemon.service import restore_report
from daemon.types import Job, JobState, RestoreMode, Scope
from web_admin import limits
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.jobs import begun
from web_admin.paging import page_of
from web_admin.schemas.backups import (
    BackupBody,
    BackupList,
    BackupPath,
    PreferHeader,
    RecoveryRecord,
    RestoreForm,
    RestoreRecord,
)
from web_admin.schemas.common import PageQuery
from web_admin.schemas.jobs import JobPath, JobRecord

api = Api("backups", "The people in one file, and back.")

_FILE = Media("application/octet-stream")
_WAITERS = threading.BoundedSemaphore(limits.WAITERS)


@api.serve(
    "POST /backup",
    Scope.ADMIN,
    {200: _FILE, 202: JobRecord},
    (BadPassphrase, JobCancelled, NoSuchBackup),
    confirm=True,
)
def make_backup(header: PreferHeader, body: BackupBody) -> Response | tuple[Response, HTTPStatus]:
    """Make a backup, encrypted if there is a passphrase: a zip, or an age file of one."""
    backups = service().backups
    if _asynchronous(header):
        return begun(backups.make(body.passphrase))
    with _waiter():
        job = _ended(backups.make(body.passphrase))
    return sent(service().backups.fetch(job.id), (job.result or {})["name"])


@api.serve("GET /jobs/<job_id>/file", Scope.ADMIN, _FILE, (NoSuchJob, NoSuchBackup), confirm=True)
def get_job_file(path: JobPath) -> Response:
    """What a backup job has made: once, then it is gone."""
    made = service().jobs.get(path.job_id).result or {}
    if request.method == "HEAD" and "file" in made:
        return Response(mimetype=_FILE.mimetype)  # only asked about: it stays
    return sent(service().backups.fetch(path.job_id), made["name"])


@api.serve(
    "POST /restore",
    Scope.ADMIN,
    {200: RestoreRecord, 202: JobRecord},
    (BadBackup, BadPassphrase, JobCancelled),
    body_bytes=limits.UPLOAD_BYTES,
    confirm=True,
)
def restore_backup(header: PreferHeader, form: RestoreForm) -> Response | tuple[Response, HTTPStatus]:
    """Restore a backup, whole or not at all; a dry run only tells what would change, and all that is wrong."""
    asked = (form.backup.stream, form.passphrase, RestoreMode(form.mode))
    restore = partial(service().backups.restore, *asked, dry_run=form.dry_run == "1")
    if _asynchronous(header):
        return begun(restore())
    with _waiter():
        return jsonify(restore_report(service().jobs, _ended(restore())).as_json())


@api.serve("GET /backups", Scope.ADMIN, BackupList)
def list_backups(query: PageQuery) -> Response:
    """The backups that are kept on the device, newest first."""
    return page_of(service().backups.all(), query, lambda backup: backup.name)


@api.serve("GET /backups/<name>", Scope.ADMIN, _FILE, (NoSuchBackup,), confirm=True)
def get_backup(path: BackupPath) -> Response:
    """One of these, as it is."""
    return sent(service().backups.open(path.name), path.name)


@api.serve("GET /recovery", Scope.READ, RecoveryRecord)
def get_recovery() -> Response:
    """Whether a damaged gallery was replaced by a backup, and nobody has taken notice yet."""
    return _recovery()


@api.serve("DELETE /recovery", Scope.ADMIN, RecoveryRecord)
def accept_recovery() -> Response:
    """Take notice of that: it is no trouble any more."""
    service().backups.accept()
    return _recovery()


def _recovery() -> Response:
    recovery = service().backups.recovered()
    return jsonify({"recovery": recovery.as_json() if recovery else None})


def _asynchronous(header: PreferHeader) -> bool:
    return "respond-async" in (header.prefer or "").lower()


@contextlib.contextmanager
def _waiter() -> Iterator[None]:
    """For as long as a job is waited for: of too many there would be no thread left for anybody else."""
    if not _WAITERS.acquire(blocking=False):
        raise ServiceUnavailable(
            f"{limits.WAITERS} wait for the end of a job already: send the header Prefer: respond-async, and look at "
            "the job; or try again later.",
            retry_after=limits.RETRY_S,
        )
    try:
        yield
    finally:
        _WAITERS.release()


def _ended(job: Job) -> Job:
    job = service().jobs.wait(job.id)
    if job.error:
        raise job.error.error()
    if job.state is JobState.CANCELLED:
        raise JobCancelled("The job was cancelled: nothing has changed.")
    return job


def sent(file: BinaryIO, name: str) -> Response:
    """A file as the answer."""
    response = Response(wrap_file(request.environ, file), mimetype=_FILE.mimetype, direct_passthrough=True)
    response.content_length = file.seek(0, io.SEEK_END)
    file.seek(0)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
