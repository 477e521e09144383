# SPDX-License-Identifier: Apache-2.0
"""The rows of the owner in admin.db: the password's hash, the one-time code, sessions, devices, guesses."""

from __future__ import annotations

import contextlib
import logging
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from daemon.access.store import write_deed
from daemon.clock import from_iso, iso
from daemon.storage import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from daemon.storage import Database, Row, Transaction
    from daemon.types import Deed


_Read = TypeVar("_Read")

_log = logging.getLogger(__name__)

_HASH = re.compile(r"\$argon2id\$v=19\$m=[0-9]{2,5},t=[0-9]{1,2},p=[0-9]{1,2}\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as it is kept."""

    id: str
    digest: bytes
    """SHA-256 of the cookie."""
    device: str
    created_at: datetime
    last_seen_at: datetime


class OwnerRows:
    """What is kept. Each method raises StorageError.

    A bit of a card that turns is no reason to lock the owner out: of what makes no sense, only the password is
    missed. A session, a browser or a code is then none, and a bucket of guesses is full.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def password(self) -> str | None:
        """The hash with its parameters, as argon2 writes it."""
        rows = self._db.query("SELECT hash FROM password")
        if rows and not _HASH.fullmatch(str(rows[0][0])):
            raise damaged(self._db.path, "the password makes no sense: whod admin reset-password helps")
        return str(rows[0][0]) if rows else None

    def code(self) -> tuple[bytes, datetime] | None:
        """The digest of the one-time code, and when it was made."""
        rows = self._db.query("SELECT digest, made_at FROM code")
        return next(self._sensible("the one-time code", rows, _code), None)

    def sessions(self) -> list[SessionRow]:
        """Oldest first; those that have expired too."""
        rows = self._db.query(
            "SELECT id, digest, device, created_at, last_seen_at FROM session ORDER BY created_at, id"
        )
        return list(self._sensible("a session", rows, _session))

    def devices(self) -> list[bytes]:
        """Digests of the secrets of browsers that were logged in, the one of the latest login last."""
        rows = self._db.query("SELECT digest FROM device ORDER BY last_login_at, digest")
        return list(self._sensible("a browser", rows, lambda row: bytes(memoryview(row[0]))))

    def guesses(self) -> dict[str, float]:
        """How full each bucket is."""
        rows = self._db.query("SELECT bucket, used FROM guesses")
        return {bucket: used if isinstance(used, float) else math.inf for bucket, used in rows}

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """Changes that are all kept or none."""
        with self._db.transaction() as transaction:
            yield Writing(transaction)

    def _sensible(self, what: str, rows: Iterable[Row], read: Callable[[Row], _Read]) -> Iterator[_Read]:
        for row in rows:
            try:
                found = read(row)
            except (TypeError, ValueError):
                _log.warning("%s in %s makes no sense, and does not count", what, self._db.path)
            else:
                yield found


def _code(row: Row) -> tuple[bytes, datetime]:
    digest, made_at = row
    return bytes(memoryview(digest)), from_iso(made_at)


def _session(row: Row) -> SessionRow:
    session_id, digest, device, created_at, last_seen_at = row
    return SessionRow(session_id, bytes(memoryview(digest)), device, from_iso(created_at), from_iso(last_seen_at))


class Writing:
    """Changes within one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def set_password(self, hashed: str) -> None:
        """The only one there is; the one-time code goes with it."""
        self._transaction.execute("INSERT OR REPLACE INTO password (id, hash) VALUES (1, ?)", (hashed,))
        self.drop_code()

    def drop_password(self) -> None:
        """There is none."""
        self._transaction.execute("DELETE FROM password")

    def set_code(self, digest: bytes, made_at: datetime) -> None:
        """The only one there is."""
        self._transaction.execute(
            "INSERT OR REPLACE INTO code (id, digest, made_at) VALUES (1, ?, ?)", (digest, iso(made_at))
        )

    def drop_code(self) -> None:
        """There is none."""
        self._transaction.execute("DELETE FROM code")

    def add_session(self, row: SessionRow) -> None:
        """Keep a new one."""
        self._transaction.execute(
            "INSERT INTO session (id, digest, device, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
            (row.id, row.digest, row.device, iso(row.created_at), iso(row.last_seen_at)),
        )

    def seen(self, session_id: str, at: datetime) -> None:
        """When a session was used last."""
        self._transaction.execute("UPDATE session SET last_seen_at = ? WHERE id = ?", (iso(at), session_id))

    def drop_sessions(self, session_ids: Iterable[str]) -> None:
        """They have ended."""
        for session_id in session_ids:
            self._transaction.execute("DELETE FROM session WHERE id = ?", (session_id,))

    def set_device(self, digest: bytes, at: datetime) -> None:
        """A browser was logged in."""
        self._transaction.execute(
            "INSERT OR REPLACE INTO device (digest, last_login_at) VALUES (?, ?)", (digest, iso(at))
        )

    def drop_devices(self, digests: Iterable[bytes]) -> None:
        """These browsers are no longer known."""
        for digest in digests:
            self._transaction.execute("DELETE FROM device WHERE digest = ?", (digest,))
            self._transaction.execute("DELETE FROM guesses WHERE bucket = ?", (digest.hex(),))

    def set_guesses(self, used: Mapping[str, float]) -> None:
        """How full these buckets are."""
        for bucket, full in used.items():
            self._transaction.execute("INSERT OR REPLACE INTO guesses (bucket, used) VALUES (?, ?)", (bucket, full))

    def note(self, deed: Deed) -> None:
        """Put it on record."""
        write_deed(self._transaction, deed)
