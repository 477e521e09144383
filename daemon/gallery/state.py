# SPDX-License-Identifier: Apache-2.0
"""What readers of the gallery see: replaced whole by each change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.store import Kind, as_matrix
from daemon.types import Match

if TYPE_CHECKING:
    from daemon.gallery.store import Contents
    from daemon.types import Vector


@dataclass(frozen=True, slots=True)
class State:
    """Everyone, and the samples that are searched."""

    roster: Roster
    index: Index

    @classmethod
    def of(cls, contents: Contents, model_id: str) -> State:
        """The state that a file's contents make, with this model's samples to search."""
        counts = Counter((sample.person_id, sample.kind) for sample in contents.samples)
        roster = Roster.of(
            Entry(stored, counts[stored.id, Kind.POSITIVE], counts[stored.id, Kind.NEGATIVE])
            for stored in contents.people
        )
        searched = [s for s in contents.samples if s.model_id == model_id and s.kind == Kind.POSITIVE]
        if not searched:
            return cls(roster, Index.empty())
        return cls(roster, Index.build([sample.person_id for sample in searched], as_matrix(searched)))

    @property
    def unsearched(self) -> int:
        """How many positive samples are of another model."""
        return sum(entry.samples for entry in self.roster.by_id.values()) - len(self.index)

    def matches(self, vector: Vector, people: int, voters: int) -> tuple[Match, ...]:
        """The best `people` by their prototypes, with their votes among the `voters` nearest samples."""
        votes = Counter(self.index.search(vector, voters).people.tolist())
        best = self.index.search_people(vector, people)
        ranked = zip(best.people.tolist(), best.similarities.tolist(), strict=True)
        return tuple(
            Match(self.roster.by_id[self.index.person_ids[place]].person, similarity, rank, votes[place])
            for rank, (place, similarity) in enumerate(ranked, start=1)
        )
