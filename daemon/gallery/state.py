# SPDX-License-Identifier: Apache-2.0
"""What readers of the gallery see: replaced whole by each change."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daemon.gallery.decide import decide, required
from daemon.gallery.groups import Groups
from daemon.gallery.index import CROWD, Index, crowd
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.stored import as_matrix
from daemon.types import Match

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from daemon.config import GallerySettings
    from daemon.gallery.index import Matrix, Neighbours
    from daemon.gallery.stored import Contents, Sample
    from daemon.types import Identification, PersonSummary, Vector


@dataclass(frozen=True, slots=True)
class State:
    """Everyone, and the samples that are searched."""

    roster: Roster
    index: Index
    negatives: Mapping[str, Matrix] = field(default_factory=dict)
    """The counter-examples of the people who have any, by their ids; (n, d)."""
    groups: Groups = field(default_factory=Groups)
    merged: Mapping[str, str] = field(default_factory=dict)
    """Ids of people who are gone, and of those whom they were merged into since the start."""

    @classmethod
    def of(cls, contents: Contents, model_id: str) -> State:
        """The state that a file's contents make, with this model's samples to search."""
        held: defaultdict[str, list[Sample]] = defaultdict(list)
        for sample in contents.samples:
            held[sample.person_id].append(sample)
        roster = Roster.of(Entry.of(stored, held.get(stored.id, ())) for stored in contents.people)
        ours = [sample for sample in contents.samples if sample.model_id == model_id]
        searched = [sample for sample in ours if sample.is_searched]
        index = Index.empty()
        if searched:
            index = Index.build([sample.person_id for sample in searched], as_matrix(searched))
        return cls(roster, index, _negatives(ours), Groups.of(contents.groups))

    def following(self, before: State) -> State:
        """The same, with who was merged before it; not those who are there again."""
        merged = {gone: kept for gone, kept in before.merged.items() if gone not in self.roster.by_id}
        return replace(self, merged=merged)

    @property
    def unsearched(self) -> int:
        """How many positive samples are of another model."""
        return sum(entry.samples for entry in self.roster.by_id.values()) - len(self.index)

    def matches(self, vector: Vector, people: int, voters: int, threshold: float) -> tuple[Match, ...]:
        """The best `people`, best first, with their votes among `voters` samples.

        What is required is told of the first, and of those who reach the threshold: it takes a search of its own.
        """
        near = self.index.search(vector, voters)
        votes = Counter(near.people.tolist())
        found = self.index.nearest_people(vector, people + CROWD, near)
        return tuple(
            Match(
                person=self.roster.by_id[self.index.person_ids[place]].person,
                similarity=similarity,
                rank=rank,
                votes=votes[place],
                required=self._required(place, found, threshold) if rank == 1 or similarity >= threshold else None,
                counter=self._counter(place, vector),
            )
            for rank, (place, similarity) in enumerate(found.best(people), start=1)
        )

    def summaries(self) -> list[PersonSummary]:
        """Everyone, in the order of their names."""
        by_key, groups = self.roster.by_key, self.groups.names()
        return [by_key[key].summary(groups.get(by_key[key].stored.id, ())) for key in sorted(by_key)]

    def matches_of(self, person_ids: Collection[str], vector: Vector, people: int, voters: int) -> tuple[Match, ...]:
        """The best `people` of these, best first, as `matches`, but without what is required."""
        votes = Counter(self.index.search(vector, voters).people.tolist())
        found = self.index.of_people(vector, person_ids)
        return tuple(
            Match(self.roster.by_id[self.index.person_ids[place]].person, similarity, rank, votes[place])
            for rank, (place, similarity) in enumerate(found.best(people), start=1)
        )

    def identify(self, vector: Vector, settings: GallerySettings, excluded: frozenset[str]) -> Identification:
        """Who a face is; never one of the `excluded` ids."""
        people = max(settings.k, 2) + len(excluded)
        matches = self.matches(vector, people, settings.k, settings.threshold)
        # Whoever is excluded or has counter-examples, two must be left to tell the margin.
        while len(matches) == people and sum(match.is_free(excluded) for match in matches) < 2:  # noqa: PLR2004
            people *= 2
            matches = self.matches(vector, people, settings.k, settings.threshold)
        return decide(matches, settings.threshold, settings.margin, excluded)

    def _required(self, place: int, found: Neighbours, threshold: float) -> float:
        return required(threshold, crowd(found.similarities[found.people != place]), self.index.crowd_of(place))

    def _counter(self, place: int, vector: Vector) -> float | None:
        counters = self.negatives.get(self.index.person_ids[place])
        return None if counters is None else float((counters @ vector).max())


def _negatives(samples: Iterable[Sample]) -> dict[str, Matrix]:
    """The counter-examples among samples of one model, by their people."""
    held: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.is_negative:
            held[sample.person_id].append(sample)
    return {person_id: as_matrix(own) for person_id, own in held.items()}
