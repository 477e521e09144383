# SPDX-License-Identifier: Apache-2.0
"""Commands about backups."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import click

from daemon.cli.backup_text import tell
from daemon.cli.files import PATH
from daemon.errors import BadBackup, BadPassphrase, NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daemon.cli.context import Context
    from daemon.service import PeopleApi
    from daemon.types import Job, RestoreMode, RestoreReport

_STDOUT = Path("-")
_COPY_BYTES = 1_000_000
_LONGEST_PASSPHRASE = 4096


def _with_passphrase(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the two ways to give a passphrase; on the command line others would see it."""
    prompt = click.option("--passphrase-prompt", is_flag=True, help="Ask for the passphrase on the terminal.")
    file = click.option("--passphrase-file", type=PATH, help="The passphrase is the first line of this file.")
    return file(prompt(command))


@click.command()
@click.argument("file", type=PATH)
@_with_passphrase
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def backup(
    context: Context, file: Path, passphrase_file: Path | None, *, passphrase_prompt: bool, force: bool
) -> None:
    """Write all people, samples, groups and settings into one FILE ("-": to stdout); encrypted with a passphrase."""
    if file.exists() and not file.is_file():
        raise NoSuchPath(f"{file} is no file: name one.")
    if file != _STDOUT and not force and file.exists():
        raise NoSuchPath(f"{file} is there already: name another file, or write over it with --force.")
    passphrase = _passphrase(passphrase_file, prompt=passphrase_prompt, twice=True)
    with context.people() as api:
        job = _done(api, api.backups.make(passphrase))
        with api.backups.fetch(job.id) as made, _out(file) as out:
            shutil.copyfileobj(made, out, _COPY_BYTES)
    counts = job.result or {}
    sealed = "encrypted" if passphrase else "not encrypted: keep it where nobody else can read it"
    click.echo(
        f"{file}: {counts['people']} people, {counts['samples']} samples, {counts['pictures']} pictures; {sealed}.",
        err=True,
    )


@click.command()
@click.argument("file", type=PATH)
@_with_passphrase
@click.option("--dry-run", is_flag=True, help="Only tell what would change, and all that is wrong with the file.")
@click.option("--merge", is_flag=True, help="Add what is in the file to those who are here; nothing goes.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def restore(
    context: Context,
    file: Path,
    passphrase_file: Path | None,
    *,
    passphrase_prompt: bool,
    dry_run: bool,
    merge: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put the people of a backup in the place of those here. FILE may be a name that `whod backups` tells."""
    from daemon.types import RestoreMode  # noqa: PLC0415

    passphrase = _passphrase(passphrase_file, prompt=passphrase_prompt)
    mode = RestoreMode.MERGE if merge else RestoreMode.REPLACE
    with context.people() as api, _backup(api, file) as data:
        ask = not (yes or dry_run)
        if ask:
            if not sys.stdin.isatty():
                raise BadBackup("What is restored stays: look with --dry-run first, then say --yes.")
            tell(_restored(api, data, passphrase, mode, dry_run=True))
            click.confirm("Restore it?", abort=True, err=True)
            data.seek(0)
        report = _restored(api, data, passphrase, mode, dry_run=dry_run)
        if report.re_embed_job:
            click.echo("The pictures of another model are embedded again.", err=True)
            _done(api, api.jobs.get(report.re_embed_job))
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    elif not ask:
        tell(report)
    if report.applied:
        click.echo("The backup is restored.", err=True)
    elif report.problems:
        raise BadBackup("This backup cannot be restored: take another one.")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--accept", is_flag=True, help="Take notice that a damaged gallery was replaced by a backup.")
@click.pass_obj
def backups(context: Context, *, as_json: bool, accept: bool) -> None:
    """List the backups that are kept on this device, the newest first."""
    with context.people() as api:
        if accept:
            api.backups.accept()
        found, recovery = api.backups.all(), api.backups.recovered()
    if as_json:
        click.echo(json.dumps([file.as_json() for file in found], indent=1))
    else:
        for file in found:
            sealed = "  encrypted" if file.encrypted else ""
            click.echo(f"{file.name:<40} {file.made_at.astimezone():%Y-%m-%d %H:%M} {file.size:>12,} bytes{sealed}")
    if recovery:
        click.echo(
            f"whod: The gallery was damaged, and is as it was in {recovery.snapshot}: see who is missing, then "
            "take notice with --accept.",
            err=True,
        )
    elif not found:
        click.echo("No backup is kept yet: the daemon makes one a day, when something has changed.", err=True)


def _restored(
    api: PeopleApi, data: BinaryIO, passphrase: str | None, mode: RestoreMode, *, dry_run: bool
) -> RestoreReport:
    from daemon.service import restore_report  # noqa: PLC0415

    return restore_report(api.jobs, _done(api, api.backups.restore(data, passphrase, mode, dry_run=dry_run)))


def _done(api: PeopleApi, job: Job) -> Job:
    """The job when it has ended. Raises what it failed with."""
    from daemon.cli.following import follow  # noqa: PLC0415

    return follow(api.jobs, job, lambda _: None)


@contextlib.contextmanager
def _backup(api: PeopleApi, file: Path) -> Iterator[BinaryIO]:
    """A file, or a backup that is kept on the device."""
    if file.exists():
        with _readable(file) as data:
            yield data
        return
    if file.name != str(file) or file.name not in [kept.name for kept in api.backups.all()]:
        raise NoSuchPath(f"There is no file {file}, and no backup of this name (whod backups).")
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryFile() as copy, api.backups.open(file.name) as kept:
        shutil.copyfileobj(kept, copy, _COPY_BYTES)
        copy.seek(0)
        yield copy


@contextlib.contextmanager
def _readable(file: Path) -> Iterator[BinaryIO]:
    try:
        data = file.open("rb")
    except OSError as error:
        raise NoSuchPath(f"{file} cannot be read: {error.strerror}.") from error
    with data:
        yield data


@contextlib.contextmanager
def _out(file: Path) -> Iterator[IO[bytes]]:
    """Where the backup goes: whole, with mode 0600, or nowhere."""
    from daemon.backup import new_file  # noqa: PLC0415

    if file == _STDOUT:
        yield sys.stdout.buffer
        return
    with new_file(file) as out:
        yield out


def _passphrase(file: Path | None, *, prompt: bool, twice: bool = False) -> str | None:
    if file and prompt:
        raise BadPassphrase("Give the passphrase in a file or on the terminal, not both.")
    if prompt:
        typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True)
        return typed
    if file is None:
        return None
    try:
        with file.open("rb") as lines:
            line = lines.readline(_LONGEST_PASSPHRASE).decode()
    except OSError as error:
        raise NoSuchPath(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadPassphrase(f"{file} is not UTF-8 text: write the passphrase into it anew.") from error
    return line.rstrip("\r\n")
