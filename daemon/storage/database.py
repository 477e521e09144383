# SPDX-License-Identifier: Apache-2.0
"""SQLite with whod's durability, migrations and errors.

One connection a file, behind a lock: whod's databases are small and written seldom, so a second connection would
buy nothing, and two writers have lost data with SQLite before 3.51.3.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from enum import Enum
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageCorrupt, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

Row = tuple[Any, ...]

_BUSY_MS = 5000


class Durability(Enum):
    """What a power cut may take. Figures of a power-cut model stand in docs/architecture.md."""

    PRECIOUS = ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON")
    """Nothing that was committed."""
    DISPOSABLE = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=256")
    """The last transactions; a damaged file is set aside and begun again."""


class Transaction:
    """Statements that are all kept or none; given by `Database.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; gives the number of rows that it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run an INSERT; gives the rowid."""
        rowid = self._connection.execute(sql, parameters).lastrowid
        if rowid is None:
            raise AssertionError(f"not an INSERT: {sql}")
        return rowid

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a SELECT."""
        return self._connection.execute(sql, parameters).fetchall()


class Database:
    """One SQLite file, its schema brought up to date by `migrations`.

    A migration is a script; the n-th brings `user_version` from n-1 to n, in one transaction. Raises StorageError
    or StorageCorrupt, here and in each method, with a sentence that names the file.
    """

    def __init__(self, path: Path, durability: Durability, migrations: Sequence[str]) -> None:
        self.path = path
        self._lock = threading.RLock()
        with self._translated():
            _create_private(path)
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
            )
        try:
            with self._translated():
                for pragma in (*durability.value, "foreign_keys=ON"):
                    self._connection.execute(f"PRAGMA {pragma}")
                self._check()
                self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: committed, and on disk as `durability` says, when the block ends without error."""
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a SELECT."""
        with self._lock, self._translated():
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the file; a WAL is written back."""
        with self._lock, self._translated():
            self._connection.close()

    def _check(self) -> None:
        problems = self._connection.execute("PRAGMA quick_check(1)").fetchall()
        if problems != [("ok",)]:
            raise sqlite3.DatabaseError("database disk image is malformed")

    def _migrate(self, migrations: Sequence[str]) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations):
            raise StorageError(
                f"{self.path} was written by a newer whod (schema {version}, this one knows {len(migrations)}): "
                "update whod."
            )
        for number, script in enumerate(migrations[version:], start=version + 1):
            # executescript() commits whatever is open first, so the transaction is part of the script.
            try:
                self._connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _as_whod_error(error, self.path) from error
        except OSError as error:
            if isinstance(error, StorageError):
                raise
            raise StorageError(f"{self.path} cannot be opened: {error.strerror}.") from error


def open_precious(path: Path, migrations: Sequence[str]) -> Database:
    """A database that is never given up: a damaged one is left as it is and refused with StorageCorrupt."""
    return Database(path, Durability.PRECIOUS, migrations)


def open_disposable(path: Path, migrations: Sequence[str], now: datetime) -> tuple[Database, Path | None]:
    """A database that may be lost: a damaged file is set aside and a new one begun.

    Gives the database and, where that happened, the path of the file that was set aside.
    """
    try:
        return Database(path, Durability.DISPOSABLE, migrations), None
    except StorageCorrupt:
        aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
        path.replace(aside)
        for suffix in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return Database(path, Durability.DISPOSABLE, migrations), aside


def _create_private(path: Path) -> None:
    """Make the file with mode 0600 before SQLite does with the umask's; its journals take the file's mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_LOCKED: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full: free some space and try again.",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable for the user whod runs as.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder is there and may be written.",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk fails: check the SD card and the kernel's log.",
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _as_whod_error(error: sqlite3.DatabaseError, path: Path) -> Exception:
    """A sentence for what the world did to the file; a fault of our own SQL stays as it is."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _DAMAGED:
        return StorageCorrupt(
            f"{path} is damaged. It was left as it is; put a backup in its place, or move it away to begin anew."
        )
    if code in _SENTENCES:
        return StorageError(f"{path} {_SENTENCES[code]}")
    return error
