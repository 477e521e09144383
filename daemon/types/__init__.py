# SPDX-License-Identifier: Apache-2.0
"""The values that flow through whod, all immutable. See docs/architecture.md, "Words"."""

from daemon.types.access import Deed, NewToken, Scope, Token
from daemon.types.alike import Advice, AlikeReport, Caution, Doubt, Pair, Standing
from daemon.types.backups import (
    BackupFile,
    PersonDifference,
    Recovery,
    RestoreMode,
    RestoreReport,
    SettingDifference,
)
from daemon.types.events import Best, DecisionEvent, EventType, LiveFace, LiveView, OnEvent, Outcome, Sighting
from daemon.types.evidence import Explanation, Moment, Noted, Rule, VisitFace
from daemon.types.groups import Group
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
from daemon.types.jobs import Job, JobKind, JobLine, JobState, Problem
from daemon.types.people import Change, Enrolment, Identification, Match, Person, PersonSummary, Photo, PhotoFace
from daemon.types.photos import Among, Embedded, Features, Looked, Region
from daemon.types.samples import RequestKey, SampleKind, SampleSummary
from daemon.types.undo import ForgetReceipt, Removal, Undo, UndoKind
from daemon.types.visits import Account, Decision, Ending, Named, Replay, Rerun, Trial, Unknown

__all__ = [
    "Account",
    "Advice",
    "AlikeReport",
    "Among",
    "BackupFile",
    "Best",
    "Box",
    "Caution",
    "Change",
    "Decision",
    "DecisionEvent",
    "Deed",
    "Detection",
    "Doubt",
    "Embedded",
    "Embedding",
    "Ending",
    "Enrolment",
    "EventType",
    "Explanation",
    "Features",
    "ForgetReceipt",
    "Frame",
    "Group",
    "Identification",
    "Job",
    "JobKind",
    "JobLine",
    "JobState",
    "Landmarks",
    "LiveFace",
    "LiveView",
    "Looked",
    "Match",
    "Moment",
    "Named",
    "NewToken",
    "Noted",
    "Observation",
    "OnEvent",
    "Outcome",
    "Pair",
    "PartHealth",
    "Person",
    "PersonDifference",
    "PersonSummary",
    "Photo",
    "PhotoFace",
    "Pixels",
    "Point",
    "Portrait",
    "Problem",
    "Recovery",
    "Region",
    "Removal",
    "Replay",
    "RequestKey",
    "Rerun",
    "RestoreMode",
    "RestoreReport",
    "Rule",
    "SampleKind",
    "SampleSummary",
    "Scope",
    "SettingDifference",
    "Sighting",
    "Standing",
    "State",
    "Status",
    "Token",
    "Trial",
    "Undo",
    "UndoKind",
    "Unknown",
    "Vector",
    "VisitFace",
]
