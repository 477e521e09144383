# SPDX-License-Identifier: Apache-2.0
"""What is done to groups of people."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.errors import NameTaken
from daemon.gallery.groups import described
from daemon.gallery.homoglyphs import look
from daemon.gallery.keeper import Keeper
from daemon.gallery.names import normalise, refuse_imitation
from daemon.gallery.stored import StoredGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.gallery.names import Name
    from daemon.gallery.state import State
    from daemon.types import Group

logger = logging.getLogger(__name__)


class Grouping(Keeper):
    """Groups of people. A `ref` is a group's id or name, however it is spelt; people are told by the same.

    Raises NoSuchGroup, NoSuchPerson, BadName; StorageError if something could not be written.
    """

    def groups(self) -> list[Group]:
        """All groups, in the order of their names."""
        state = self._state
        return [described(state.groups.by_key[key], state.roster) for key in sorted(state.groups.by_key)]

    def group(self, ref: str) -> Group:
        """One of them."""
        state = self._state
        return described(state.groups.find(ref), state.roster)

    def members(self, refs: Iterable[str]) -> frozenset[str]:
        """The ids of all people of some groups."""
        groups = self._state.groups
        return frozenset().union(*(groups.find(ref).members for ref in refs))

    def allowed(self, refs: Iterable[str]) -> frozenset[str]:
        """The same of those groups that are there."""
        return self._state.groups.allowed(refs)

    def missing_groups(self, refs: Iterable[str]) -> list[str]:
        """Those of some names or ids that are no group's."""
        return [ref for ref, group in self._state.groups.known(refs).items() if group is None]

    def create_group(self, name: str, people: Iterable[str] = ()) -> Group:
        """A new group. Raises NameTaken if there is one of this name."""
        spelt = normalise(name)
        with self._draft() as draft:
            _check_free(draft.state, spelt, None)
            members = _ids(draft.state, people)
            group = StoredGroup(str(uuid.uuid4()), spelt.display, spelt.key, draft.now, members)
            draft.save_group(group)
        logger.info("group %s created, %d people", group.id, len(members))
        return described(group, draft.state.roster)

    def change_group(
        self,
        ref: str,
        *,
        name: str | None = None,
        people: Iterable[str] | None = None,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
    ) -> Group:
        """Give a group another name or other people; then some more, and some less.

        Raises NameTaken if another group has the name.
        """
        spelt = None if name is None else normalise(name)
        with self._draft() as draft:
            group = draft.state.groups.find(ref)
            if spelt:
                _check_free(draft.state, spelt, group)
                group = replace(group, name=spelt.display, key=spelt.key)
            members = group.members if people is None else _ids(draft.state, people)
            members = (members | _ids(draft.state, add)) - _ids(draft.state, remove)
            group = replace(group, members=members)
            draft.save_group(group)
        logger.info("group %s changed, %d people", group.id, len(members))
        return described(group, draft.state.roster)

    def delete_group(self, ref: str) -> Group:
        """Remove a group; its people stay. Gives what it was."""
        with self._draft() as draft:
            group = draft.state.groups.find(ref)
            draft.remove_group(group)
        logger.info("group %s deleted", group.id)
        return described(group, draft.state.roster)


def _check_free(state: State, name: Name, group: StoredGroup | None) -> None:
    holder = state.groups.by_key.get(name.key)
    if holder and holder is not group:
        raise NameTaken(f'There is a group "{holder.name}" already: choose another name.')
    others = (other.name for other in state.groups.by_id.values() if other is not group)
    refuse_imitation(name, (other for other in others if look(other) == look(name.display)))


def _ids(state: State, people: Iterable[str]) -> frozenset[str]:
    return frozenset(state.roster.find(ref).stored.id for ref in people)
