# SPDX-License-Identifier: Apache-2.0
"""A service without a gallery, a camera or threads, and what it says."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from flask import request
from support_groups import FakeGroups, FakeUndos
from support_jobs import FakeJobs
from support_photos import FakePhotos

from daemon.errors import Changed, NoSuchPerson
from daemon.feed import Feed
from daemon.service import Service
from daemon.types import (
    Account,
    Change,
    Enrolment,
    ForgetReceipt,
    LiveView,
    Named,
    Outcome,
    Person,
    PersonSummary,
    PhotoFace,
    Removal,
    Replay,
    SampleKind,
    SampleSummary,
    Sighting,
    Status,
    Trial,
    Unknown,
)
from web_admin import app as app_module
from web_admin import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response

    from daemon.types import Photo, RequestKey
    from web_admin.server import HttpServer

from support_values import (
    ACCOUNT,
    ALICE,
    ASIDE,
    DARK,
    ENROLMENT,
    FACE_BOX,
    FOUND,
    LANDMARKS,
    LOST_BROKER,
    LOST_CAMERA,
    NAMED,
    NASTY_NAMES,
    NOW,
    REPLAY,
    SAMPLE,
    STATUS,
    STRANGER,
    UNDO,
    UNKNOWN,
    VERSION,
    face,
    live_view,
    summary,
    visit,
    with_parts,
)

__all__ = [
    "ACCOUNT",
    "ALICE",
    "ASIDE",
    "DARK",
    "ENROLMENT",
    "FACE_BOX",
    "FOUND",
    "LANDMARKS",
    "LOST_BROKER",
    "LOST_CAMERA",
    "NAMED",
    "NASTY_NAMES",
    "NOW",
    "REPLAY",
    "SAMPLE",
    "STATUS",
    "STRANGER",
    "UNDO",
    "UNKNOWN",
    "VERSION",
    "FakeService",
    "FakeUnknowns",
    "FakeVisits",
    "face",
    "hold_to_schemas",
    "live_view",
    "running",
    "summary",
    "visit",
    "with_parts",
]


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
        self.requests: list[RequestKey | None] = []
        self.asked: list[tuple[object, ...]] = []
        self.photos = FakePhotos(self)
        self.groups = FakeGroups(self)
        self.undos = FakeUndos(self)
        self.jobs = FakeJobs(self)
        self.feed = Feed("b007cafe-0000", limits.LISTENERS)
        self.waiting = 0
        self.visits = FakeVisits(self)
        self.unknowns = FakeUnknowns(self)

    def status(self) -> Status:
        self._ask("status")
        return self.now

    def outbox_waiting(self) -> int:
        return self.waiting

    def live(self) -> LiveView | None:
        return self.view

    def enrol(
        self,
        name: str,
        photos: list[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        self.requests.append(request)
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

    def person(self, ref: str) -> PersonSummary:
        self._ask("person", ref)
        return summary(self.find(ref))

    def create(self, name: str, *, familiar: bool = False) -> Person:
        self._ask("create", name, familiar)
        self.enrolled[f"id-{name}"] = Person(f"id-{name}", name, familiar)
        return self.enrolled[f"id-{name}"]

    def change(
        self, ref: str, name: str | None = None, *, familiar: bool | None = None, expected: str | None = None
    ) -> Person:
        self._ask("change", ref, name, familiar, *self._expects(expected))
        was = self.find(ref)
        person = Person(was.id, name or was.name, was.familiar if familiar is None else familiar)
        self.enrolled[person.id] = person
        return person

    def add_samples(
        self,
        ref: str,
        kind: SampleKind,
        photos: list[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
        expected: str | None = None,
    ) -> Enrolment:
        self.requests.append(request)
        given = [(photo.name, photo.data) for photo in photos]
        self._ask("add", ref, kind, given, source, force, *self._expects(expected))
        return Enrolment(Change.UPDATED, self.find(ref), tuple(f"s{i}" for i, _ in enumerate(photos)), set_aside=1)

    def samples(self, ref: str) -> list[SampleSummary]:
        self._ask("samples", ref)
        return [SAMPLE, ASIDE]

    def picture(self, ref: str, sample_id: str) -> bytes:
        self._ask("picture", ref, sample_id)
        return b"\xff\xd8\xff\xd9"

    def delete_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Removal:
        self._ask("delete", ref, sample_id, *self._expects(expected))
        return Removal(self.find(ref), UNDO)

    def restore_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Person:
        self._ask("restore", ref, sample_id, *self._expects(expected))
        return self.find(ref)

    def merge(self, ref: str, into: str, *, expected: str | None = None) -> Removal:
        self._ask("merge", ref, into, *self._expects(expected))
        kept = self.find(into)
        del self.enrolled[self.find(ref).id]
        return Removal(kept, None)

    def forget(self, ref: str, *, expected: str | None = None) -> ForgetReceipt:
        self._ask("forget", ref, *self._expects(expected))
        return ForgetReceipt(self.enrolled.pop(self.find(ref).id), 2, 1, 7, 0, NOW)

    @staticmethod
    def _expects(expected: str | None) -> tuple[str, ...]:
        """What is remembered of a version; raises what the service does for another one."""
        if expected is None:
            return ()
        if expected != VERSION:
            raise Changed("Somebody changed them: look again.")
        return (expected,)

    def _ask(self, *call: object) -> None:
        self.asked.append(call)
        if self.error:
            raise self.error


def hold_to_schemas(app: Flask) -> None:
    """Makes a 500 of an answer of `app` that is not as its route declares it, to the last field."""
    operations = {
        f"{api.name}.{operation.view.__name__}": operation for api in app_module.APIS for operation in api.operations
    }

    @app.after_request
    def check(response: Response) -> Response:
        operation = operations.get(request.endpoint or "")
        if operation and response.mimetype == "application/json" and response.status_code != 304:
            model = operation.answers[response.status_code]
            model.model_validate(response.get_json(), extra="forbid")
        return response


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
