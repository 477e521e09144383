# SPDX-License-Identifier: Apache-2.0
"""Tokens: made, checked, revoked; and the record of deeds."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.access.file import AdminFile
from daemon.access.owner import Owner
from daemon.access.store import Store
from daemon.errors import BadName, NoSuchToken, StorageError
from daemon.types import Deed, NewToken, PartHealth, Scope, State, Token

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from daemon.clock import Clock

_log = logging.getLogger(__name__)

_PREFIX = "whod"
_SECRET_BYTES = 32
_USED_EVERY = timedelta(hours=1)
"""How often the last use of a token is written down, so that polling does not wear the SD card."""
_NAME_LENGTH = 60


class Access:
    """The tokens of a state folder, and who changed what with them. Safe from any thread.

    The file is opened when it is first needed. A damaged one is never begun anew: without it nobody gets in, which is
    what `StorageCorrupt` then says each time; whoever may read the state folder still uses the socket.
    """

    def __init__(self, path: Path, clock: Clock, words: Iterable[str] = ()) -> None:
        """`words` are of this device, such as its name: no password is made of them."""
        self._file = AdminFile(path)
        self._lock = self._file.lock
        self._clock = clock
        self._store: Store | None = None
        self._known: dict[str, tuple[Token, bytes]] = {}
        self.owner = Owner(self._file, clock, words)

    def create(self, name: str, scope: Scope, days: int | None = None) -> NewToken:
        """A new token, for good or for so many days. Raises BadName, StorageError."""
        label = name.strip()
        if not label or len(label) > _NAME_LENGTH or not label.isprintable():
            raise BadName(f"The name of a token must have 1 to {_NAME_LENGTH} characters, such as “grafana”.")
        secret = secrets.token_hex(_SECRET_BYTES)
        now = self._clock.now()
        with self._lock:
            store = self._open()
            token_id = secrets.token_hex(4)
            while token_id in self._known:
                token_id = secrets.token_hex(4)
            token = Token(
                token_id, label, scope, now, expires_at=None if days is None else now + timedelta(days=days)
            )
            store.add(token, _digest(secret))
            self._known[token.id] = (token, _digest(secret))
        return NewToken(token, f"{_PREFIX}_{token.id}_{secret}")

    def all(self) -> list[Token]:
        """Every token that was not revoked, oldest first, those that have expired too. Raises StorageError."""
        with self._lock:
            self._open()
            return [token for token, _ in self._known.values()]

    def revoke(self, token_id: str) -> Token:
        """Take a token back: it stops at once. Raises NoSuchToken, StorageError."""
        with self._lock:
            store = self._open()
            if token_id not in self._known:
                raise NoSuchToken(f'There is no token "{token_id}": look at the list, whod token list.')
            store.remove(token_id)
            return self._known.pop(token_id)[0]

    def bearer(self, sent: str) -> Token | None:
        """Whose token this is; None for none, a revoked one or one that has expired. Raises StorageError."""
        prefix, _, rest = sent.partition("_")
        token_id, _, secret = rest.partition("_")
        with self._lock:
            store = self._open()
            token, digest = self._known.get(token_id, (None, b""))
            right = hmac.compare_digest(_digest(secret), digest)
            now = self._clock.now()
            if prefix != _PREFIX or not right or token is None or (token.expires_at and now >= token.expires_at):
                return None
            if token.last_used_at is None or abs(now - token.last_used_at) >= _USED_EVERY:
                token = replace(token, last_used_at=now)
                self._known[token_id] = (token, digest)
                self._write_use(store, token)
            return token

    def note(self, who: str, action: str, target: str = "") -> None:
        """Remember that somebody changed something. Raises StorageError."""
        with self._lock:
            self._open().note(Deed(self._clock.now(), who, action, target))

    def deeds(self, limit: int = 100) -> list[Deed]:
        """What was changed last, the newest first. Raises StorageError."""
        with self._lock:
            return self._open().deeds(limit)

    def last(self, *actions: str) -> Deed | None:
        """The newest deed that is one of these; None if none is on record. Raises StorageError."""
        with self._lock:
            return self._open().last(actions)

    def parts(self) -> tuple[PartHealth, ...]:
        """What is wrong, if anything: without the file whod does its work, but no token opens it."""
        try:
            with self._lock:
                self._open()
        except StorageError as error:
            return (PartHealth("access", State.DEGRADED, f"no token is accepted: {error}"),)
        return ()

    def close(self) -> None:
        """Close the file, if it was opened."""
        self._file.close()

    def _write_use(self, store: Store, token: Token) -> None:
        """A full disk does not lock out those who may come in."""
        try:
            store.used(token.id, self._clock.now())
        except StorageError as error:
            _log.warning("when token %s was used was not written down: %s", token.id, error)

    def _open(self) -> Store:
        if self._store is None:
            store = Store(self._file.open())
            self._known = {token.id: (token, digest) for token, digest in store.tokens()}
            self._store = store
        return self._store


def _digest(secret: str) -> bytes:
    """SHA-256 is enough: the secret is 256 random bits, and no word that somebody chose."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
