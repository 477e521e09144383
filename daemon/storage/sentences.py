# SPDX-License-Identifier: Apache-2.0
"""What SQLite says when the world fails, as whod says it."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
from typing import TYPE_CHECKING

from daemon.errors import StorageError
from daemon.storage.schema import damaged

if TYPE_CHECKING:
    from pathlib import Path

_FULL_BYTES = 1024 * 1024
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_LOCKED: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full: free some space and try again.",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable for the user whod runs as.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder is there and may be written.",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk fails: check the SD card and the kernel's log.",
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_REFUSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)


def as_whod_error(error: sqlite3.DatabaseError, path: Path) -> StorageError | None:
    """A sentence for what the world did to the file; None for a fault of our own."""
    if isinstance(error, sqlite3.ProgrammingError):
        return None
    # Text that is not UTF-8 has no code; only damage puts it there.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _DAMAGED:
        return damaged(path)
    if code in _REFUSED and _disk_is_read_only(path):
        return StorageError(
            f"{path} cannot be written, its disk is read-only, as one becomes that fails: "
            "check the SD card and the kernel's log."
        )
    if code == sqlite3.SQLITE_IOERR and _disk_is_full(path):
        code = sqlite3.SQLITE_FULL
    if code == sqlite3.SQLITE_IOERR and _limit_is_near(path):
        return StorageError(
            f"{path} cannot be written, the disk is full for whod, which may make no larger files: "
            "raise that limit (ulimit -f, LimitFSIZE=) and try again."
        )
    return StorageError(f"{path} {_SENTENCES[code]}") if code in _SENTENCES else None


def _disk_is_full(path: Path) -> bool:
    """SQLite does not tell a full disk from a broken one in all that it does."""
    try:
        return shutil.disk_usage(path.parent).free < _FULL_BYTES
    except OSError:
        return False


def _disk_is_read_only(path: Path) -> bool:
    """Asked by a file without a name, which leaves nothing behind; a mount has no flag that tells of an emergency."""
    try:
        os.close(os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return error.errno == errno.EROFS
    return False


def _limit_is_near(path: Path) -> bool:
    """Whether the process may hardly make the file larger."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return limit != resource.RLIM_INFINITY and path.exists() and path.stat().st_size > limit - _FULL_BYTES
