# SPDX-License-Identifier: Apache-2.0
"""The values that flow through whod, all immutable. See docs/architecture.md, "Words"."""

from daemon.types.events import Best, DecisionEvent, EventType, LiveFace, LiveView, OnEvent, Outcome, Sighting
from daemon.types.health import PartHealth, State, Status
from daemon.types.image import (
    Box,
    Detection,
    Embedding,
    Frame,
    Landmarks,
    Observation,
    Pixels,
    Point,
    Portrait,
    Vector,
)
from daemon.types.people import Change, Enrolment, Identification, Match, Person, PersonSummary, Photo, PhotoFace

__all__ = [
    "Best",
    "Box",
    "Change",
    "DecisionEvent",
    "Detection",
    "Embedding",
    "Enrolment",
    "EventType",
    "Frame",
    "Identification",
    "Landmarks",
    "LiveFace",
    "LiveView",
    "Match",
    "Observation",
    "OnEvent",
    "Outcome",
    "PartHealth",
    "Person",
    "PersonSummary",
    "Photo",
    "PhotoFace",
    "Pixels",
    "Point",
    "Portrait",
    "Sighting",
    "State",
    "Status",
    "Vector",
]
