# SPDX-License-Identifier: Apache-2.0
"""What the service of these tests says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support_status import STATUS

from daemon.types import (
    Account,
    Best,
    Box,
    Change,
    Detection,
    Ending,
    Enrolment,
    Identification,
    Landmarks,
    LiveFace,
    LiveView,
    Match,
    Named,
    Outcome,
    PartHealth,
    Person,
    PersonSummary,
    PhotoFace,
    Point,
    Replay,
    Rerun,
    SampleKind,
    SampleSummary,
    Sighting,
    State,
    Status,
    Undo,
    UndoKind,
    Unknown,
)

NOW = datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC)
VERSION = "0123456789abcdef"
ALICE = Person("6f1b6a0e-3d0c-4a3e-9a44-0d3f6d2b9c11", "Alice")
NASTY_NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    'O\'Neil "the Key" & sons',
    "Zoë 🦊 Müller",
    "אליס بنت",
    "{{ 7*7 }}",
)

LOST_CAMERA = PartHealth("camera", State.WAITING, "no V4L2 camera was found: plug one in.")
DARK = PartHealth("picture", State.DEGRADED, "it is too dark to see faces.")
LOST_BROKER = PartHealth("broker", State.WAITING, "Nothing listens at pi:1883: start the broker.")


def with_parts(*parts: PartHealth) -> Status:
    state = next((part.state for part in parts if part.name == "camera"), State.OFF)
    return replace(STATUS, parts=parts, cameras=(replace(STATUS.cameras[0], state=state),))


def visit(name: str | None = "Alice", **changes: object) -> Sighting:
    sighting = Sighting(
        sighting_id="5e1",
        camera="main",
        person=None if name is None else Person("p-" + name.encode().hex()[:8], name),
        outcome=Outcome.UNKNOWN if name is None else Outcome.IDENTIFIED,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=8),
        frames=71,
        best=Best(similarity=0.714, margin=0.29, quality=0.82),
        clock_synced=True,
        simulated=False,
    )
    return replace(sighting, **changes)


FACE_BOX = Box(0.41, 0.22, 0.12, 0.19)


def face(name: str | None = "Alice", state: str = "identified", box: Box = FACE_BOX) -> LiveFace:
    return LiveFace(box, name, state, 0.7134, 0.82)


def live_view(*faces: LiveFace, seq: int = 7, jpeg: bytes = b"\xff\xd8\xff\xd9", simulated: bool = False) -> LiveView:
    return LiveView(jpeg, seq, NOW, simulated, faces)


def summary(person: Person) -> PersonSummary:
    return PersonSummary(
        person.id, person.name, 2, 0, NOW, NOW, last_seen_at=NOW, familiar=person.familiar, version=VERSION
    )


LANDMARKS = Landmarks(Point(40.1, 50.2), Point(60.3, 50.4), Point(50.5, 60.6), Point(50.7, 70.8))
FOUND = PhotoFace(
    Detection(Box(30.5, 40.0, 41.2, 52.9), LANDMARKS, 0.9312),
    0.8123,
    Identification(
        ALICE, 0.7132, 0.2911, "accepted", (Match(ALICE, 0.7132, 1, 5), Match(Person("b", "Bob"), 0.4221, 2, 2))
    ),
)
STRANGER = PhotoFace(
    Detection(Box(0, 0, 33, 44), LANDMARKS, 0.5), 0.1, Identification(None, 0.0, 0.0, "empty_gallery")
)


UNDO = Undo("u1", UndoKind.SAMPLE, ALICE, "s0", NOW, NOW + timedelta(hours=24))
SAMPLE = SampleSummary("s0", SampleKind.POSITIVE, 0.8123, "upload", NOW)
ASIDE = SampleSummary("s1", SampleKind.NEGATIVE, 0.5, "cli", NOW, set_aside_at=NOW)


UNKNOWN = Unknown(
    "5e1", ("5e1", "5e2"), NOW, NOW + timedelta(hours=1), ("main",), 0.82, ALICE, 0.4312, simulated=False
)
ACCOUNT = Account(
    ("It was so.", "Because."),
    {
        "event_id": "e1", "sighting_id": "5e1", "event_type": "identified", "camera": "main",
        "at": "2026-11-21T19:30:02.113Z", "person_id": ALICE.id, "name": "Alice", "votes": [5, 6], "quality": 0.82,
        "retracts": None, "corrected": False, "simulated": False, "rule": "sure", "reason": "accepted",
        "similarity": 0.71, "margin": 0.29, "required": 0.55, "about": 1,
        "settings": {"gallery.threshold": 0.55, "gallery.margin": 0.1, "tracking.min_votes": 5},
        "candidates": [
            {"person_id": ALICE.id, "name": "Alice", "similarity": 0.71, "votes": 5, "required": 0.55, "counter": 0.1}
        ],
        "observations": [
            {"after_s": 0.1, "quality": 0.8, "person_id": None, "name": None, "similarity": 0.7, "agrees": True}
        ],
    },
)  # fmt: skip
ENROLMENT = Enrolment(Change.UPDATED, ALICE, ("s1", "s2"))
NAMED = Named(Change.CREATED, ALICE, 3, ("5e1", "5e2"))
REPLAY = Replay(
    200,
    3,
    (
        Rerun(
            "5e1",
            NOW,
            None,
            Ending(Outcome.UNKNOWN, None, 0.5312, 0.55),
            Ending(Outcome.IDENTIFIED, ALICE, 0.5312, 0.52),
        ),
    ),
)
