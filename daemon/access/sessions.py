# SPDX-License-Identifier: Apache-2.0
"""The owner's sessions: begun with a login, ended by a logout, by being revoked, or by age."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.access.ages import Moment
from daemon.access.rows import SessionRow
from daemon.types import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.clock import Clock

IDLE = timedelta(days=14)
"""A phone that looks at the door now and then stays logged in; one that was given away does not for long."""
ABSOLUTE = timedelta(days=90)
"""Whoever has copied a cookie loses it by then, however often it is used."""
CONFIRMED = timedelta(minutes=5)
"""How long a password that was typed counts for what needs it anew: enough to fill in a form."""
SEEN_EVERY = timedelta(hours=1)
"""How often the last use is written down, so that looking around does not wear the SD card."""
MOST = 50
"""Sessions at a time; the one that was used longest ago ends first."""

_SECRET_BYTES = 32


@dataclass(slots=True)
class _Live:
    row: SessionRow
    created: Moment
    seen: Moment
    written: Moment
    confirmed: Moment | None = None


class Sessions:
    """Those that may still count. Not safe from several threads."""

    def __init__(self, rows: Iterable[SessionRow], clock: Clock) -> None:
        self._clock = clock
        self._live: dict[bytes, _Live] = {}
        for row in rows:
            seen = Moment.before(row.last_seen_at, clock)
            self._live[row.digest] = _Live(row, Moment.before(row.created_at, clock), seen, seen)

    def new(self, device: str) -> tuple[SessionRow, str]:
        """One to be kept, and what goes into its cookie; it counts once it was `add`-ed."""
        secret = secrets.token_hex(_SECRET_BYTES)
        now = self._clock.now()
        return SessionRow(_new_id(), _digest(secret), device, now, now), secret

    def add(self, row: SessionRow, secret: str) -> Session:
        """It counts from now on, and the password was typed just now."""
        now = Moment.now(self._clock)
        live = self._live[row.digest] = _Live(row, now, now, now, confirmed=now)
        return _told(live, secret)

    def find(self, secret: str, *, used: bool) -> Session | None:
        """The one of a cookie, which is thereby `used` or not; None if there is none, or it has ended."""
        live = self._live.get(_digest(secret))
        if live is None or self._is_over(live):
            return None
        if used:
            live.seen = Moment.now(self._clock)
        return _told(live, secret)

    def is_due(self, session_id: str) -> bool:
        """Whether its last use should be written down."""
        live = self._by_id(session_id)
        return live is not None and live.written.age(self._clock) >= SEEN_EVERY

    def wrote(self, session_id: str) -> None:
        """Its last use was written down, or could not be."""
        if live := self._by_id(session_id):
            live.written = live.seen

    def all(self) -> list[Session]:
        """Those that count, the one that was used last first."""
        counting = (live for live in self._live.values() if not self._is_over(live))
        return [_told(live) for live in sorted(counting, key=lambda live: live.seen.at, reverse=True)]

    def confirm(self, session_id: str) -> None:
        """The password was typed in it just now."""
        if live := self._by_id(session_id):
            live.confirmed = Moment.now(self._clock)

    def is_confirmed(self, session_id: str) -> bool:
        """Whether the password was typed in it lately."""
        live = self._by_id(session_id)
        return live is not None and live.confirmed is not None and live.confirmed.age(self._clock) < CONFIRMED

    def ids(self) -> list[str]:
        """Of all, those that are over too."""
        return [live.row.id for live in self._live.values()]

    def surplus(self) -> list[str]:
        """Ids of those that must go before another one begins: what is over, and the longest unused ones."""
        stay = [session.id for session in self.all()][: MOST - 1]
        return [session_id for session_id in self.ids() if session_id not in stay]

    def drop(self, session_ids: Iterable[str]) -> None:
        """They have ended."""
        gone = set(session_ids)
        self._live = {digest: live for digest, live in self._live.items() if live.row.id not in gone}

    def _by_id(self, session_id: str) -> _Live | None:
        return next((live for live in self._live.values() if live.row.id == session_id), None)

    def _is_over(self, live: _Live) -> bool:
        return live.seen.age(self._clock) >= IDLE or live.created.age(self._clock) >= ABSOLUTE


def _told(live: _Live, secret: str = "") -> Session:
    row = live.row
    return Session(row.id, row.device, row.created_at, live.seen.at, _csrf(secret) if secret else "")


def _new_id() -> str:
    """16 signs, where a token's has 8. With a digit, so that it cannot be a name."""
    found = secrets.token_hex(8)
    return found if any(map(str.isdigit, found)) else _new_id()


def _digest(secret: str) -> bytes:
    """SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _csrf(secret: str) -> str:
    """Follows from the cookie, which no foreign site can read; nothing more has to be kept."""
    return hashlib.sha256(b"whod csrf " + secret.encode("utf-8", "replace")).hexdigest()
