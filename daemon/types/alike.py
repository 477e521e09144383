# SPDX-License-Identifier: Apache-2.0
"""How well the people of a gallery can be told apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.types.people import Person

if TYPE_CHECKING:
    from collections.abc import Mapping


class Doubt(StrEnum):
    """What is wrong with samples."""

    ODD_SAMPLE = "odd_sample"
    """It is unlike the others of its person."""
    ALIKE = "alike"
    """Two people cannot be told apart."""
    ONE_SAMPLE = "one_sample"
    """There are people of whom nothing can be checked."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to look at."""

    doubt: Doubt
    people: tuple[Person, ...]
    """Whom it is about; of an odd sample its person, and, if there is one, who it is more like."""
    sample_id: str | None
    """Of an odd sample."""
    text: str
    """What is wrong and what to do, in a sentence."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How well a person stands apart from the others; each sample was looked for in the gallery without it."""

    person: Person
    samples: int
    tested: int
    """How many of them were looked for; none of a person with one."""
    missed: int
    """How many of those were not recognised."""
    mistaken: int
    """How many of all were taken for somebody else."""
    required: float
    """The similarity from which an ordinary face is this person's, with these settings and this gallery."""
    lowest: float | None = None
    """The lowest similarity of a sample to the person without it."""
    lowest_sample: str | None = None
    """Its id."""
    nearest: Person | None = None
    """Who is most like them, if there are others."""
    similarity: float | None = None
    """To that person: cosine of the two means of samples."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who are alike."""

    a: Person
    b: Person
    similarity: float
    """Cosine of the two means of samples."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The threshold for a wanted false-accept rate."""

    rate: float
    """Which part of strangers may be named, by single pictures."""
    threshold: float
    """What `gallery.threshold` is to be: the higher of the two."""
    measured: float
    """Measured on public pictures, for galleries of up to 150 people."""
    own: float | None
    """From this gallery, each person as a stranger to the others; None if there are too few people to tell."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold would mean."""

    threshold: float
    rate: float | None
    """Which part of strangers' pictures is named, as measured on public ones; None where that was not measured."""
    missed: float | None
    """Which part of the samples is not recognised without themselves; None where none has a second one beside it."""
    named: float | None
    """Which part of the samples is named as somebody else if its person is not enrolled; None with one person."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How many samples are named at which threshold.

    Each was looked for in the gallery without it, and in the gallery without its person. Histograms are of the
    thresholds up to which it is named, in parts of equal width from 0 to 1; what is below or above is in the outer.
    """

    samples: int
    looked: int
    """How many of them were looked for: of a very large gallery only some, evenly spread."""
    same: tuple[int, ...]
    """Samples by the threshold up to which they are recognised; of people with at least two."""
    same_never: int
    """How many are at none."""
    different: tuple[int, ...]
    """Samples by the threshold up to which they are named as somebody else while their person is not enrolled."""
    different_never: int
    """How many are at none."""
    now: Choice
    """The threshold of the settings."""
    choices: tuple[Choice, ...]
    """Thresholds for some rates, the highest rate first."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            **asdict(self),
            "same": list(self.same),
            "different": list(self.different),
            "now": _rounded(self.now),
            "choices": [_rounded(choice) for choice in self.choices],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Scores:
        """The opposite of `as_json`."""
        return cls(
            **{
                **record,
                "same": tuple(record["same"]),
                "different": tuple(record["different"]),
                "now": Choice(**record["now"]),
                "choices": tuple(Choice(**choice) for choice in record["choices"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Closeness:
    """Some people, and how alike each is to each."""

    people: tuple[Person, ...]
    """Somebody, and those who are most like them, best first."""
    matrix: tuple[tuple[float, ...], ...]
    """Cosines of everyone's mean of samples to everyone's, in the order of `people`."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "people": [asdict(person) for person in self.people],
            "matrix": [[round(value, _DIGITS) for value in row] for row in self.matrix],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Closeness:
        """The opposite of `as_json`."""
        people = tuple(Person(**person) for person in record["people"])
        return cls(people, tuple(map(tuple, record["matrix"])))


@dataclass(frozen=True, slots=True)
class AlikeReport:
    """How well the people of a gallery can be told apart."""

    people: tuple[Standing, ...]
    """By name."""
    pairs: tuple[Pair, ...]
    """The closest, the closest first."""
    matrix: tuple[tuple[float, ...], ...]
    """Cosines of everyone's mean to everyone's, in the order of `people`; empty if there are too many."""
    cautions: tuple[Caution, ...]
    advice: Advice | None = None
    scores: Scores | None = None
    """None while nobody is enrolled."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod alike --json`` and the API."""
        return {
            "people": [_record(standing) for standing in self.people],
            "pairs": [_record(pair) for pair in self.pairs],
            "matrix": [[round(value, _DIGITS) for value in row] for row in self.matrix],
            "warnings": [_record(caution) for caution in self.cautions],
            "advice": _record(self.advice) if self.advice else None,
            "scores": self.scores.as_json() if self.scores else None,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> AlikeReport:
        """The opposite of `as_json`."""
        return cls(
            tuple(
                Standing(
                    **{**standing, "person": Person(**standing["person"]), "nearest": _person(standing["nearest"])}
                )
                for standing in record["people"]
            ),
            tuple(Pair(Person(**pair["a"]), Person(**pair["b"]), pair["similarity"]) for pair in record["pairs"]),
            tuple(map(tuple, record["matrix"])),
            tuple(_caution(caution) for caution in record["warnings"]),
            Advice(**record["advice"]) if record["advice"] else None,
            Scores.from_json(record["scores"]) if record["scores"] else None,
        )


_DIGITS = 4
_RATE_DIGITS = 6


def _record(value: Standing | Pair | Caution | Advice) -> dict[str, Any]:
    return {key: _plain(item) for key, item in asdict(value).items()}


def _rounded(choice: Choice) -> dict[str, float | None]:
    figures = asdict(choice)
    return {key: None if value is None else round(value, _RATE_DIGITS) for key, value in figures.items()}


def _plain(item: object) -> object:
    if isinstance(item, float):
        return round(item, _DIGITS)
    return list(item) if isinstance(item, tuple) else item


def _person(record: Mapping[str, Any] | None) -> Person | None:
    return Person(**record) if record else None


def _caution(record: Mapping[str, Any]) -> Caution:
    people = tuple(Person(**person) for person in record["people"])
    return Caution(Doubt(record["doubt"]), people, record["sample_id"], record["text"])
