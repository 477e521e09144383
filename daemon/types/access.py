# SPDX-License-Identifier: Apache-2.0
"""Who may ask for what over HTTP, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Scope(StrEnum):
    """What a token allows; each scope allows all that those before it do."""

    READ = "read"
    """Lists, identification, status: changes nothing that is kept."""
    ENROL = "enrol"
    """Adds people and samples, says who an unknown visitor was."""
    ADMIN = "admin"
    """Renames, merges, deletes; backups; groups; tokens."""

    def allows(self, needed: Scope) -> bool:
        """Whether a token of this scope may ask for what needs `needed`."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer's token, without its secret."""

    id: str
    name: str
    """What it is for, in its owner's words."""
    scope: Scope
    created_at: datetime
    last_used_at: datetime | None = None
    """To the hour."""
    expires_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """For ``whod token list --json`` and the API."""
        return {
            "id": self.id,
            "name": self.name,
            "scope": self.scope.value,
            "created_at": iso(self.created_at),
            "last_used_at": iso(self.last_used_at) if self.last_used_at else None,
            "expires_at": iso(self.expires_at) if self.expires_at else None,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Token:
        """The opposite of `as_json`."""
        used, expires = record["last_used_at"], record["expires_at"]
        return cls(
            record["id"],
            record["name"],
            Scope(record["scope"]),
            from_iso(record["created_at"]),
            from_iso(used) if used else None,
            from_iso(expires) if expires else None,
        )


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made."""

    token: Token
    bearer: str = field(repr=False)
    """What the bearer sends: ``whod_<id>_<secret>``. It is kept nowhere."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {**self.token.as_json(), "bearer": self.bearer}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> NewToken:
        """The opposite of `as_json`."""
        return cls(Token.from_json(record), record["bearer"])


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was changed over HTTP or MQTT."""

    at: datetime
    who: str
    """The id of a token or a session, ``socket``, ``mqtt``, or ``nobody``."""
    action: str
    """The operation, as the OpenAPI file calls it; ``command_…`` over MQTT."""
    target: str
    """Ids of what it was done to, never a name; empty where it has none."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {"at": iso(self.at), "who": self.who, "action": self.action, "target": self.target}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Deed:
        """The opposite of `as_json`."""
        return cls(from_iso(record["at"]), record["who"], record["action"], record["target"])


@dataclass(frozen=True, slots=True)
class Session:
    """The owner, logged in with one browser."""

    id: str
    device: str
    """The browser and its system in two or three words, as it calls them itself."""
    created_at: datetime
    last_seen_at: datetime
    """To the hour after a restart."""
    csrf: str = field(repr=False)
    """What every form and script of this session sends along, and no foreign site can know."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who wants to log in, as their browser tells of itself; none of it is to be trusted."""

    agent: str = ""
    """The header `User-Agent`."""
    device: str | None = field(default=None, repr=False)
    """The secret that a browser was given when it logged in before, if any."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A login that succeeded."""

    session: Session
    cookie: str = field(repr=False)
    """256 random bits in hexadecimal. It is kept nowhere."""
    device: str = field(repr=False)
    """What makes this browser known when it logs in again; see `Visitor.device`."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A one-time code that was just made."""

    code: str = field(repr=False)
    """``XXXX-XXXX-XXXX``. It is kept nowhere."""
    expires_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For the socket."""
        return {"code": self.code, "expires_at": iso(self.expires_at)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> NewCode:
        """The opposite of `as_json`."""
        return cls(record["code"], from_iso(record["expires_at"]))
