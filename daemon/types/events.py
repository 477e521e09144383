# SPDX-License-Identifier: Apache-2.0
"""What is told: decisions to act on, visits to remember, the live picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso
from daemon.types.people import Person

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.types.evidence import Explanation, VisitFace
    from daemon.types.image import Box


class EventType(StrEnum):
    """What a DecisionEvent says."""

    IDENTIFIED = "identified"
    FAMILIAR = "familiar"
    """Somebody who comes often and is no resident: not to open a door for, and no stranger either."""
    UNKNOWN = "unknown"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """The decision on a visitor, to act on while it is fresh."""

    event_type: EventType
    event_id: str
    sighting_id: str
    camera: str
    simulated: bool
    person: Person | None
    similarity: float
    margin: float
    votes: tuple[int, int]
    """How many observations agreed, of how many."""
    quality: float
    box: Box
    """In parts of the frame."""
    captured_at: datetime
    captured_monotonic_s: float
    why: Explanation
    retracts: str | None = None
    """The event_id that a `retracted` takes back."""


OnEvent = Callable[[DecisionEvent], None]
"""Is told each decision."""


class Outcome(StrEnum):
    """How a visit ended."""

    IDENTIFIED = "identified"
    FAMILIAR = "familiar"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, person: Person | None) -> Outcome:
        """What a visit of this person is, or of a stranger."""
        if person is None:
            return cls.UNKNOWN
        return cls.FAMILIAR if person.familiar else cls.IDENTIFIED


@dataclass(frozen=True, slots=True)
class Best:
    """The best figures of a visit."""

    similarity: float
    margin: float
    quality: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One visit: who was seen, from when to when, at which camera."""

    sighting_id: str
    camera: str
    person: Person | None
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    frames: int
    best: Best
    clock_synced: bool
    simulated: bool
    why: Explanation | None = field(default=None, repr=False, compare=False)
    """Not published; None where it is not kept any more."""
    face: VisitFace | None = field(default=None, repr=False, compare=False)
    """Not published; None where it is not kept."""

    def as_json(self) -> dict[str, Any]:
        """For MQTT, ``whod visits --json`` and the API; without what is not published."""
        person, best = self.person, self.best
        return {
            "sighting_id": self.sighting_id,
            "camera": self.camera,
            "simulated": self.simulated,
            "person_id": person.id if person else None,
            "name": person.name if person else None,
            "outcome": self.outcome.value,
            "started_at": iso(self.started_at),
            "ended_at": iso(self.ended_at),
            "frames": self.frames,
            "best": {
                "similarity": round(best.similarity, 4),
                "margin": round(best.margin, 4),
                "quality": round(best.quality, 4),
            },
            "clock_synced": self.clock_synced,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Sighting:
        """The opposite of `as_json`."""
        outcome, person_id = Outcome(record["outcome"]), record["person_id"]
        return cls(
            sighting_id=record["sighting_id"],
            camera=record["camera"],
            person=Person(person_id, record["name"], outcome is Outcome.FAMILIAR) if person_id else None,
            outcome=outcome,
            started_at=from_iso(record["started_at"]),
            ended_at=from_iso(record["ended_at"]),
            frames=record["frames"],
            best=Best(**record["best"]),
            clock_synced=record["clock_synced"],
            simulated=record["simulated"],
        )

    def known_as(self, person: Person | None) -> Sighting:
        """The same visit, of that person, or of nobody known."""
        return replace(self, person=person, outcome=Outcome.of(person))


@dataclass(frozen=True, slots=True)
class LiveFace:
    """A face in the live picture."""

    box: Box
    """In parts of the frame."""
    name: str | None
    """None while undecided and for strangers."""
    state: str
    """``looking``, ``identified``, ``familiar`` or ``unknown``."""
    similarity: float
    quality: float
    person_id: str | None = None
    """None where `name` is."""


@dataclass(frozen=True, slots=True)
class LiveView:
    """The newest picture with what was found in it."""

    jpeg: bytes = field(repr=False)
    seq: int
    captured_at: datetime
    simulated: bool
    faces: tuple[LiveFace, ...]
    lost: bool = False
    """It is from long ago: the camera gives none since."""
