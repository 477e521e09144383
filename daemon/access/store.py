# SPDX-License-Identifier: Apache-2.0
"""The rows of tokens and deeds in admin.db."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.clock import from_iso, iso
from daemon.storage import damaged
from daemon.types import Deed, Scope, Token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from daemon.storage import Database, Row, Transaction

_DEEDS = 2000
"""The newest of each kind by the same one are kept, so that nobody can drive what they did out of the record."""
_ALL_DEEDS = 50_000
"""And so many in all: about 5 MB."""


class Store:
    """The open file. Each method raises StorageError."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def tokens(self) -> list[tuple[Token, bytes]]:
        """Each token and the SHA-256 of its secret, oldest first."""
        rows = self._db.query(
            "SELECT id, name, scope, created_at, last_used_at, expires_at, digest FROM token ORDER BY created_at, id"
        )
        try:
            return [(_token(row), bytes(memoryview(row[6]))) for row in rows]
        except (TypeError, ValueError) as error:
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
            write_deed(transaction, deed)

    def deeds(self, limit: int) -> list[Deed]:
        """The newest first."""
        rows = self._db.query("SELECT at, who, action, target FROM audit ORDER BY id DESC LIMIT ?", (limit,))
        return [self._deed(row) for row in rows]

    def last(self, actions: Sequence[str]) -> Deed | None:
        """The newest that is one of these."""
        places = ", ".join("?" * len(actions))
        rows = self._db.query(
            f"SELECT at, who, action, target FROM audit WHERE action IN ({places}) ORDER BY id DESC LIMIT 1",  # noqa: S608
            tuple(actions),
        )
        return next(map(self._deed, rows), None)

    def _deed(self, row: Row) -> Deed:
        try:
            return Deed(from_iso(row[0]), *row[1:])
        except ValueError as error:
            raise damaged(self._db.path, "the record of changes makes no sense") from error


def write_deed(transaction: Transaction, deed: Deed) -> None:
    """Keep a deed within a transaction, and no more of the old ones than there is room for."""
    newest = transaction.insert(
        "INSERT INTO audit (at, who, action, target) VALUES (?, ?, ?, ?)",
        (iso(deed.at), deed.who, deed.action, deed.target),
    )
    transaction.execute(
        "DELETE FROM audit WHERE id IN "
        "(SELECT id FROM audit WHERE who = ? AND action = ? ORDER BY id DESC LIMIT -1 OFFSET ?)",
        (deed.who, deed.action, _DEEDS),
    )
    transaction.execute("DELETE FROM audit WHERE id <= ?", (newest - _ALL_DEEDS,))


def _token(row: Row) -> Token:
    token_id, name, scope, created_at, last_used_at, expires_at = row[:6]
    return Token(token_id, name, Scope(scope), from_iso(created_at), _moment(last_used_at), _moment(expires_at))


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
