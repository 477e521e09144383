# SPDX-License-Identifier: Apache-2.0
"""The tokens of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from daemon.client.asking import Asking
from daemon.client.form import encoded
from daemon.errors import NoSuchToken
from daemon.types import Deed, NewToken, Token

if TYPE_CHECKING:
    from daemon.types import Scope


class RemoteTokens(Asking):
    """`daemon.service.TokensApi`, answered by the daemon; see `RemotePeople`."""

    def create(self, name: str, scope: Scope, days: int | None = None) -> NewToken:
        """See `TokensApi.create`."""
        return self._ask("POST", "/tokens", NewToken.from_json, {"name": name, "scope": scope.value, "days": days})

    def all(self) -> list[Token]:
        """See `TokensApi.all`."""
        return self._ask("GET", "/tokens", lambda records: [Token.from_json(record) for record in records])

    def revoke(self, token_id: str) -> Token:
        """See `TokensApi.revoke`."""
        if not token_id or "/" in token_id:
            raise NoSuchToken(f'There is no token "{token_id}": look at the list, whod token list.')
        return self._ask("DELETE", f"/tokens/{quote(encoded(token_id), safe='')}", Token.from_json)

    def deeds(self, limit: int = 100) -> list[Deed]:
        """See `TokensApi.deeds`."""
        return self._ask(
            "GET", f"/audit?limit={limit}", lambda records: [Deed.from_json(record) for record in records]
        )
