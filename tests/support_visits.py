# SPDX-License-Identifier: Apache-2.0
"""Visits with faces and reasons, made up."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from daemon.types import (
    Best,
    Box,
    DecisionEvent,
    EventType,
    Explanation,
    Identification,
    Match,
    Moment,
    Noted,
    Outcome,
    Person,
    Rule,
    Sighting,
    VisitFace,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Vector

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
MODEL = "test-1"
ALICE, BOB = Person("a", "Alice"), Person("b", "Bob")


def around(centre: int, number: int = 0, noise: float = 0.3, width: int = 32) -> Vector:
    """A unit vector near an axis, another one for each number."""
    vector = noise * np.random.default_rng(1000 * centre + number).normal(size=width) / np.sqrt(width)
    vector[centre] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def face(vectors: Sequence[Vector], model_id: str = MODEL, quality: float = 0.9) -> VisitFace:
    """One look at each of these, five a second, and a crop."""
    moments = tuple(Moment(0.2 * i, quality, vector) for i, vector in enumerate(vectors))
    pixels = np.random.default_rng(3).integers(0, 255, (7, 7, 3), np.uint8)
    return VisitFace(model_id, moments, np.kron(pixels, np.ones((16, 16, 1), np.uint8)))


def why(
    *people: Person, rule: Rule = Rule.SURE, reason: str = "accepted", found: Person | None = None
) -> Explanation:
    """For the first of these candidates, or, with `found`, for that one."""
    matches = [Match(person, 0.71 - 0.2 * i, i + 1, 5 - i, 0.58) for i, person in enumerate(people)]
    noted = Noted(0.4, 0.83, people[0].id if people else None, 0.7, agrees=bool(people))
    person = found or (people[0] if reason == "accepted" else None)
    found_now = Identification(person, 0.71, 0.2, reason, tuple(matches))
    return Explanation(rule, found_now, 0.55, 0.05, 3, (noted,) * 3)


def visit(person: Person | None = ALICE, ended_at: datetime = NOW, **changes: object) -> Sighting:
    """A visit of 7 seconds."""
    values = {
        "sighting_id": str(uuid.uuid4()),
        "camera": "main",
        "person": person,
        "outcome": Outcome.of(person),
        "started_at": ended_at - timedelta(seconds=7.25),
        "ended_at": ended_at,
        "frames": 70,
        "best": Best(0.71, 0.3, 0.8),
        "clock_synced": True,
        "simulated": False,
    }
    return Sighting(**(values | changes))


def event(person: Person | None = ALICE, **changes: object) -> DecisionEvent:
    """A decision on a visitor."""
    values = {
        "event_type": EventType(Outcome.of(person)),
        "event_id": str(uuid.uuid4()),
        "sighting_id": str(uuid.uuid4()),
        "camera": "main",
        "simulated": False,
        "person": person,
        "similarity": 0.71,
        "margin": 0.2,
        "votes": (3, 3),
        "quality": 0.83,
        "box": Box(0.4, 0.2, 0.1, 0.2),
        "captured_at": NOW,
        "captured_monotonic_s": 1000.0,
        "why": why(person or ALICE, BOB),
    }
    return DecisionEvent(**(values | changes))
