# SPDX-License-Identifier: Apache-2.0
"""Groups of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery import Gallery
    from daemon.types import Group


class GroupsApi(Protocol):
    """Everything about groups; a `ref` is the id or name of a group, people are told by theirs. See `PeopleApi`.

    Raises NoSuchGroup, NoSuchPerson and BadName.
    """

    def all(self) -> list[Group]:
        """All groups, by name."""
        ...

    def find(self, ref: str) -> Group:
        """One of them."""
        ...

    def create(self, name: str, people: Sequence[str] = ()) -> Group:
        """A new group; NameTaken if there is one of that name."""
        ...

    def change(
        self,
        ref: str,
        *,
        name: str | None = None,
        people: Sequence[str] | None = None,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Group:
        """Another name, or other people; then some more, and some less. NameTaken as `create`."""
        ...

    def delete(self, ref: str) -> Group:
        """Remove a group; its people stay. Gives what it was."""
        ...


class Groups:
    """`GroupsApi` over the gallery of this process."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def all(self) -> list[Group]:
        """See `GroupsApi.all`."""
        return self._gallery.groups()

    def find(self, ref: str) -> Group:
        """See `GroupsApi.find`."""
        return self._gallery.group(ref)

    def create(self, name: str, people: Sequence[str] = ()) -> Group:
        """See `GroupsApi.create`."""
        return self._gallery.create_group(name, people)

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
        return self._gallery.change_group(ref, name=name, people=people, add=add, remove=remove)

    def delete(self, ref: str) -> Group:
        """See `GroupsApi.delete`."""
        return self._gallery.delete_group(ref)
