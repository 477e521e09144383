# SPDX-License-Identifier: Apache-2.0
"""The search alone, in galleries of made-up people: from a large household to a city."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daemon.benchmark.clocks import Spread, in_turn
from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.state import State
from daemon.gallery.stored import StoredPerson

if TYPE_CHECKING:
    import numpy.typing as npt

    from daemon.benchmark.clocks import Limit
    from daemon.config import GallerySettings

SAMPLES_EACH = 5
"""Of a person."""

_WIDTH = 192
_SPREAD = 0.8
"""Length of what sets a sample apart from its person: two of one person have a cosine of about 0.6, as faces do."""
_BYTES = 4 * 4 * _WIDTH
"""Needed for a sample while its gallery is made: its vector, a sorted copy, what is computed on that, its person."""
_AT_ONCE = 10_000
_PROBES = 50


@dataclass(frozen=True, slots=True)
class SearchTime:
    """Of one face in a gallery of so many."""

    samples: int
    people: int
    spread: Spread


def bytes_for(samples: int) -> int:
    """How much memory `measure_search` takes at most."""
    return samples * _BYTES


def measure_search(samples: int, settings: GallerySettings, limit: Limit) -> SearchTime:
    """How long it takes to say whose a face is, in a gallery of `samples`, five a person."""
    random = np.random.default_rng(0)
    people = samples // SAMPLES_EACH
    vectors = _vectors(people, random)
    probes = itertools.cycle(np.array(vectors[random.integers(0, len(vectors), _PROBES)]))
    ids = [f"{person:036}" for person in range(people)]
    roster = Roster.of(Entry(StoredPerson(id_, id_, id_, "", ""), SAMPLES_EACH) for id_ in ids)
    state = State(roster, Index.build([id_ for id_ in ids for _ in range(SAMPLES_EACH)], vectors))

    def identify() -> None:
        state.identify(next(probes), settings, frozenset())

    (times,) = in_turn({"identify": identify}, limit).values()
    return SearchTime(samples, people, Spread.of(times))


def _vectors(people: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Unit vectors, (people * 5, 192): each person's around a direction of their own."""
    vectors = np.empty((people, SAMPLES_EACH, _WIDTH), np.float32)
    apart = _SPREAD * _unit(random.standard_normal((min(people, _AT_ONCE), SAMPLES_EACH, _WIDTH), np.float32))
    for start in range(0, people, _AT_ONCE):
        part = vectors[start : start + _AT_ONCE]
        directions = _unit(random.standard_normal((len(part), 1, _WIDTH), np.float32))
        part[:] = _unit(directions + apart[: len(part)])
    return vectors.reshape(-1, _WIDTH)


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)
