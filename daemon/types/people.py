# SPDX-License-Identifier: Apache-2.0
"""People, and who a face is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.types.image import Detection


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name. The id stays when the name changes."""

    id: str
    name: str
    familiar: bool = False
    """Comes often, but is no resident, such as the postman: recognised, but never `identified`."""


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person as lists show them."""

    id: str
    name: str
    samples: int
    negatives: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None = None
    groups: tuple[str, ...] = ()
    familiar: bool = False
    """As `Person.familiar`."""
    version: str = ""
    """A word that is another one after each change of the person, the samples or the groups."""

    def seen(self, last: datetime | None) -> PersonSummary:
        """The same, with when the person was seen last."""
        return replace(self, last_seen_at=last)

    def as_json(self) -> dict[str, Any]:
        """For ``whod people --json`` and the API."""
        return {
            "id": self.id,
            "name": self.name,
            "samples": self.samples,
            "negatives": self.negatives,
            "groups": list(self.groups),
            "version": self.version,
            "familiar": self.familiar,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "last_seen_at": iso(self.last_seen_at) if self.last_seen_at else None,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> PersonSummary:
        """The opposite of `as_json`."""
        last_seen = record["last_seen_at"]
        return cls(
            id=record["id"],
            name=record["name"],
            samples=record["samples"],
            negatives=record["negatives"],
            created_at=from_iso(record["created_at"]),
            updated_at=from_iso(record["updated_at"]),
            last_seen_at=from_iso(last_seen) if last_seen else None,
            groups=tuple(record["groups"]),
            familiar=record["familiar"],
            version=record["version"],
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate for a face."""

    person: Person
    similarity: float
    """Cosine: 0.7 of that to the mean of the samples and 0.3 of that to the nearest sample."""
    rank: int
    """1 is the best."""
    votes: int
    """How many of the k nearest samples are this person's."""
    required: float | None = None
    """The similarity from which the face is this person's; None where it is not the best and below the threshold."""
    counter: float | None = None
    """Cosine to the nearest counter-example of this person; None without one."""

    def is_free(self, excluded: frozenset[str] = frozenset()) -> bool:
        """Whether it can be this person: not one of the `excluded` ids, nor nearer to a counter-example of theirs."""
        return self.person.id not in excluded and (self.counter is None or self.counter <= self.similarity)

    def as_json(self) -> dict[str, Any]:
        """For the history."""
        return {
            "person_id": self.person.id,
            "similarity": _short(self.similarity),
            "votes": self.votes,
            "required": _short(self.required),
            "counter": _short(self.counter),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any], rank: int) -> Match:
        """The opposite of `as_json`; the person has no name."""
        person = Person(record["person_id"], "")
        return cls(person, record["similarity"], rank, record["votes"], record["required"], record["counter"])


@dataclass(frozen=True, slots=True)
class Identification:
    """The decision for one face: a person, or unknown, and why."""

    person: Person | None
    similarity: float
    """Of the best candidate, whether or not it was taken; 0 with an empty gallery."""
    margin: float
    """How far the best candidate is ahead of the second; of the threshold's kind, 0 to 2."""
    reason: str
    """One of the words in `daemon.gallery.decide.Reason`."""
    candidates: tuple[Match, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the history."""
        return {
            "person_id": self.person.id if self.person else None,
            "similarity": _short(self.similarity),
            "margin": _short(self.margin),
            "reason": self.reason,
            "candidates": [match.as_json() for match in self.candidates],
        }

    def told(self) -> dict[str, Any]:
        """For ``whod identify`` and the API, with names."""
        return {
            "decision": {
                "person_id": self.person.id if self.person else None,
                "name": self.person.name if self.person else None,
                "familiar": bool(self.person and self.person.familiar),
                "similarity": round(self.similarity, 4),
                "margin": round(self.margin, 4),
                "reason": self.reason,
            },
            "candidates": [
                {
                    "person_id": match.person.id,
                    "name": match.person.name,
                    "similarity": round(match.similarity, 4),
                    "votes": match.votes,
                }
                for match in self.candidates
            ],
        }

    @classmethod
    def from_told(cls, record: dict[str, Any]) -> Identification:
        """The opposite of `told`."""
        decision = record["decision"]
        known = decision["person_id"] is not None
        return cls(
            Person(decision["person_id"], decision["name"], decision["familiar"]) if known else None,
            decision["similarity"],
            decision["margin"],
            decision["reason"],
            tuple(
                Match(Person(match["person_id"], match["name"]), match["similarity"], rank, match["votes"])
                for rank, match in enumerate(record["candidates"], 1)
            ),
        )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Identification:
        """The opposite of `as_json`; the people in it have no names."""
        return cls(
            Person(record["person_id"], "") if record["person_id"] else None,
            record["similarity"],
            record["margin"],
            record["reason"],
            tuple(Match.from_json(match, rank) for rank, match in enumerate(record["candidates"], 1)),
        )


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that somebody gave us: untrusted bytes and what to call it in messages."""

    name: str
    data: bytes = field(repr=False)
    scale: float = 1.0
    """How many pixels of the original one pixel is, along a side: it may have been made smaller to be sent."""


class Change(StrEnum):
    """What an enrolment did."""

    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The answer to an enrolment."""

    change: Change
    person: Person
    sample_ids: tuple[str, ...]
    set_aside: int = 0
    """How many of the person's samples, old or new, others took the place of."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "change": self.change,
            "person": asdict(self.person),
            "sample_ids": list(self.sample_ids),
            "set_aside": self.set_aside,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Enrolment:
        """The opposite of `as_json`."""
        person = Person(**record["person"])
        return cls(Change(record["change"]), person, tuple(record["sample_ids"]), record["set_aside"])


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """A face in a picture and who it is."""

    detection: Detection
    quality: float
    identification: Identification

    def as_json(self) -> dict[str, Any]:
        """For ``whod identify`` and the API; boxes in pixels."""
        return {
            "box": [round(v, 1) for v in self.detection.box],
            "score": round(self.detection.score, 4),
            "quality": round(self.quality, 4),
            **self.identification.told(),
        }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
