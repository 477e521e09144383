# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors, and what becomes of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.clock import from_iso, iso
from daemon.types.people import Change, Person
from daemon.types.visits import person_fields, person_of

if TYPE_CHECKING:
    from datetime import datetime

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown visitor: visits that are so alike that they are probably one person's."""

    id: str
    """The sighting_id of the first visit: it stays as long as that visit's face is kept."""
    sighting_ids: tuple[str, ...]
    """Oldest first."""
    first_seen_at: datetime
    last_seen_at: datetime
    cameras: tuple[str, ...]
    quality: float
    """The best of all visits."""
    nearest: Person | None
    """Who is enrolled and most like them; None with an empty gallery."""
    similarity: float
    """To that person."""
    simulated: bool
    """Whether no camera saw any of the visits, such as in the demo."""
    pictures: tuple[str, ...] = ()
    """The sighting_ids of the visits of which a picture is kept, the best first."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod unknowns --json`` and the API."""
        nearest = (
            {**person_fields(self.nearest), "similarity": round(self.similarity, _DIGITS)} if self.nearest else None
        )
        return {
            "id": self.id,
            "visits": len(self.sighting_ids),
            "first_seen_at": iso(self.first_seen_at),
            "last_seen_at": iso(self.last_seen_at),
            "cameras": list(self.cameras),
            "quality": round(self.quality, _DIGITS),
            "sighting_ids": list(self.sighting_ids),
            "nearest": nearest,
            "simulated": self.simulated,
            "pictures": list(self.pictures),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Unknown:
        """The opposite of `as_json`."""
        nearest = record["nearest"]
        return cls(
            record["id"],
            tuple(record["sighting_ids"]),
            from_iso(record["first_seen_at"]),
            from_iso(record["last_seen_at"]),
            tuple(record["cameras"]),
            record["quality"],
            person_of(nearest) if nearest else None,
            nearest["similarity"] if nearest else 0.0,
            record["simulated"],
            tuple(record["pictures"]),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """The answer when an unknown visitor was named."""

    change: Change
    person: Person
    samples: int
    """How many were enrolled."""
    sighting_ids: tuple[str, ...]
    """The visits that are this person's now."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "change": self.change.value,
            "person": asdict(self.person),
            "samples": self.samples,
            "sighting_ids": list(self.sighting_ids),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Named:
        """The opposite of `as_json`."""
        person = Person(**record["person"])
        return cls(Change(record["change"]), person, record["samples"], tuple(record["sighting_ids"]))


class LeftOut(NamedTuple):
    """An unknown visitor of several to whom nothing was done."""

    id: str
    """As it was given."""
    why: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class NamedAll:
    """What naming several unknown visitors at once did."""

    named: tuple[Named, ...]
    """One for all of them, or one for each who has no name."""
    left: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {"named": [named.as_json() for named in self.named], "left": [left._asdict() for left in self.left]}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> NamedAll:
        """The opposite of `as_json`."""
        return cls(tuple(Named.from_json(named) for named in record["named"]), _left(record))


@dataclass(frozen=True, slots=True)
class ForgottenAll:
    """What forgetting the faces of several unknown visitors at once did."""

    forgotten: tuple[Unknown, ...]
    left: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        forgotten = [unknown.as_json() for unknown in self.forgotten]
        return {"forgotten": forgotten, "left": [left._asdict() for left in self.left]}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> ForgottenAll:
        """The opposite of `as_json`."""
        return cls(tuple(Unknown.from_json(unknown) for unknown in record["forgotten"]), _left(record))


@dataclass(frozen=True, slots=True)
class UnknownPage:
    """A part of the list of unknown visitors."""

    unknowns: tuple[Unknown, ...]
    total: int
    """How many there are in the whole list."""
    after: str | None
    """The id of the last one here; None if none comes after it."""


def _left(record: dict[str, Any]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(**left) for left in record["left"])
