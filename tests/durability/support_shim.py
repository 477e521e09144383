# SPDX-License-Identifier: Apache-2.0
"""SQLite with each operation on the disk recorded, and some made to fail.

apsw's SQLite takes a file system written in Python, which the one of the sqlite3 module does not; `Connection` looks
like sqlite3's as far as daemon.storage uses it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
from support_disk import Deleted, FolderSynced, Made, Synced, Truncated, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support_tape import Tape

JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
CODES = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "delete": apsw.SQLITE_IOERR_DELETE,
    "folder sync": apsw.SQLITE_IOERR_DIR_FSYNC,
    "statement": apsw.SQLITE_INTERRUPT,
}
"""What may fail, and how SQLite says so."""


class TapedFile(apsw.VFSFile):
    """A file of SQLite's."""

    def __init__(self, tape: Tape, path: str, flags: list[int]) -> None:
        self._tape = tape
        self._name = Path(path).name
        # As SQLite's own, which syncs the folder of a new journal together with that.
        self._names_too = bool(flags[0] & JOURNALS and flags[0] & apsw.SQLITE_OPEN_CREATE)
        is_new = not Path(path).exists()
        super().__init__("", path, flags)
        if is_new:
            tape.note(Made(self._name))

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        _unless(self._tape.fails("read"), "read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        failed = self._tape.fails("write")
        done = bytes(data)[: len(data) // 2 if failed else None]
        if done:
            self._tape.note(Written(self._name, offset, done))
            super().xWrite(done, offset)
        _unless(failed, "write")

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._tape.note(Truncated(self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        failed = self._tape.fails("sync")
        self._tape.note(Synced(self._name, failed))
        _unless(failed, "sync")
        if self._names_too:
            self._names_too = False
            sync_folder(self._tape)


def sync_folder(tape: Tape) -> None:
    """As SQLite does it, together with another call."""
    failed = tape.fails("folder sync")
    tape.note(FolderSynced(failed))
    _unless(failed, "folder sync")


def _unless(failed: bool, kind: str) -> bool:
    if failed:
        raise apsw.exception_for(CODES[kind])
    return True


class TapedFiles(apsw.VFS):
    """The file system of SQLite."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        super().__init__(f"tape-{id(tape)}", "")
        self.name = f"tape-{id(tape)}"

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return TapedFile(self._tape, path, flags) if self._tape.holds(path) else super().xOpen(name, flags)

    def xDelete(self, path: str, sync: int) -> None:  # noqa: N802
        if not self._tape.holds(path):
            super().xDelete(path, sync)
            return
        _unless(self._tape.fails("delete"), "delete")
        super().xDelete(path, False)
        self._tape.note(Deleted(Path(path).name))
        if sync:
            sync_folder(self._tape)


class Answer:
    """As much of sqlite3.Cursor as is used."""

    def __init__(self, connection: apsw.Connection, sql: str, parameters: tuple[object, ...]) -> None:
        with as_sqlite3():
            self._rows = list(connection.execute(sql, tuple(parameters)))
        self.rowcount = connection.changes()
        self.lastrowid = connection.last_insert_rowid()

    def fetchall(self) -> list[tuple[object, ...]]:
        return self._rows

    def fetchone(self) -> tuple[object, ...] | None:
        return self._rows[0] if self._rows else None

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        return iter(self._rows)


class Connection:
    """As much of sqlite3.Connection as is used."""

    def __init__(self, path: Path, vfs: str, tape: Tape) -> None:
        with as_sqlite3():
            self._connection = apsw.Connection(str(path), vfs=vfs)
        self._connection.exec_trace = lambda *_: _unless(tape.fails("statement"), "statement")

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> Answer:
        return Answer(self._connection, sql, parameters)

    def executescript(self, sql: str) -> Answer:
        return Answer(self._connection, sql, ())

    def close(self) -> None:
        with as_sqlite3():
            self._connection.close()

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction


@contextlib.contextmanager
def as_sqlite3() -> Iterator[None]:
    """Errors of apsw as those of sqlite3."""
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        is_damage = isinstance(error, apsw.CorruptError | apsw.NotADBError)
        known = (sqlite3.DatabaseError if is_damage else sqlite3.OperationalError)(str(error))
        known.sqlite_errorcode = error.extendedresult
        raise known from error
