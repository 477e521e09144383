# SPDX-License-Identifier: Apache-2.0
"""What can be undone of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from daemon.client.asking import Asking
from daemon.client.form import encoded
from daemon.errors import NoSuchUndo
from daemon.types import Person, Undo

if TYPE_CHECKING:
    from collections.abc import Sequence


class RemoteUndos(Asking):
    """`daemon.service.UndosApi`, answered by the daemon; see `RemotePeople`."""

    def all(self) -> list[Undo]:
        """See `UndosApi.all`."""
        return self._ask("GET", "/undo", _undos)

    def undo(self, undo_id: str) -> Person:
        """See `UndosApi.undo`."""
        if not undo_id or "/" in undo_id:
            raise NoSuchUndo(f'"{undo_id}" cannot be undone: look at the list, whod undo.')
        return self._ask("POST", f"/undo/{quote(encoded(undo_id), safe='')}", lambda record: Person(**record))


def _undos(records: Sequence[dict[str, Any]]) -> list[Undo]:
    return [Undo.from_json(record) for record in records]
