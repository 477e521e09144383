# SPDX-License-Identifier: Apache-2.0
"""The values that flow through whod, all immutable. See docs/architecture.md, "Words"."""

from daemon.types.events import Best, DecisionEvent, EventType, LiveFace, LiveView, OnEvent, Outcome, Sighting
from daemon.types.evidence import Explanation, Moment, Noted, Rule, VisitFace
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
from daemon.types.samples import SampleKind, SampleSummary
from daemon.types.visits import Account, Decision, Ending, Named, Replay, Rerun, Trial, Unknown

__all__ = [
    "Account",
    "Decision",
    "Ending",
    "Named",
    "Replay",
    "Rerun",
    "Trial",
    "Unknown",
    "Best",
    "Box",
    "Change",
    "DecisionEvent",
    "Detection",
    "Embedding",
    "Enrolment",
    "EventType",
    "Explanation",
    "Frame",
    "Identification",
    "Landmarks",
    "LiveFace",
    "LiveView",
    "Match",
    "Moment",
    "Noted",
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
    "Rule",
    "SampleKind",
    "SampleSummary",
    "Sighting",
    "State",
    "Status",
    "Vector",
    "VisitFace",
]
