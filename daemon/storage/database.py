# SPDX-License-Identifier: Apache-2.0
"""SQLite with whod's durability, migrations and errors.

One connection a file, behind a lock: whod's databases are small and written seldom, so a second connection would
buy nothing, and two writers have lost data with SQLite before 3.51.3.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from enum import Enum
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageCorrupt, StorageError
from daemon.storage.schema import damaged, known_version, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

Row = tuple[Any, ...]

_FULL_BYTES = 256 * 1024
_BUSY_MS = 5000


class Durability(Enum):
    """What a power cut may take. Figures of a power-cut model stand in docs/architecture.md."""

    PRECIOUS = ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON")
    """Nothing that was committed."""
    DISPOSABLE = (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "wal_autocheckpoint=256",
        "secure_delete=ON",
    )
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
        self._durability = durability
        self._migrations = migrations
        self._lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        _create_private(self.path)
        with self._translated():
            self._connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
            )
        try:
            with self._translated():
                # There is one owner; and no -shm file, for which a full disk has no room. The check would make one.
                if self._durability is Durability.DISPOSABLE:
                    self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                # A file that is refused is left as it is: nothing is written before it has passed.
                self._check("integrity_check" if self._durability is Durability.PRECIOUS else "quick_check")
                version = known_version(self._connection, self.path, self._migrations)
                for pragma in (*self._durability.value, "foreign_keys=ON"):
                    self._connection.execute(f"PRAGMA {pragma}")
                migrate(self._connection, self._migrations, version)
        except BaseException:
            self._connection.close()
            raise

    def begin_anew(self, now: datetime) -> Path:
        """Set the file aside, under the name that is given back, and begin a new one in its place."""
        with self._lock:
            self._connection.close()
            aside = _set_aside(self.path, now)
            self._open()
        return aside

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

    def settle(self) -> None:
        """Write the WAL back and empty it, so that what was deleted is not left in it."""
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; a WAL is written back."""
        with self._lock, self._translated():
            self._connection.close()

    def _check(self, check: str) -> None:
        """Raise StorageCorrupt if the file is damaged; quick_check leaves out whether indexes agree with tables."""
        try:
            problems = self._connection.execute(f"PRAGMA {check}(1)").fetchall()
        except UnicodeDecodeError:
            # sqlite3 stumbles over its own message where that quotes a damaged schema.
            raise damaged(self.path) from None
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
                raise damaged(self.path) from error
            raise
        if problems != [("ok",)]:
            raise damaged(self.path)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if (known := _as_whod_error(error, self.path)) is not None:
                raise known from error
            raise


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
        aside = _set_aside(path, now)
        return Database(path, Durability.DISPOSABLE, migrations), aside


def _set_aside(path: Path, now: datetime) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    path.replace(aside)
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _create_private(path: Path) -> None:
    """Make the file with mode 0600 before SQLite does with the umask's; its journals take the file's mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened ({error.strerror}): "
            "check that its folder is there and writable for the user whod runs as."
        ) from error


_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_LOCKED: "is locked by another program: close that and try again.",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full: free some space and try again.",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable for the user whod runs as.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder is there and may be written.",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk fails: check the SD card and the kernel's log.",
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _as_whod_error(error: sqlite3.DatabaseError, path: Path) -> StorageError | None:
    """A sentence for what the world did to the file; None for a fault of our own."""
    if isinstance(error, sqlite3.ProgrammingError):
        return None
    # Text that is not UTF-8 has no code; only damage puts it there.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _DAMAGED:
        return damaged(path)
    if code == sqlite3.SQLITE_IOERR and _disk_is_full(path):
        code = sqlite3.SQLITE_FULL
    return StorageError(f"{path} {_SENTENCES[code]}") if code in _SENTENCES else None


def _disk_is_full(path: Path) -> bool:
    """SQLite does not tell a full disk from a broken one in all that it does."""
    try:
        return shutil.disk_usage(path.parent).free < _FULL_BYTES
    except OSError:
        return False
