# SPDX-License-Identifier: Apache-2.0
"""Databases as they were before a migration, for the whod before: what it cannot read becomes again what it was.

The copy of ``gallery.db`` with the schema 2 is ``gallery.db.schema-2`` beside it. It goes after a week, and at once
when somebody is forgotten.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from daemon.clock import Known
from daemon.errors import StorageError
from daemon.storage.files import beside, create_private, discard, put_in_place
from daemon.storage.sentences import as_whod_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from daemon.clock import Clock

_MARK = ".schema-"
_KEPT_S = 7 * 86400.0
"""Who goes back to the whod before does so soon; and what is in the copy was to be kept for a time only."""


def keep(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the database at `path`, of this schema, whole and safe from a power cut.

    Raises StorageError, sqlite3.Error.
    """
    copy = _copy(path, version)
    new = beside(copy)
    discard(new)
    try:
        create_private(new)
        connection.execute("VACUUM INTO ?", (str(new),))
        put_in_place(new, copy)
    finally:
        discard(new)


def drop(path: Path) -> None:
    """Delete the copies of the database at `path`. Raises StorageError."""
    for copy in path.parent.glob(f"{path.name}{_MARK}*"):
        discard(copy)


class Expiry:
    """Deletes the copies in a state folder after a week: by a clock that is set, or of running.

    A clock that is wrong by years takes none away, and where there is never a right one none stays for ever.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._known = Known(clock)

    def turn(self) -> None:
        """To be called now and then. Raises StorageError."""
        copies = {copy.name: copy for copy in self._folder.glob(f"*.db{_MARK}*")}
        self._known.see(copies)
        for name, age_s in self._known.ages_s().items():
            if max(age_s, self._age_s(copies[name])) > _KEPT_S:
                discard(copies[name])

    def _age_s(self, copy: Path) -> float:
        """By its date; 0 where that says nothing, and of one that is gone by now."""
        if not self._clock.synced():
            return 0.0
        with contextlib.suppress(FileNotFoundError):
            return self._clock.now().timestamp() - copy.stat().st_mtime
        return 0.0


def versions(folder: Path) -> dict[str, int]:
    """The schema of each database in the state folder, by the name of its file. Raises StorageError."""
    return {path.name: _version(path) for path in sorted(folder.glob("*.db"))}


def step_back(folder: Path, known: Mapping[str, int]) -> list[str]:
    """Let a whod take over the state folder that knows these schemas; gives the names of the files that changed.

    A database with a later schema becomes again what it was before it got that; as it is now, it is kept in its
    turn, as the copy of its schema. Raises StorageError, and changes nothing, if a copy is missing.
    """
    later = [name for name, version in versions(folder).items() if version > known.get(name, version)]
    for name in later:
        if not _copy(folder / name, known[name]).is_file():
            raise StorageError(
                f"{folder / name} was written by a newer whod, and there is no copy of it from before: stay with the "
                "newer one, or move the file away and restore a backup."
            )
    for name in later:
        path = folder / name
        newer = _copy(path, _version(path))
        _link(path, newer)
        os.utime(newer)  # its week begins now
        put_in_place(_copy(path, known[name]), path)
    return later


def _link(path: Path, other: Path) -> None:
    """Give a file another name as well: there is never none at `path`, which would begin anew."""
    discard(other)
    try:
        other.hardlink_to(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be kept as {other.name} ({error.strerror}): check the disk.") from error


def _copy(path: Path, version: int) -> Path:
    return path.with_name(f"{path.name}{_MARK}{version}")


def _version(path: Path) -> int:
    with _opened(path) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """What a whod that was killed has left in a journal is part of it, and written back."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        if (known := as_whod_error(error, path)) is not None:
            raise known from error
        raise
