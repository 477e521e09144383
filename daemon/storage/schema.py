# SPDX-License-Identifier: Apache-2.0
"""Bringing a database's schema up to date, and making sure that it is the one we know."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageCorrupt, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHAPE = """
    SELECT t.name, c.name, c.type, c."notnull", c.pk, ''
    FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
    UNION ALL
    SELECT t.name, f."from", f."table", f."to", f.seq, f.on_delete
    FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
    ORDER BY 1, 2, 3
"""
"""Tables, columns and references, not their text: SQLite's versions differ in how ALTER TABLE writes that."""


def damaged(path: Path, problem: str = "") -> StorageCorrupt:
    """The error for a file that is damaged; `problem` is said in passing."""
    detail = f" ({problem})" if problem else ""
    return StorageCorrupt(
        f"{path} is damaged{detail}. It was left as it is; put a backup in its place, or move it away to begin anew."
    )


def known_version(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> int:
    """How many of the migrations the database has had; writes nothing.

    Raises StorageCorrupt if its tables are not those that these make, StorageError if it has had more than there
    are.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise StorageError(
            f"{path} was written by a newer whod (schema {version}, this one knows {len(migrations)}): update whod."
        )
    if _shape(connection) != _shape_after(migrations[:version]):
        raise damaged(path, "its tables are not whod's")
    return version


def migrate(connection: sqlite3.Connection, migrations: Sequence[str], version: int) -> None:
    """Run the migrations after `version`, each in a transaction of its own."""
    for number, script in enumerate(migrations[version:], start=version + 1):
        # executescript() commits whatever is open first, so the transaction is part of the script.
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _shape(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(_SHAPE).fetchall()


def _shape_after(migrations: Sequence[str]) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as twin:
        migrate(twin, migrations, 0)
        return _shape(twin)
