# SPDX-License-Identifier: Apache-2.0
"""The owner: one account without a user name, let in by a password, or by a one-time code to set a new one."""

from __future__ import annotations

import contextlib
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.access import codes, devices
from daemon.access.agents import device_words
from daemon.access.ages import Moment
from daemon.access.devices import Devices
from daemon.access.guesses import Guesses
from daemon.access.passwords import Hasher, check
from daemon.access.rows import OwnerRows
from daemon.access.sessions import Sessions
from daemon.errors import NoSuchSession, StorageError, TooManyGuesses, WrongCode, WrongPassword
from daemon.types import Deed, Entry, NewCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daemon.access.file import AdminFile
    from daemon.clock import Clock
    from daemon.types import Session, Visitor

_log = logging.getLogger(__name__)

NOBODY = "nobody"
"""Who did it, of somebody who is not logged in."""

_FAILURES_EVERY_S = 60.0
"""How often a wrong guess is put on record, so that a flood of them leaves room for the rest."""


@dataclass(slots=True)
class _Desk:
    """What is known once the file is open."""

    rows: OwnerRows
    sessions: Sessions
    devices: Devices
    guesses: Guesses
    code_made: Moment | None


class Owner:
    """See `daemon.service.owner.OwnerApi`. Safe from any thread."""

    def __init__(self, file: AdminFile, clock: Clock, words: Iterable[str] = ()) -> None:
        self._file = file
        self._clock = clock
        self._words = tuple(words)
        self._hasher = Hasher()
        self._kept: _Desk | None = None
        self._failure_noted_s = -_FAILURES_EVERY_S

    def has_password(self) -> bool:
        """See `OwnerApi`."""
        with self._desk() as desk:
            return desk.rows.password() is not None

    def new_code(self) -> NewCode:
        """See `OwnerApi`."""
        code, made = codes.new_code(), Moment.now(self._clock)
        with self._desk() as desk:
            with desk.rows.writing() as changes:
                changes.set_code(codes.digest(code), made.at)
            desk.code_made = made
        return NewCode(code, made.at + codes.LIFETIME)

    def reset_password(self) -> NewCode:
        """See `OwnerApi`."""
        with self._desk() as desk:
            ended = desk.sessions.ids()
            with desk.rows.writing() as changes:
                changes.drop_password()
                changes.drop_sessions(ended)
            desk.sessions.drop(ended)
            return self.new_code()

    def first(self, code: str, password: str, visitor: Visitor) -> Entry:
        """See `OwnerApi`."""
        with self._guess(visitor, "code_failed"):
            self._check_code(code)
        check(password, self._words)  # takes its time, so it is for those who have the code
        hashed = self._hasher.hash(password)
        with self._desk() as desk:
            self._check_code(code)  # it counts once, and another one may have been faster
            return self._enter(desk, visitor, "first_password", hashed)

    def login(self, password: str, visitor: Visitor) -> Entry:
        """See `OwnerApi`."""
        with self._guess(visitor, "login_failed"):
            hashed = self._check_password(password)
        with self._desk() as desk:
            if desk.rows.password() != hashed:  # it was changed meanwhile, which ends what began with this one
                raise _wrong_password()
            return self._enter(desk, visitor, "login")

    def confirm(self, session_id: str, password: str, visitor: Visitor) -> None:
        """See `OwnerApi`."""
        with self._guess(visitor, "confirm_failed", session_id):
            self._check_password(password)
        with self._desk() as desk:
            with desk.rows.writing() as changes:
                changes.note(self._deed(session_id, "confirm"))
            desk.sessions.confirm(session_id)

    def is_confirmed(self, session_id: str) -> bool:
        """See `OwnerApi`."""
        with self._desk() as desk:
            return desk.sessions.is_confirmed(session_id)

    def change_password(self, session_id: str, password: str, visitor: Visitor) -> Entry:
        """See `OwnerApi`."""
        check(password, self._words)
        hashed = self._hasher.hash(password)
        with self._desk() as desk:
            _counting(desk, session_id)  # another change may have been faster, to shut this one out
            return self._enter(desk, visitor, "", hashed)

    def session(self, cookie: str, *, used: bool = True) -> Session | None:
        """See `OwnerApi`."""
        with self._desk() as desk:
            found = desk.sessions.find(cookie, used=used)
            if found and used and desk.sessions.is_due(found.id):
                self._write_seen(desk, found)
            return found

    def sessions(self) -> list[Session]:
        """See `OwnerApi`."""
        with self._desk() as desk:
            return desk.sessions.all()

    def logout(self, session_id: str) -> None:
        """See `OwnerApi`."""
        with self._desk() as desk:
            with desk.rows.writing() as changes:
                changes.drop_sessions([session_id])
                changes.note(self._deed(session_id, "logout"))
            desk.sessions.drop([session_id])

    def revoke(self, session_id: str) -> Session:
        """See `OwnerApi`."""
        with self._desk() as desk:
            found = _counting(desk, session_id)
            with desk.rows.writing() as changes:
                changes.drop_sessions([session_id])
            desk.sessions.drop([session_id])
            return found

    def revoke_others(self, session_id: str) -> int:
        """See `OwnerApi`."""
        with self._desk() as desk:
            others = [known for known in desk.sessions.ids() if known != session_id]
            with desk.rows.writing() as changes:
                changes.drop_sessions(others)
            desk.sessions.drop(others)
            return len(others)

    @contextlib.contextmanager
    def _guess(self, visitor: Visitor, action: str, who: str = NOBODY) -> Iterator[None]:
        """Around what raises WrongPassword or WrongCode. Raises TooManyGuesses.

        A guess is taken, and that is on disk, before anything is looked at; what was right is no guess.
        """
        with self._desk() as desk:
            device = desk.devices.bucket(visitor.device)
            wait_s = desk.guesses.take(device, self._clock.monotonic())
            if wait_s:
                raise TooManyGuesses(
                    f"Passwords or codes were tried too often: try again in {wait_s} seconds.", retry_s=wait_s
                )
            try:
                self._write_guesses(desk, device)
            except StorageError:
                desk.guesses.give_back(device)  # nothing will be looked at
                raise
        try:
            yield
        except (WrongPassword, WrongCode):
            self._note_failure(self._deed(who, action))
            raise
        with self._desk() as desk:
            desk.guesses.give_back(device)
            self._write_guesses(desk, device)

    def _write_guesses(self, desk: _Desk, device: str | None) -> None:
        with desk.rows.writing() as changes:
            changes.set_guesses(desk.guesses.used(device))

    def _note_failure(self, deed: Deed) -> None:
        with self._desk() as desk:
            now_s = self._clock.monotonic()
            if now_s - self._failure_noted_s >= _FAILURES_EVERY_S:
                self._failure_noted_s = now_s
                with desk.rows.writing() as changes:
                    changes.note(deed)

    def _check_password(self, password: str) -> str:
        """Gives its hash. Takes as long if there is none. Raises WrongPassword."""
        with self._desk() as desk:
            hashed = desk.rows.password()
        if not self._hasher.is_right(password, hashed) or hashed is None:
            raise _wrong_password()
        return hashed

    def _check_code(self, code: str) -> None:
        with self._desk() as desk:
            digest, at = desk.rows.code() or (b"", self._clock.now())
            made = desk.code_made or Moment.before(at, self._clock)
            if not hmac.compare_digest(codes.digest(code), digest) or made.age(self._clock) >= codes.LIFETIME:
                raise WrongCode(
                    "This is not the one-time code, or it was used, or it is more than a day old: "
                    "whod admin code, on the device, makes a new one."
                )

    def _enter(self, desk: _Desk, visitor: Visitor, action: str, hashed: str | None = None) -> Entry:
        """Begin a session; with the hash of a new password, all others end. What cookie there was does not matter."""
        row, cookie = desk.sessions.new(device_words(visitor.agent))
        device = visitor.device if desk.devices.bucket(visitor.device) else None
        device = device or devices.new_secret()
        digest = devices.digest(device)
        ended = desk.sessions.ids() if hashed else desk.sessions.surplus()
        with desk.rows.writing() as changes:
            if hashed:
                changes.set_password(hashed)
            changes.drop_sessions(ended)
            changes.add_session(row)
            changes.drop_devices(desk.devices.surplus(digest))
            changes.set_device(digest, row.created_at)
            if action:
                changes.note(self._deed(row.id, action))
        desk.sessions.drop(ended)
        desk.devices.add(digest)
        return Entry(desk.sessions.add(row, cookie), cookie, device)

    def _write_seen(self, desk: _Desk, session: Session) -> None:
        """A full disk does not lock out those who may come in."""
        try:
            with desk.rows.writing() as changes:
                changes.seen(session.id, session.last_seen_at)
        except StorageError as error:
            _log.warning("when session %s was used was not written down: %s", session.id, error)
        desk.sessions.wrote(session.id)

    def _deed(self, who: str, action: str) -> Deed:
        return Deed(self._clock.now(), who, action, "" if who == NOBODY else who)

    @contextlib.contextmanager
    def _desk(self) -> Iterator[_Desk]:
        """What is known, for one at a time. Raises StorageError."""
        with self._file.lock:
            if self._kept is None:
                rows = OwnerRows(self._file.open())
                sessions = Sessions(rows.sessions(), self._clock)
                guesses = Guesses(rows.guesses(), self._clock.monotonic())
                code = rows.code()
                made = Moment.before(code[1], self._clock) if code else None
                self._kept = _Desk(rows, sessions, Devices(rows.devices()), guesses, made)
            yield self._kept


def _counting(desk: _Desk, session_id: str) -> Session:
    """The session of this id. Raises NoSuchSession if it has ended."""
    for session in desk.sessions.all():
        if session.id == session_id:
            return session
    raise NoSuchSession("This browser is logged out already.")


def _wrong_password() -> WrongPassword:
    return WrongPassword("This is not the password. If it was forgotten: whod admin reset-password, on the device.")
