# SPDX-License-Identifier: Apache-2.0
"""SQLite with whod's durability, migrations and errors.

One connection a file, behind a lock: whod's databases are small and written seldom, so a second connection would
buy nothing, and two writers have lost data with SQLite before 3.51.3.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from enum import Enum
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageCorrupt
from daemon.notify import Notifier
from daemon.storage import copies
from daemon.storage.files import beside, create_private, discard, is_missing, put_in_place, set_aside
from daemon.storage.schema import damaged, known_version, migrate
from daemon.storage.sentences import as_whod_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

Row = tuple[Any, ...]

_BUSY_MS = 5000
_ALWAYS_S, _SLOW_BYTES_PER_S = 60.0, 500_000
"""How long a start is let be, at least and of a worn SD card: too long costs something only where it hangs."""

_CACHE_KIB = 512
"""Of pages in memory, once the file is checked; the system keeps the rest, where it can."""


class Durability(Enum):
    """What a power cut may take. Figures of a power-cut model stand in docs/figures.md."""

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

    A migration is a script; the n-th brings `user_version` from n-1 to n, in one transaction. What the file was
    before is kept beside it, as `daemon.storage.copies` says. Raises StorageError or StorageCorrupt, here and in each
    method, with a sentence that names the file.
    """

    def __init__(self, path: Path, durability: Durability, migrations: Sequence[str]) -> None:
        self.path = path
        self._durability = durability
        self._migrations = migrations
        self._lock = threading.RLock()
        self._shut = False
        """Whether the file was closed for another and could not be opened again yet."""
        self._in_doubt = False
        """Whether a transaction failed: what it wrote may be seen now, and may yet be taken back by a power cut."""
        self._open()

    def _open(self) -> None:
        if is_missing(self.path):
            self._begin()
        create_private(self.path)
        if not self.path.stat().st_size:
            raise damaged(self.path, "it is empty")
        self._ask_for_time()
        self._connection = self._connect(self.path)
        self._shut = False

    def _ask_for_time(self) -> None:
        """To read or rewrite the file takes long on a slow card, and systemd would begin it all again."""
        Notifier().need(_ALWAYS_S + self.path.stat().st_size / _SLOW_BYTES_PER_S)

    def _begin(self) -> None:
        """Make the file: complete and then under its name, so that one that is empty is never a new one."""
        discard(self.path)
        new = beside(self.path)
        discard(new)
        try:
            create_private(new)
            self._connect(new).close()
            put_in_place(new, self.path)
        finally:
            discard(new)

    def _connect(self, path: Path) -> sqlite3.Connection:
        with self._translated():
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)
            try:
                self._set_up(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        # There is one owner; and no -shm file, for which a full disk has no room. The check would make one.
        if self._durability is Durability.DISPOSABLE:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # A file that is refused is left as it is: nothing is written before it has passed.
        self._check(connection)
        version = known_version(connection, self.path, self._migrations)
        for pragma in (*self._durability.value, "foreign_keys=ON", f"cache_size=-{_CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
        if 0 < version < len(self._migrations):
            self._ask_for_time()
            copies.keep(connection, self.path, version)
        migrate(connection, self._migrations, version)

    def begin_anew(self, now: datetime) -> Path:
        """Set the file aside, under the name that is given back, and begin a new one in its place."""
        with self._lock:
            self._connection.close()
            self._shut = True
            aside = set_aside(self.path, now)
            self._open()
        return aside

    def copy_to(self, path: Path) -> None:
        """Make a copy, as it is at one moment, at `path`, where no file is; it is not made safe from a power cut."""
        create_private(path)
        self.query("VACUUM INTO ?", (str(path),))

    def drop_copies(self) -> None:
        """Delete what the file was before its migration: somebody is in it who is to be forgotten."""
        with self._lock:
            copies.drop(self.path)

    def replace_by(self, other: Path) -> None:
        """Put another file of the same folder, complete and closed, in the place of this one, and open that.

        It is there for good once this returns. Where it fails before the file was renamed, this one stays.
        """
        with self._lock:
            self.make_sure()  # no journal that came back may be played into the other file
            self._connection.close()
            self._shut = self._in_doubt = True
            try:
                put_in_place(other, self.path)
            finally:
                self._open()
            self._in_doubt = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: committed, and on disk as `durability` says, when the block ends without error."""
        with self._lock, self._translated():
            self._ensure_open()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if self._in_doubt:
                    # Something has to be written, or COMMIT would sync nothing and still be believed.
                    self._connection.execute(f"PRAGMA user_version={len(self._migrations)}")
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
                self._in_doubt = False
            except BaseException as error:
                self._in_doubt |= isinstance(error, sqlite3.Error)
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def make_sure(self) -> None:
        """See that what is read from now on stays, though the transaction that wrote it had failed."""
        with self._lock:
            if self._in_doubt:
                with self.transaction():
                    pass

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a SELECT."""
        with self._lock, self._translated():
            self._ensure_open()
            return self._connection.execute(sql, parameters).fetchall()

    def settle(self) -> None:
        """Write the WAL back and empty it, so that what was deleted is not left in it."""
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; a WAL is written back."""
        with self._lock, self._translated():
            self._connection.close()

    def _ensure_open(self) -> None:
        if self._shut:
            self._open()

    def _check(self, connection: sqlite3.Connection) -> None:
        """Raise StorageCorrupt if the file is damaged; quick_check leaves out whether indexes agree with tables."""
        check = "integrity_check" if self._durability is Durability.PRECIOUS else "quick_check"
        try:
            problems = connection.execute(f"PRAGMA {check}(1)").fetchall()
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
            if (known := as_whod_error(error, self.path)) is not None:
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
        aside = set_aside(path, now)
        return Database(path, Durability.DISPOSABLE, migrations), aside
