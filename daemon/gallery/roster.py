# SPDX-License-Identifier: Apache-2.0
"""Who is enrolled, in memory: by id and by name. Never changed in place, like the index."""

from __future__ import annotations

import difflib
import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import NoSuchPerson
from daemon.gallery.homoglyphs import look
from daemon.gallery.names import normalise, refuse_imitation
from daemon.types import Person, PersonSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.gallery.names import Name
    from daemon.gallery.stored import Sample, StoredPerson


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and how many samples there are."""

    stored: StoredPerson
    samples: int = 0
    """That are searched, or would be with their model."""
    negatives: int = 0
    digest: int = 0
    """Another number whenever other samples are there, or set aside."""

    @classmethod
    def of(cls, stored: StoredPerson, samples: Iterable[Sample]) -> Entry:
        """A person with these samples, of all models."""
        positives = negatives = digest = 0
        for sample in samples:
            positives += sample.is_searched
            negatives += sample.is_negative
            digest ^= zlib.crc32(f"{sample.id}{sample.set_aside_at}".encode())
        return cls(stored, positives, negatives, digest)

    @property
    def person(self) -> Person:
        """Who it is."""
        return Person(self.stored.id, self.stored.name, self.stored.familiar)

    def version(self, groups: Iterable[str]) -> str:
        """See `PersonSummary.version`; `groups` are the names of the person's groups."""
        words = [self.stored.name, str(self.stored.familiar), self.stored.updated_at, str(self.digest), *groups]
        return hashlib.blake2s("\n".join(words).encode(), digest_size=8).hexdigest()

    def summary(self, groups: tuple[str, ...]) -> PersonSummary:
        """As lists show it, with the names of the person's groups."""
        return PersonSummary(
            self.stored.id,
            self.stored.name,
            self.samples,
            self.negatives,
            from_iso(self.stored.created_at),
            from_iso(self.stored.updated_at),
            groups=groups,
            familiar=self.stored.familiar,
            version=self.version(groups),
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """All people."""

    by_id: Mapping[str, Entry] = field(default_factory=dict)
    by_key: Mapping[str, Entry] = field(default_factory=dict)
    by_look: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The ids of those whose names look the same; nobody gets such a name any more, but some may have one."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Roster:
        """A roster of these people."""
        by_id = {entry.stored.id: entry for entry in entries}
        by_look: dict[str, tuple[str, ...]] = {}
        for entry in by_id.values():
            seen = look(entry.stored.name)
            by_look[seen] = (*by_look.get(seen, ()), entry.stored.id)
        return cls(by_id, {entry.stored.key: entry for entry in by_id.values()}, by_look)

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

    def admit(self, name: Name, entry: Entry | None = None) -> None:
        """See `refuse_imitation` for a new name of `entry`, or of somebody new.

        To be asked when nobody else has the name itself.
        """
        alike = self.by_look.get(look(name.display), ())
        refuse_imitation(name, (self.by_id[i].stored.name for i in alike if not entry or i != entry.stored.id))

    def plus(self, entry: Entry) -> Roster:
        """A roster with this person, in the place of the one with the same id."""
        person_id, key = entry.stored.id, entry.stored.key
        before = self.by_id.get(person_id)
        if before and (before.stored.key, before.stored.name) == (key, entry.stored.name):
            return Roster({**self.by_id, person_id: entry}, {**self.by_key, key: entry}, self.by_look)
        rest, seen = self.without(person_id) if before else self, look(entry.stored.name)
        alike = (*rest.by_look.get(seen, ()), person_id)
        return Roster({**rest.by_id, person_id: entry}, {**rest.by_key, key: entry}, {**rest.by_look, seen: alike})

    def without(self, person_id: str) -> Roster:
        """A roster without this person."""
        by_id, by_key, by_look = dict(self.by_id), dict(self.by_key), dict(self.by_look)
        if (gone := by_id.pop(person_id, None)) is not None:
            del by_key[gone.stored.key]
            seen = look(gone.stored.name)
            by_look[seen] = tuple(i for i in by_look[seen] if i != person_id)
            if not by_look[seen]:
                del by_look[seen]
        return Roster(by_id, by_key, by_look)
