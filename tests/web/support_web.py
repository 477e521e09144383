# SPDX-License-Identifier: Apache-2.0
"""A service without a gallery, a camera or threads, and what it says."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from daemon.errors import NoSuchPerson
from daemon.service import Service
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
    Trial,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.types import Photo
    from web_admin.server import HttpServer

NOW = datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC)
ALICE = Person("6f1b6a0e-3d0c-4a3e-9a44-0d3f6d2b9c11", "Alice")
NASTY_NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    'O\'Neil "the Key" & sons',
    "Zoë 🦊 Müller",
    "אליס بنت",
    "{{ 7*7 }}",
)

STATUS = Status(
    version="0.1.0",
    boot_id="b007",
    node="front-door",
    started_at=NOW,
    simulated=False,
    camera="Picamera2 imx708 1280x720",
    fps=9.96,
    frames=12_345,
    frames_dropped=12,
    latency_p50_ms=38.2,
    latency_p95_ms=61.0,
    people=3,
    samples=14,
    models=("blazeface-full-int8", "mobilefacenet-int8"),
    temperature_c=52.1,
    throttled=False,
    clock_synced=True,
    parts=(PartHealth("camera", State.OK), PartHealth("identification", State.OK), PartHealth("broker", State.OK)),
)
LOST_CAMERA = PartHealth("camera", State.WAITING, "no V4L2 camera was found: plug one in.")
DARK = PartHealth("picture", State.DEGRADED, "it is too dark to see faces.")
LOST_BROKER = PartHealth("broker", State.WAITING, "Nothing listens at pi:1883: start the broker.")


def with_parts(*parts: PartHealth) -> Status:
    return replace(STATUS, parts=parts)


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
    return PersonSummary(person.id, person.name, 2, 0, NOW, NOW, last_seen_at=NOW, familiar=person.familiar)


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


SAMPLE = SampleSummary("s0", SampleKind.POSITIVE, 0.8123, "upload", NOW)
ASIDE = SampleSummary("s1", SampleKind.NEGATIVE, 0.5, "cli", NOW, set_aside_at=NOW)


UNKNOWN = Unknown("5e1", ("5e1", "5e2"), NOW, NOW + timedelta(hours=1), ("main",), 0.82, ALICE, 0.4312)
ACCOUNT = Account(("It was so.", "Because."), {"event_id": "e1", "observations": [{"after_s": 0.1}]})
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


class FakeVisits:
    """The past visits of a FakeService."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def recent(
        self, limit: int = 20, before: str | None = None, person: str | None = None, outcome: Outcome | None = None
    ) -> list[Sighting]:
        self._service._ask("recent", limit, before, person, outcome)
        return self._service.seen[:limit]

    def explain(self, ref: str) -> list[Account]:
        self._service._ask("explain", ref)
        return [ACCOUNT]

    def disown(self, person: str, ref: str) -> Enrolment:
        self._service._ask("disown", person, ref)
        return ENROLMENT

    def replay(self, trial: Trial) -> Replay:
        self._service._ask("replay", trial)
        return REPLAY


class FakeUnknowns:
    """The unknown visitors of a FakeService."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def all(self) -> list[Unknown]:
        self._service._ask("unknowns")
        return [UNKNOWN]

    def crop(self, ref: str) -> bytes:
        self._service._ask("crop", ref)
        return b"\xff\xd8\xff\xd9"

    def assign(self, ref: str, who: str | None) -> Named:
        self._service._ask("assign", ref, who)
        return NAMED

    def forget(self, ref: str) -> Unknown:
        self._service._ask("forget unknown", ref)
        return UNKNOWN


class FakeService(Service):
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.now = STATUS
        self.view: LiveView | None = None
        self.seen: list[Sighting] = []
        self.enrolled = {ALICE.id: ALICE}
        self.faces: list[PhotoFace] = [FOUND, STRANGER]
        self.error: Exception | None = None
        self.asked: list[tuple[object, ...]] = []
        self.visits = FakeVisits(self)
        self.unknowns = FakeUnknowns(self)

    def status(self) -> Status:
        self._ask("status")
        return self.now

    def live(self) -> LiveView | None:
        return self.view

    def enrol(self, name: str, photos: list[Photo], source: str = "upload", *, force: bool = False) -> Enrolment:
        self._ask("enrol", name, [(photo.name, photo.data) for photo in photos], source, force)
        known = next((person for person in self.enrolled.values() if person.name == name), None)
        person = known or Person(f"id-{len(self.enrolled)}", name)
        self.enrolled[person.id] = person
        sample_ids = tuple(f"s{i}" for i, _ in enumerate(photos))
        return Enrolment(Change.UPDATED if known else Change.CREATED, person, sample_ids)

    def people(self) -> list[PersonSummary]:
        self._ask("people")
        return [summary(person) for person in self.enrolled.values()]

    def find(self, ref: str) -> Person:
        for person in self.enrolled.values():
            if ref in (person.id, person.name):
                return person
        raise NoSuchPerson(f'Nobody is called "{ref}".')

    def rename(self, ref: str, name: str) -> Person:
        self._ask("rename", ref, name)
        person = replace(self.find(ref), name=name)
        self.enrolled[person.id] = person
        return person

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        self._ask("familiar", ref, familiar)
        person = replace(self.find(ref), familiar=familiar)
        self.enrolled[person.id] = person
        return person

    def add_samples(
        self, ref: str, kind: SampleKind, photos: list[Photo], source: str = "upload", *, force: bool = False
    ) -> Enrolment:
        self._ask("add", ref, kind, [(photo.name, photo.data) for photo in photos], source, force)
        return Enrolment(Change.UPDATED, self.find(ref), tuple(f"s{i}" for i, _ in enumerate(photos)), set_aside=1)

    def samples(self, ref: str) -> list[SampleSummary]:
        self._ask("samples", ref)
        return [SAMPLE, ASIDE]

    def delete_sample(self, ref: str, sample_id: str) -> Person:
        self._ask("delete", ref, sample_id)
        return self.find(ref)

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        self._ask("restore", ref, sample_id)
        return self.find(ref)

    def merge(self, ref: str, into: str) -> Person:
        self._ask("merge", ref, into)
        kept = self.find(into)
        del self.enrolled[self.find(ref).id]
        return kept

    def forget(self, ref: str) -> Person:
        self._ask("forget", ref)
        return self.enrolled.pop(self.find(ref).id)

    def identify(self, photo: Photo) -> list[PhotoFace]:
        self._ask("identify", photo.name, photo.data)
        return self.faces

    def _ask(self, *call: object) -> None:
        self.asked.append(call)
        if self.error:
            raise self.error


@contextlib.contextmanager
def running(server: HttpServer) -> Iterator[HttpServer]:
    """Runs a server in a thread of its own, which must end when it is closed."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)
        assert not thread.is_alive()
