# SPDX-License-Identifier: Apache-2.0
"""What is told: decisions to act on, visits to remember, the live picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.types.image import Box
    from daemon.types.people import Person


class EventType(StrEnum):
    """What a DecisionEvent says."""

    IDENTIFIED = "identified"
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
    retracts: str | None = None
    """The event_id that a `retracted` takes back."""


OnEvent = Callable[[DecisionEvent], None]
"""Is told each decision."""


class Outcome(StrEnum):
    """How a visit ended."""

    IDENTIFIED = "identified"
    UNKNOWN = "unknown"


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

    def known_as(self, person: Person | None) -> Sighting:
        """The same visit, of that person, or of nobody known."""
        return replace(self, person=person, outcome=Outcome.IDENTIFIED if person else Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class LiveFace:
    """A face in the live picture."""

    box: Box
    """In parts of the frame."""
    name: str | None
    """None while undecided and for strangers."""
    state: str
    """``looking``, ``identified`` or ``unknown``."""
    similarity: float
    quality: float


@dataclass(frozen=True, slots=True)
class LiveView:
    """The newest picture with what was found in it."""

    jpeg: bytes = field(repr=False)
    seq: int
    captured_at: datetime
    simulated: bool
    faces: tuple[LiveFace, ...]
