# SPDX-License-Identifier: Apache-2.0
"""The owner's password, one-time code and sessions; `daemon.access.owner.Owner` is the implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from daemon.types import Entry, NewCode, Session, Visitor


class CodesApi(Protocol):
    """For whoever owns the state folder. Raises StorageError."""

    def has_password(self) -> bool:
        """Whether one was set."""
        ...

    def new_code(self) -> NewCode:
        """A new one-time code, with which a password can be set within a day; an older one counts no more."""
        ...

    def reset_password(self) -> NewCode:
        """Take the password away, end all sessions, and give a one-time code to set another."""
        ...


class OwnerApi(CodesApi, Protocol):
    """What the web needs. Raises StorageError; whatever looks at a password or code raises TooManyGuesses as well."""

    def first(self, code: str, password: str, visitor: Visitor) -> Entry:
        """Set the password with a one-time code, end all sessions, begin one. Raises WrongCode, BadPassword."""
        ...

    def login(self, password: str, visitor: Visitor) -> Entry:
        """Begin a session, confirmed by this. Takes as long if there is no password. Raises WrongPassword."""
        ...

    def change_password(self, session_id: str, password: str, visitor: Visitor) -> Entry:
        """Set another password from within a session, end all, begin one. Raises BadPassword, NoSuchSession."""
        ...

    def session(self, cookie: str, *, used: bool = True) -> Session | None:
        """The session of a cookie, which is thereby `used` or only asked about; None if there is none that counts."""
        ...

    def sessions(self) -> list[Session]:
        """Those that have not ended, the one that was used last first."""
        ...

    def confirm(self, session_id: str, password: str, visitor: Visitor) -> None:
        """The password was typed anew. Raises WrongPassword."""
        ...

    def is_confirmed(self, session_id: str) -> bool:
        """Whether the password was typed within the last five minutes."""
        ...

    def logout(self, session_id: str) -> None:
        """End one's own session."""
        ...

    def revoke(self, session_id: str) -> Session:
        """End a session. Raises NoSuchSession."""
        ...

    def revoke_others(self, session_id: str) -> int:
        """End all sessions but one; how many there were."""
        ...
