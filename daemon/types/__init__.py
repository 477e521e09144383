# SPDX-License-Identifier: Apache-2.0
"""The values that flow through whod, all immutable. See docs/architecture.md, "Words"."""

from daemon.types.alike import Advice, AlikeReport, Caution, Doubt, Pair, Standing
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
    "Advice",
    "AlikeReport",
    "Best",
    "Box",
    "Caution",
    "Change",
    "Decision",
    "DecisionEvent",
    "Detection",
    "Doubt",
    "Embedding",
    "Ending",
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
    "Named",
    "Noted",
    "Observation",
    "OnEvent",
    "Outcome",
    "Pair",
    "PartHealth",
    "Person",
    "PersonSummary",
    "Photo",
    "PhotoFace",
    "Pixels",
    "Point",
    "Portrait",
    "Replay",
    "Rerun",
    "Rule",
    "SampleKind",
    "SampleSummary",
    "Sighting",
    "Standing",
    "State",
    "Status",
    "Trial",
    "Unknown",
    "Vector",
    "VisitFace",
]
