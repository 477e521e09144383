# SPDX-License-Identifier: Apache-2.0
"""How well the people of a gallery can be told apart, with names and in words. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.lookalikes import MATRIX, look_alikes
from daemon.gallery.scores import scores
from daemon.gallery.thresholds import advise
from daemon.types import AlikeReport, Caution, Closeness, Doubt, Pair, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daemon.config import GallerySettings
    from daemon.gallery.index import Index
    from daemon.gallery.lookalikes import LookAlikes, Odd
    from daemon.gallery.state import State
    from daemon.gallery.stored import Sample
    from daemon.types import Person

_NAMED = 3
"""People who are named in one sentence."""


class Finding:
    """How well everyone of whom there is a sample can be told apart.

    Args:
        state: the gallery; it is not kept.
        samples: at least those that are searched, for their ids.
        settings: threshold and margin.
    """

    def __init__(self, state: State, samples: Iterable[Sample], settings: GallerySettings) -> None:
        self._alike = look_alikes(state.index, state.negatives, settings) if len(state.index) else None
        self._report = AlikeReport((), (), (), ())
        if self._alike:
            whole = _Report(state, samples, self._alike).whole()
            self._report = replace(whole, scores=scores(self._alike, settings.threshold))

    def report(self, false_accept: float | None = None) -> AlikeReport:
        """With advice for which part of strangers may be named; None: no advice is wanted.

        Raises:
            InputError: there is no measured threshold for `false_accept`.
        """
        return (
            self._report if false_accept is None else replace(self._report, advice=advise(false_accept, self._alike))
        )


def closeness(state: State, person: Person, count: int) -> Closeness:
    """A person and the `count` others whose means of samples are nearest; only the person if there is no sample."""
    index = state.index
    if person.id not in index.person_ids:
        return Closeness((person,), ((1.0,),))
    (own,) = index.prototypes.take(np.array([place := index.person_ids.index(person.id)]))
    found = index.search_people(own, count + 1)
    places = [place, *(other for other, _ in found.best(count + 1) if other != place)][: count + 1]
    people = tuple(state.roster.by_id[index.person_ids[each]].person for each in places)
    return Closeness(people, _cosines(index, places))


class _Report:
    """What was found, to be told."""

    def __init__(self, state: State, samples: Iterable[Sample], alike: LookAlikes) -> None:
        self._index = state.index
        self._alike = alike
        self._people = [state.roster.by_id[person_id].person for person_id in state.index.person_ids]
        self._ids = {(sample.person_id, sample.vector): sample.id for sample in samples if sample.is_searched}

    def whole(self) -> AlikeReport:
        order = sorted(range(len(self._people)), key=lambda place: self._people[place].name.casefold())
        pairs = (Pair(self._people[a], self._people[b], similarity) for a, b, similarity in self._alike.pairs())
        return AlikeReport(
            people=tuple(self._standing(place) for place in order),
            pairs=tuple(pairs),
            matrix=_cosines(self._index, order) if len(order) <= MATRIX else (),
            cautions=tuple(self._cautions()),
        )

    def _standing(self, place: int) -> Standing:
        found, nearest = self._alike, int(self._alike.nearest.people[place, 0])
        tested = bool(found.tested[place])
        return Standing(
            person=self._people[place],
            samples=int(found.counts[place]),
            tested=int(found.tested[place]),
            missed=int(found.missed[place]),
            mistaken=int(found.mistaken[place]),
            required=float(found.required[place]),
            lowest=float(found.lowest[place]) if tested else None,
            lowest_sample=self._sample_id(place, int(found.lowest_numbers[place])) if tested else None,
            nearest=self._people[nearest] if nearest >= 0 else None,
            similarity=float(found.nearest.similarities[place, 0]) if nearest >= 0 else None,
        )

    def _cautions(self) -> Iterator[Caution]:
        for a, b, similarity in self._alike.couples:
            one, other = self._people[a], self._people[b]
            yield Caution(
                Doubt.ALIKE,
                (one, other),
                None,
                f'"{one.name}" and "{other.name}" can hardly be told apart (similarity {similarity:.2f}): merge them '
                "if they are one person; else enrol more pictures of both, and counter-examples with whod not.",
            )
        for odd in self._alike.odd:
            yield self._odd(odd)
        alone = [self._people[place] for place in np.flatnonzero(self._alike.counts == 1).tolist()]
        if alone:
            yield Caution(
                Doubt.ONE_SAMPLE,
                tuple(alone),
                None,
                f"There is only one sample of {_names(alone)}: "
                "enrol two pictures more, so that a wrong one is noticed.",
            )

    def _odd(self, odd: Odd) -> Caution:
        person, sample_id = self._people[odd.place], self._sample_id(odd.place, odd.number)
        other = None if odd.other is None else self._people[odd.other]
        if other:
            what = f'looks more like "{other.name}" (similarity {odd.similarity:.2f}) than like the others'
        else:
            what = "is unlike the others"
        return Caution(
            Doubt.ODD_SAMPLE,
            (person, other) if other else (person,),
            sample_id,
            f'A sample of "{person.name}" {what} of "{person.name}" ({odd.own:.2f}): if it shows somebody else, '
            f'remove it with whod samples "{person.name}" --delete {sample_id}',
        )

    def _sample_id(self, place: int, number: int) -> str:
        person_id = self._index.person_ids[place]
        return self._ids[person_id, self._index.samples_of(person_id)[number].tobytes()]


def _cosines(index: Index, places: Sequence[int]) -> tuple[tuple[float, ...], ...]:
    prototypes = index.prototypes.take(np.array(places))
    return tuple(map(tuple, (prototypes @ prototypes.T).tolist()))


def _names(people: Sequence[Person]) -> str:
    named, more = [f'"{person.name}"' for person in people[:_NAMED]], len(people) - _NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
