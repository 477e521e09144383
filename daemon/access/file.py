# SPDX-License-Identifier: Apache-2.0
"""admin.db: what is kept in it, and that it is opened when it is first needed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from daemon.errors import StorageCorrupt
from daemon.storage import open_precious

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.storage import Database

ADMIN_DB = "admin.db"
"""In the state folder."""

_MIGRATIONS = (
    """
    CREATE TABLE token (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, digest BLOB NOT NULL,
        created_at TEXT NOT NULL, last_used_at TEXT, expires_at TEXT
    );
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE password (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL);
    CREATE TABLE code (id INTEGER PRIMARY KEY CHECK (id = 1), digest BLOB NOT NULL, made_at TEXT NOT NULL);
    CREATE TABLE session (
        id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, device TEXT NOT NULL,
        created_at TEXT NOT NULL, last_seen_at TEXT NOT NULL
    );
    CREATE TABLE device (digest BLOB PRIMARY KEY, last_login_at TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE guesses (bucket TEXT PRIMARY KEY, used REAL NOT NULL) WITHOUT ROWID;
    """,
)


class AdminFile:
    """The file of a state folder. A damaged one is never begun anew: `open` then raises StorageCorrupt each time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: Database | None = None
        self._damage: StorageCorrupt | None = None
        self.lock = threading.RLock()
        """Held while what is kept in memory of the file is read or changed."""

    def open(self) -> Database:
        """The open file. Raises StorageError."""
        with self.lock:
            if self._damage:
                raise self._damage
            if self._db is None:
                try:
                    self._db = open_precious(self._path, _MIGRATIONS)
                except StorageCorrupt as error:
                    self._damage = error
                    raise
            return self._db

    def close(self) -> None:
        """Close the file, if it was opened."""
        with self.lock:
            if self._db:
                self._db.close()
