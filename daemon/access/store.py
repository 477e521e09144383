# SPDX-License-Identifier: Apache-2.0
"""The rows of admin.db."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.clock import from_iso, iso
from daemon.storage import damaged, open_precious
from daemon.types import Deed, Scope, Token

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from daemon.storage import Database, Row

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
)

_DEEDS = 10_000
"""The newest are kept: about 1 MB."""


class Store:
    """The open file. Each method raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._db: Database = open_precious(path, _MIGRATIONS)

    def tokens(self) -> list[tuple[Token, bytes]]:
        """Each token and the SHA-256 of its secret, oldest first."""
        rows = self._db.query(
            "SELECT id, name, scope, created_at, last_used_at, expires_at, digest FROM token ORDER BY created_at, id"
        )
        try:
            return [(_token(row), row[6]) for row in rows]
        except ValueError as error:
            raise damaged(self._db.path, "a token makes no sense") from error

    def add(self, token: Token, digest: bytes) -> None:
        """Keep a new token."""
        with self._db.transaction() as transaction:
            transaction.execute(
                "INSERT INTO token (id, name, scope, digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                (token.id, token.name, token.scope.value, digest, iso(token.created_at), _iso(token.expires_at)),
            )

    def used(self, token_id: str, at: datetime) -> None:
        """When a token was used last."""
        with self._db.transaction() as transaction:
            transaction.execute("UPDATE token SET last_used_at = ? WHERE id = ?", (iso(at), token_id))

    def remove(self, token_id: str) -> None:
        """Delete a token."""
        with self._db.transaction() as transaction:
            transaction.execute("DELETE FROM token WHERE id = ?", (token_id,))

    def note(self, deed: Deed) -> None:
        """Keep a deed, and no more of the old ones than there is room for."""
        with self._db.transaction() as transaction:
            newest = transaction.insert(
                "INSERT INTO audit (at, who, action, target) VALUES (?, ?, ?, ?)",
                (iso(deed.at), deed.who, deed.action, deed.target),
            )
            transaction.execute("DELETE FROM audit WHERE id <= ?", (newest - _DEEDS,))

    def deeds(self, limit: int) -> list[Deed]:
        """The newest first."""
        rows = self._db.query("SELECT at, who, action, target FROM audit ORDER BY id DESC LIMIT ?", (limit,))
        return [Deed(from_iso(at), who, action, target) for at, who, action, target in rows]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _token(row: Row) -> Token:
    token_id, name, scope, created_at, last_used_at, expires_at = row[:6]
    return Token(token_id, name, Scope(scope), from_iso(created_at), _moment(last_used_at), _moment(expires_at))


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
