# SPDX-License-Identifier: Apache-2.0
"""Pages of backups: take one, look at those that are kept, and restore one after seeing what it would change."""

from datetime import datetime

from flask import Response, url_for

from daemon.clock import from_iso
from daemon.errors import BadPassphrase, NoSuchBackup, NoSuchJob
from daemon.service import restore_report
from daemon.types import Job, JobKind, JobState, RestoreMode, RestoreReport, Scope
from web_admin import limits
from web_admin.backups import sent
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page, refuse
from web_admin.schemas.backups import (
    BackupPath,
    KeptQuery,
    MadePath,
    NewBackupForm,
    RestorePath,
    TryFileForm,
    TryForm,
)

pages = Api("backup_pages", url_prefix=None)


@pages.serve("GET /backup", Scope.ADMIN, HTML)
def show_backups() -> str:
    """What there is, and what can be done."""
    backups = service().backups
    return page("backup/list.html", kept=backups.all(), recovery=backups.recovered(), downloaded_at=_downloaded_at())


@pages.serve("POST /backup/recovery", Scope.ADMIN, HTML)
def accept_recovery() -> Response:
    """Take notice that a damaged gallery was replaced."""
    service().backups.accept()
    return done(url_for("backup_pages.show_backups"), "backup.accepted")


@pages.serve("GET /backup/new", Scope.ADMIN, HTML, confirm=True)
def show_new_backup() -> str:
    """With a passphrase, or without."""
    return page("backup/new.html")


@pages.serve("POST /backup/new", Scope.ADMIN, HTML, (BadPassphrase,), confirm=True)
def make_backup(form: NewBackupForm) -> Response:
    """Begin to make one."""
    if form.passphrase != form.again:
        refuse("backup.differ")
    if bool(form.passphrase) == (form.plain == "1"):
        refuse("backup.choose")
    job = service().backups.make(form.passphrase or None)
    return done(url_for("backup_pages.show_made", made_id=job.id))


@pages.serve("GET /backup/made/<made_id>", Scope.ADMIN, HTML, (NoSuchJob,))
def show_made(path: MadePath) -> str:
    """How far it is; then the file."""
    return page("backup/made.html", job=_job(path.made_id, JobKind.BACKUP))


@pages.serve("POST /backup/made/<made_id>", Scope.ADMIN, HTML, (NoSuchJob, NoSuchBackup), confirm=True)
def get_job_file(path: MadePath) -> Response:
    """The file: once, then it is gone."""
    made = _job(path.made_id, JobKind.BACKUP).result or {}
    return sent(service().backups.fetch(path.made_id), made["name"])


@pages.serve("GET /backup/kept/<name>", Scope.ADMIN, HTML, (NoSuchBackup,), confirm=True)
def show_kept(path: BackupPath) -> str:
    """One of those that the device keeps."""
    return page("backup/kept.html", backup=_kept(path.name))


@pages.serve("POST /backup/kept/<name>", Scope.ADMIN, HTML, (NoSuchBackup,), confirm=True)
def get_backup(path: BackupPath) -> Response:
    """Download it."""
    return sent(service().backups.open(path.name), path.name)


@pages.serve("GET /backup/restore", Scope.ADMIN, HTML, (NoSuchBackup,), confirm=True)
def show_restore(query: KeptQuery) -> str:
    """Choose a file; or how one that is kept is restored."""
    return page("backup/restore.html", backup=_kept(query.name) if query.name else None)


@pages.serve(
    "POST /backup/restore",
    Scope.ADMIN,
    HTML,
    (BadPassphrase,),
    body_bytes=limits.UPLOAD_BYTES,
    confirm=True,
)
def try_backup(form: TryFileForm) -> Response:
    """Begin to find out what a file would change."""
    if not form.backup.filename:
        refuse("backup.no_file")
    begin = service().rehearsals.begin
    return _to(begin(form.backup.stream, form.passphrase or None, RestoreMode(form.mode)))


@pages.serve("POST /backup/kept/<name>/restore", Scope.ADMIN, HTML, (NoSuchBackup, BadPassphrase), confirm=True)
def try_kept_backup(path: BackupPath, form: TryForm) -> Response:
    """Begin to find out what one that is kept would change."""
    return _to(service().rehearsals.begin_kept(path.name, form.passphrase or None, RestoreMode(form.mode)))


@pages.serve("GET /backup/restore/<restore_id>", Scope.ADMIN, HTML, (NoSuchJob,))
def show_restored(path: RestorePath) -> str:
    """What would change, or what has."""
    job = _job(path.restore_id, JobKind.RESTORE)
    report = _report(job)
    return page(
        "backup/restored.html",
        job=job,
        report=report,
        made_at=from_iso(report.made_at) if report and report.made_at else None,
        kept=service().rehearsals.keeps(job.id),
        wrong_passphrase=job.error is not None and job.error.slug == BadPassphrase.slug,
    )


@pages.serve("POST /backup/restore/<restore_id>/again", Scope.ADMIN, HTML, (NoSuchJob, NoSuchBackup), confirm=True)
def try_again(path: RestorePath, form: TryForm) -> Response:
    """Find out what the same file would change in the other way, or with another passphrase."""
    return _to(service().rehearsals.again(path.restore_id, RestoreMode(form.mode), form.passphrase or None))


@pages.serve("POST /backup/restore/<restore_id>", Scope.ADMIN, HTML, (NoSuchJob, NoSuchBackup), confirm=True)
def restore_backup(path: RestorePath) -> Response:
    """Restore what was looked at, in the way that was shown."""
    report = _report(_job(path.restore_id, JobKind.RESTORE))
    if report is None or report.problems:
        refuse("backup.not_shown")
    return _to(service().rehearsals.perform(path.restore_id, report.mode))


def _to(job: Job) -> Response:
    return done(url_for("backup_pages.show_restored", restore_id=job.id))


def _job(job_id: str, kind: JobKind) -> Job:
    job = service().jobs.get(job_id)
    if job.kind is not kind:
        raise NoSuchJob(f"Job {job.id} is no {kind}: look at the list of jobs.")
    return job


def _report(job: Job) -> RestoreReport | None:
    return restore_report(service().jobs, job) if job.state is JobState.DONE else None


def _kept(name: str) -> object:
    found = next((backup for backup in service().backups.all() if backup.name == name), None)
    if found is None:
        raise NoSuchBackup(f'There is no backup "{name}": look at the list of backups.')
    return found


def _downloaded_at() -> datetime | None:
    deed = service().access.last(get_job_file.__name__, get_backup.__name__)
    return deed.at if deed else None
