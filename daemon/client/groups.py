# SPDX-License-Identifier: Apache-2.0
"""The groups of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from daemon.client.asking import Asking
from daemon.client.form import encoded
from daemon.errors import NoSuchGroup
from daemon.types import Group

if TYPE_CHECKING:
    from collections.abc import Sequence


class RemoteGroups(Asking):
    """`daemon.service.GroupsApi`, answered by the daemon; see `RemotePeople`."""

    def all(self) -> list[Group]:
        """See `GroupsApi.all`."""
        return self._ask("GET", "/groups", _groups)

    def find(self, ref: str) -> Group:
        """See `GroupsApi.find`."""
        found = self._ask("GET", f"/groups?{urlencode({'ref': encoded(ref)})}", _groups)
        if not found:
            raise NoSuchGroup(f'There is no group "{ref}" any more.')
        return found[0]

    def create(self, name: str, people: Sequence[str] = ()) -> Group:
        """See `GroupsApi.create`."""
        return self._ask("POST", "/groups", Group.from_json, {"name": name, "people": list(people)})

    def change(
        self,
        ref: str,
        *,
        name: str | None = None,
        people: Sequence[str] | None = None,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Group:
        """See `GroupsApi.change`."""
        body: dict[str, object] = {"add": list(add), "remove": list(remove)}
        body |= {} if name is None else {"name": name}
        body |= {} if people is None else {"people": list(people)}
        return self._ask("PATCH", self._place(ref), Group.from_json, body)

    def delete(self, ref: str) -> Group:
        """See `GroupsApi.delete`."""
        return self._ask("DELETE", self._place(ref), Group.from_json)

    def _place(self, ref: str) -> str:
        """Where in the API the group of this name or id is."""
        return f"/groups/{quote(self.find(ref).id, safe='')}"


def _groups(records: Sequence[dict[str, Any]]) -> list[Group]:
    return [Group.from_json(record) for record in records]
