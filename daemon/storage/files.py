# SPDX-License-Identifier: Apache-2.0
"""The files of databases: made, replaced, set aside and deleted so that a power cut leaves the one or the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from daemon.errors import StorageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_JOURNALS = ("-wal", "-shm", "-journal")


def beside(path: Path) -> Path:
    """Where a file is made that is to take the place of the one at `path`."""
    return path.with_name(f"{path.name}.new")


def is_missing(path: Path) -> bool:
    """Whether no file is there; not so if that cannot be told, as to open it will say why."""
    try:
        path.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return False


def create_private(path: Path) -> None:
    """Make the file, unless it is there, with mode 0600: SQLite would with the umask's; journals take the file's.

    Links are refused, and as journals taken away: in the service's folder, they could lead root anywhere.
    """
    try:
        for journal in _journals(path):
            if journal.is_symlink():
                journal.unlink()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened ({error.strerror}): "
            "check that its folder is there and writable for the user whod runs as."
        ) from error


def put_in_place(other: Path, path: Path) -> None:
    """Rename a file, and see that a power cut does not undo it."""
    try:
        _sync(other)
        # What was deleted must not come back beside the new file: a journal would be played into it.
        _sync(path.parent)
        other.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be replaced ({error.strerror}): check the disk and try again.") from error


def set_aside(path: Path, now: datetime) -> Path:
    """Give a damaged file another name, which is returned."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    try:
        path.replace(aside)
    except OSError as error:
        raise StorageError(
            f"{path} is damaged and cannot be set aside ({error.strerror}): check the disk and try again."
        ) from error
    discard(path)
    return aside


def discard(path: Path) -> None:
    """Delete the file of a database that nobody has open, if it is there, with its journals."""
    try:
        for name in (path, *_journals(path)):
            name.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} cannot be deleted ({error.strerror}): check the disk and try again.") from error


def _journals(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _JOURNALS]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
