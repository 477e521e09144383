# SPDX-License-Identifier: Apache-2.0
"""Whole visits: how often a stranger at the door is named, and a resident is not.

Of each person's last picture a visit of ten frames is made (`daemon.evaluation.visits`). People with three other
pictures may be enrolled, with those. N of them are drawn; their visits, and those of everybody who was not drawn, are
decided twice: by `daemon.tracking.Evidence` at the settings, as the daemon does it; and by the average of all frames,
to find what another threshold gives.

One picture has one pose: a real visit shows more of a face. "Five pictures" is a visit of five further pictures of a
resident, as they are, for those who have nine.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from daemon.errors import InputError
from daemon.evaluation.enrolled import Enrolled
from daemon.evaluation.rates import NEVER, wilson
from daemon.evaluation.searches import Searches
from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.state import State
from daemon.gallery.stored import StoredPerson
from daemon.tracking import Evidence, Rules, weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from daemon.config import Settings
    from daemon.evaluation.enrolled import Vectors
    from daemon.evaluation.rates import Bounds, Floats
    from daemon.evaluation.searches import OperatingPoint
    from daemon.evaluation.visitors import Look
    from daemon.types import Embedding, Identification, Vector

SIZES = (5, 20, 100, 150)
SAMPLES = 3
RATE = 1e-3
_FIVE = 5
_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What the daemon tells of visits, at the settings; rates with 95 % bounds."""

    named: float
    """Of strangers: as somebody enrolled. Of residents: as themselves."""
    bounds: Bounds
    others: float
    """Of residents: as somebody else."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "named": round(self.named, 6),
            "bounds": self.bounds.as_json(),
            "as_somebody_else": round(self.others, 6),
        }


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What was measured with galleries of one size."""

    people: int
    resident_visits: int
    """Over all draws."""
    stranger_visits: int
    strangers: Told
    residents: Told
    at_fpir: OperatingPoint | None
    """At the threshold that names one stranger's visit in a thousand; None with fewer strangers."""
    five: float | None
    """Which part of the visits of five pictures is named rightly at that threshold; None without such people."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "people": self.people,
            "resident_visits": self.resident_visits,
            "stranger_visits": self.stranger_visits,
            "strangers": self.strangers.as_json(),
            "residents": self.residents.as_json(),
            "at_fpir_0.001": self.at_fpir.as_json() if self.at_fpir else None,
            "five_pictures_named": None if self.five is None else round(self.five, 5),
        }


class _Resident(NamedTuple):
    """Somebody who may be enrolled."""

    name: str
    samples: Vectors
    """(SAMPLES, d)."""
    visit: str
    """The picture that the visit is made of."""
    five: Vector | None
    """The mean of five further pictures, (d,)."""


class _Gallery:
    """`daemon.tracking.Identifies` over some residents."""

    changes = 0

    def __init__(self, residents: Sequence[_Resident], settings: Settings) -> None:
        ids = [resident.name for resident in residents]
        vectors = np.concatenate([resident.samples for resident in residents])
        roster = Roster.of(Entry(StoredPerson(id_, id_, id_, "", "")) for id_ in ids)
        self._state = State(roster, Index.build([id_ for id_ in ids for _ in range(SAMPLES)], vectors))
        self._settings = settings.gallery

    def identify(self, embedding: Embedding, excluded: frozenset[str]) -> Identification:
        """See `daemon.gallery.Gallery.identify`."""
        return self._state.identify(embedding.vector, self._settings, excluded)


def evaluate_visits(
    people: Mapping[str, Sequence[str]],
    embeddings: Mapping[str, Embedding | None],
    visits: Mapping[str, Sequence[Look]],
    settings: Settings,
) -> list[VisitReport]:
    """Each size of gallery that the people allow.

    Args:
        people: the pictures of each person.
        embeddings: of each of these pictures, as of a photo; None where no face was found.
        visits: of the last picture of each person.
        settings: the rules.

    Raises:
        InputError: they allow none: five people with four pictures, and somebody else.
    """
    residents = list(_residents(people, embeddings))
    sizes = [size for size in SIZES if size <= len(residents) and size < len(people)]
    if not sizes:
        raise InputError("Visits need five people with four pictures or more, and a sixth person.")
    return [_report(residents, people, visits, settings, size) for size in sizes]


def _residents(
    people: Mapping[str, Sequence[str]], embeddings: Mapping[str, Embedding | None]
) -> Iterator[_Resident]:
    for name, pictures in people.items():
        found = [e.vector for path in pictures[:-1] if (e := embeddings[path])]
        if len(found) >= SAMPLES:
            further = found[SAMPLES : SAMPLES + _FIVE]
            five = _mean(further, np.ones(_FIVE)) if len(further) == _FIVE else None
            yield _Resident(name, np.stack(found[:SAMPLES]), pictures[-1], five)


def _report(
    residents: Sequence[_Resident],
    people: Mapping[str, Sequence[str]],
    visits: Mapping[str, Sequence[Look]],
    settings: Settings,
    size: int,
) -> VisitReport:
    numbers = {name: number for number, name in enumerate(people)}
    named: list[str | None] = []
    meant: list[str] = []
    strangers_named = []
    mated, unmated, fives = [], [], []
    for draw in range(_DRAWS):
        drawn = Random(draw).sample(residents, size)  # noqa: S311 a draw, no secret
        inside = {resident.name for resident in drawn}
        others = [name for name in people if name not in inside]
        gallery, enrolled = _Gallery(drawn, settings), Enrolled(np.stack([resident.samples for resident in drawn]))
        named += [_told(visits[resident.visit], gallery, settings) for resident in drawn]
        meant += [resident.name for resident in drawn]
        strangers_named += [_told(visits[people[name][-1]], gallery, settings) is not None for name in others]
        margin = settings.gallery.margin
        score, best = _scores([visits[resident.visit] for resident in drawn], enrolled, margin)
        mated.append((score, best == np.arange(size), np.array([numbers[resident.name] for resident in drawn])))
        score, _ = _scores([visits[people[name][-1]] for name in others], enrolled, margin)
        unmated.append((score, np.array([numbers[name] for name in others])))
        fives += _five(drawn, enrolled, margin)
    searches = Searches.joined(mated, unmated, len(people))
    enough = searches.distinct_strangers * RATE >= 1
    at_fpir = searches.at_fpir(RATE) if enough else None
    right = [one == other for one, other in zip(named, meant, strict=True)]
    wrong = [one not in (None, other) for one, other in zip(named, meant, strict=True)]
    return VisitReport(
        people=size,
        resident_visits=len(named),
        stranger_visits=len(strangers_named),
        strangers=_rate(strangers_named, searches.distinct_strangers),
        residents=_rate(right, len(set(meant)), others=float(np.mean(wrong))),
        at_fpir=at_fpir,
        five=float(np.mean([score >= at_fpir.threshold for score in fives])) if fives and at_fpir else None,
    )


def _rate(hits: Sequence[bool], distinct: int, others: float = 0.0) -> Told:
    part = float(np.mean(hits))
    return Told(part, wilson(part * distinct, distinct), others)


def _told(looks: Iterable[Look], gallery: _Gallery, settings: Settings) -> str | None:
    """The id of whom the daemon names, at any moment of the visit; None if nobody."""
    evidence = Evidence(Rules(settings.tracking, settings.gallery), gallery)
    for look in looks:
        evidence.add(look.embedding, look.quality, look.after_s)
        verdict = evidence.weigh(look.after_s)
        if verdict and verdict.person:
            return verdict.person.id
    return None


def _scores(visits: Sequence[Sequence[Look]], enrolled: Enrolled, margin: float) -> tuple[Floats, Any]:
    """Of the average of each visit; NEVER for one without a usable frame."""
    width = enrolled.width
    means = [
        _mean([look.embedding.vector for look in looks], np.array([weight(look.quality) for look in looks]))
        if looks
        else np.zeros(width, np.float32)
        for looks in visits
    ]
    score, best = enrolled.scores(np.stack(means), margin)
    score[[not looks for looks in visits]] = NEVER
    return score, best


def _five(drawn: Sequence[_Resident], enrolled: Enrolled, margin: float) -> list[float]:
    """The scores of visits of five pictures; NEVER where the best is not the resident."""
    places = [place for place, resident in enumerate(drawn) if resident.five is not None]
    if not places:
        return []
    score, best = enrolled.scores(np.stack([five for one in drawn if (five := one.five) is not None]), margin)
    return [float(one) for one in np.where(best == places, score, NEVER)]


def _mean(vectors: Sequence[Vector], weights: Floats) -> Vector:
    mean = weights.astype(np.float32) @ np.stack(vectors)
    unit: Vector = mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))
    return unit
