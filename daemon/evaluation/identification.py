# SPDX-License-Identifier: Apache-2.0
"""Open-set identification: how often one picture of a stranger is named, and one of a resident is not.

N people are drawn and enrolled with a few pictures each; the others of theirs are searched for, and one picture of
each person who was not drawn. The rules are the gallery's. A resident who is taken for another, or whose face is
missed, is not identified. The daemon decides on several frames of a visit: see `daemon.evaluation.visitors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.errors import InputError
from daemon.evaluation.curves import Curves
from daemon.evaluation.enrolled import Enrolled
from daemon.evaluation.rates import NEVER
from daemon.evaluation.searches import OperatingPoint, Searches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from daemon.config import GallerySettings
    from daemon.evaluation.enrolled import Vectors
    from daemon.evaluation.rates import Bools, Floats
    from daemon.types import Embedding

SIZES = (3, 10, 20, 50, 100, 150)
SAMPLES = (1, 3, 5)
FALSE_POSITIVE_RATES = (1e-2, 1e-3)
_DRAWS = 20
_PROBES = 10
"""Of a person at most, so that nobody with hundreds of pictures weighs more."""


@dataclass(frozen=True, slots=True)
class OpenSetReport:
    """What was measured with galleries of one size."""

    people: int
    samples: int
    """Of each."""
    draws: int
    residents: int
    """Searches for enrolled people, over all draws."""
    strangers: int
    shipped: OperatingPoint
    """At the threshold of the settings."""
    at_fpir: Mapping[float, OperatingPoint]
    """By the rate; only those of which there are enough strangers to tell."""
    curves: Curves

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "people": self.people,
            "samples": self.samples,
            "draws": self.draws,
            "resident_searches": self.residents,
            "stranger_searches": self.strangers,
            "shipped": self.shipped.as_json(),
            "at_fpir": {f"{rate:g}": point.as_json() for rate, point in self.at_fpir.items()},
        }


@dataclass(frozen=True, slots=True)
class _Resident:
    """Somebody who may be enrolled."""

    name: str
    samples: Vectors
    """(samples, d)."""
    probes: list[Embedding | None]


def evaluate_open_set(
    people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None], settings: GallerySettings
) -> list[OpenSetReport]:
    """Each size of gallery and number of samples that the people allow.

    Raises InputError if they allow none: three people with a picture more than the samples, and somebody else.
    """
    firsts = {
        person: found[0].vector
        for person, pictures in people.items()
        if (found := [e for path in pictures if (e := embeddings[path])])
    }
    reports = []
    for samples in SAMPLES:
        residents = list(_residents(people, embeddings, samples))
        reports += [
            _report(_search(residents, firsts, size, settings.margin), size, samples, settings.threshold)
            for size in SIZES
            if size <= len(residents) and size < len(firsts)
        ]
    if not reports:
        raise InputError("Open-set identification needs three people with two pictures or more, and a fourth person.")
    return reports


def _residents(
    people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None], samples: int
) -> Iterator[_Resident]:
    """Those with a picture more than the samples. One without a face cannot be enrolled, but is searched for."""
    for name, pictures in people.items():
        enrolled = [path for path in pictures if embeddings[path] is not None][:samples]
        others = [embeddings[path] for path in pictures if path not in enrolled]
        if len(enrolled) == samples and others:
            yield _Resident(
                name, np.stack([e.vector for path in enrolled if (e := embeddings[path])]), others[:_PROBES]
            )


def _search(residents: Sequence[_Resident], firsts: Mapping[str, Any], size: int, margin: float) -> Searches:
    """All searches of all draws."""
    numbers = {name: number for number, name in enumerate(firsts)}
    mated: list[tuple[Floats, Bools, npt.NDArray[np.intp]]] = []
    unmated: list[tuple[Floats, npt.NDArray[np.intp]]] = []
    everyone = np.stack(list(firsts.values()))
    for draw in range(_DRAWS):
        drawn = Random(draw).sample(residents, size)  # noqa: S311 a draw, no secret
        enrolled = Enrolled(np.stack([person.samples for person in drawn]))
        probes = [(place, probe) for place, person in enumerate(drawn) for probe in person.probes]
        places = np.array([place for place, _ in probes])
        vectors = np.stack([probe.vector if probe else np.zeros_like(everyone[0]) for _, probe in probes])
        score, best = enrolled.scores(vectors, margin)
        score[[probe is None for _, probe in probes]] = NEVER
        known = np.array([numbers[person.name] for person in drawn])
        mated.append((score, best == places, known[places]))
        others = np.setdiff1d(np.arange(len(everyone)), known)
        unmated.append((enrolled.scores(everyone[others], margin)[0], others))
    return Searches.joined(mated, unmated, len(everyone))


def _report(searches: Searches, size: int, samples: int, threshold: float) -> OpenSetReport:
    rates = [rate for rate in FALSE_POSITIVE_RATES if rate * searches.distinct_strangers >= 1]
    return OpenSetReport(
        people=size,
        samples=samples,
        draws=_DRAWS,
        residents=len(searches.residents),
        strangers=len(searches.strangers),
        shipped=searches.at_threshold(threshold),
        at_fpir={rate: searches.at_fpir(rate) for rate in rates},
        curves=Curves.of(searches),
    )
