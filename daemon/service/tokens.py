# SPDX-License-Identifier: Apache-2.0
"""Tokens of the API; `daemon.access.Access` is the implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from daemon.service.owner import OwnerApi
    from daemon.types import Deed, NewToken, Scope, Token


class TokensApi(Protocol):
    """Tokens; by the owner of the state folder, or by one who asks it. Raises StorageError."""

    def create(self, name: str, scope: Scope, days: int | None = None) -> NewToken:
        """A new token, for good or for so many days; its secret is told this once. Raises BadName."""
        ...

    def all(self) -> list[Token]:
        """Every token that was not revoked, oldest first, those that have expired too."""
        ...

    def revoke(self, token_id: str) -> Token:
        """Take a token back: it stops at once. Raises NoSuchToken."""
        ...

    def deeds(self, limit: int = 100) -> list[Deed]:
        """What was changed over HTTP, the newest first."""
        ...


class AccessApi(TokensApi, Protocol):
    """What the web needs besides."""

    @property
    def owner(self) -> OwnerApi:
        """The one who has a password."""
        ...

    def bearer(self, sent: str) -> Token | None:
        """Whose token this is; None for none, a revoked one or one that has expired."""
        ...

    def note(self, who: str, action: str, target: str = "") -> None:
        """Remember that somebody changed something."""
        ...

    def last(self, *actions: str) -> Deed | None:
        """The newest deed that is one of these; None if none is on record."""
        ...
