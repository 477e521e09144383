# SPDX-License-Identifier: Apache-2.0
"""How well the people of a gallery can be told apart, with names and in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.lookalikes import MATRIX, look_alikes
from daemon.gallery.thresholds import advise
from daemon.types import AlikeReport, Caution, Doubt, Pair, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daemon.config import GallerySettings
    from daemon.gallery.lookalikes import LookAlikes, Odd
    from daemon.gallery.state import State
    from daemon.gallery.stored import Sample
    from daemon.types import Advice, Person

_NAMED = 3
"""People who are named in one sentence."""


def report(
    state: State, samples: Iterable[Sample], settings: GallerySettings, false_accept: float | None = None
) -> AlikeReport:
    """How well everyone of whom there is a sample can be told apart.

    Args:
        state: the gallery.
        samples: at least those that are searched, for their ids.
        settings: threshold and margin.
        false_accept: which part of strangers may be named; None: no advice is wanted.

    Raises:
        InputError: there is no measured threshold for `false_accept`.
    """
    alike = look_alikes(state.index, state.negatives, settings) if len(state.index) else None
    advice = None if false_accept is None else advise(false_accept, alike)
    if alike is None:
        return AlikeReport((), (), (), (), advice)
    return _Report(state, samples, alike).whole(advice)


class _Report:
    """What was found, to be told."""

    def __init__(self, state: State, samples: Iterable[Sample], alike: LookAlikes) -> None:
        self._index = state.index
        self._alike = alike
        self._people = [state.roster.by_id[person_id].person for person_id in state.index.person_ids]
        self._ids = {(sample.person_id, sample.vector): sample.id for sample in samples if sample.is_searched}

    def whole(self, advice: Advice | None) -> AlikeReport:
        order = sorted(range(len(self._people)), key=lambda place: self._people[place].name.casefold())
        pairs = (Pair(self._people[a], self._people[b], similarity) for a, b, similarity in self._alike.pairs())
        return AlikeReport(
            people=tuple(self._standing(place) for place in order),
            pairs=tuple(pairs),
            matrix=self._matrix(order) if len(order) <= MATRIX else (),
            cautions=tuple(self._cautions()),
            advice=advice,
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

    def _matrix(self, order: Sequence[int]) -> tuple[tuple[float, ...], ...]:
        prototypes = self._index.prototypes.take(np.array(order))
        return tuple(map(tuple, (prototypes @ prototypes.T).tolist()))

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


def _names(people: Sequence[Person]) -> str:
    named, more = [f'"{person.name}"' for person in people[:_NAMED]], len(people) - _NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
