# SPDX-License-Identifier: Apache-2.0
"""Who is enrolled, in memory: by id and by name. Never changed in place, like the index."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import NoSuchPerson
from daemon.gallery.names import normalise
from daemon.types import Person, PersonSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.gallery.store import StoredPerson


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and how many samples there are."""

    stored: StoredPerson
    samples: int = 0
    """That are searched, or would be with their model."""
    negatives: int = 0

    @property
    def person(self) -> Person:
        """Who it is."""
        return Person(self.stored.id, self.stored.name, self.stored.familiar)

    @property
    def summary(self) -> PersonSummary:
        """As lists show it."""
        return PersonSummary(
            self.stored.id,
            self.stored.name,
            self.samples,
            self.negatives,
            from_iso(self.stored.created_at),
            from_iso(self.stored.updated_at),
            familiar=self.stored.familiar,
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """All people."""

    by_id: Mapping[str, Entry] = field(default_factory=dict)
    by_key: Mapping[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Roster:
        """A roster of these people."""
        by_id = {entry.stored.id: entry for entry in entries}
        return cls(by_id, {entry.stored.key: entry for entry in by_id.values()})

    def __len__(self) -> int:
        return len(self.by_id)

    def find(self, ref: str) -> Entry:
        """A person by id or by name, however it is spelt.

        Raises NoSuchPerson, with the nearest name if there is one, or BadName if `ref` cannot be a name.
        """
        if (entry := self.by_id.get(ref)) is not None:
            return entry
        name = normalise(ref)
        if (entry := self.by_key.get(name.key)) is not None:
            return entry
        close = difflib.get_close_matches(name.key, self.by_key, n=1)
        hint = f'; did you mean "{self.by_key[close[0]].stored.name}"?' if close else ": look at the list of people."
        raise NoSuchPerson(f'Nobody named "{name.display}" is enrolled{hint}')

    def summaries(self) -> list[PersonSummary]:
        """Everyone, in the order of their names."""
        return [self.by_key[key].summary for key in sorted(self.by_key)]

    def plus(self, entry: Entry) -> Roster:
        """A roster with this person, in the place of the one with the same id."""
        rest = self.without(entry.stored.id)
        return Roster({**rest.by_id, entry.stored.id: entry}, {**rest.by_key, entry.stored.key: entry})

    def without(self, person_id: str) -> Roster:
        """A roster without this person."""
        by_id, by_key = dict(self.by_id), dict(self.by_key)
        if (gone := by_id.pop(person_id, None)) is not None:
            del by_key[gone.stored.key]
        return Roster(by_id, by_key)
