# SPDX-License-Identifier: Apache-2.0
"""Groups of people, in memory. Never changed in place, like the roster."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import BadName, NoSuchGroup
from daemon.gallery.names import normalise
from daemon.types import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.gallery.roster import Roster
    from daemon.gallery.stored import StoredGroup


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups."""

    by_id: Mapping[str, StoredGroup] = field(default_factory=dict)
    by_key: Mapping[str, StoredGroup] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Iterable[StoredGroup]) -> Groups:
        """These groups."""
        by_id = {group.id: group for group in groups}
        return cls(by_id, {group.key: group for group in by_id.values()})

    def find(self, ref: str) -> StoredGroup:
        """A group by id or by name, however it is spelt.

        Raises NoSuchGroup, with the nearest name if there is one, or BadName if `ref` cannot be a name.
        """
        if (group := self.by_id.get(ref)) is not None:
            return group
        name = normalise(ref)
        if (group := self.by_key.get(name.key)) is not None:
            return group
        close = difflib.get_close_matches(name.key, self.by_key, n=1)
        hint = f'; did you mean "{self.by_key[close[0]].name}"?' if close else ": look at the list of groups."
        raise NoSuchGroup(f'There is no group "{name.display}"{hint}')

    def known(self, refs: Iterable[str]) -> dict[str, StoredGroup | None]:
        """Each of some names or ids, with its group if there is one."""
        found: dict[str, StoredGroup | None] = {}
        for ref in refs:
            try:
                found[ref] = self.find(ref)
            except (NoSuchGroup, BadName):
                found[ref] = None
        return found

    def allowed(self, refs: Iterable[str]) -> frozenset[str]:
        """The ids of all people of those of some groups that are there."""
        return frozenset().union(*(group.members for group in self.known(refs).values() if group))

    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the groups of each person who is in one, in their order, by the person's id."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for key in sorted(self.by_key):
            for person_id in self.by_key[key].members:
                found[person_id].append(self.by_key[key].name)
        return {person_id: tuple(names) for person_id, names in found.items()}

    def of_person(self, person_id: str) -> list[StoredGroup]:
        """The groups of a person."""
        return [group for group in self.by_id.values() if person_id in group.members]

    def plus(self, group: StoredGroup) -> Groups:
        """With this group, in the place of the one with the same id."""
        return Groups.of([*(other for other in self.by_id.values() if other.id != group.id), group])

    def without(self, group_id: str) -> Groups:
        """Without this group."""
        return Groups.of(group for group in self.by_id.values() if group.id != group_id)

    def without_person(self, person_id: str) -> Groups:
        """With this person in none of them."""
        gone = frozenset({person_id})
        return Groups.of(replace(group, members=group.members - gone) for group in self.by_id.values())

    def emptied(self) -> Groups:
        """With nobody in any."""
        return Groups.of(replace(group, members=frozenset()) for group in self.by_id.values())


def described(group: StoredGroup, roster: Roster) -> Group:
    """A group with its people."""
    entries = sorted((roster.by_id[person_id] for person_id in group.members), key=lambda entry: entry.stored.key)
    return Group(group.id, group.name, tuple(entry.person for entry in entries), from_iso(group.created_at))
