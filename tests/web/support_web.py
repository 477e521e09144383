# SPDX-License-Identifier: Apache-2.0
"""A service without a gallery, a camera or threads, and what it says."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from flask import request
from support_directory import directory
from support_enrol import FakeDoor
from support_groups import FakeGroups, FakeUndos
from support_jobs import FakeJobs
from support_kept import FakeBackups
from support_past import FakeAlike, FakeUnknowns, FakeVisits
from support_photos import FakePhotos
from support_settings import desk, logs

from daemon.errors import Changed, NoSuchPerson
from daemon.feed import Feed
from daemon.service import Service
from daemon.types import (
    Change,
    Enrolment,
    ForgetAllReceipt,
    ForgetReceipt,
    LiveView,
    Person,
    PersonSummary,
    PhotoFace,
    Removal,
    SampleKind,
    SampleSummary,
    Sighting,
    Status,
)
from web_admin import app as app_module
from web_admin import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


class FakeService(FakeAlike, Service):
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
        self.door = FakeDoor(self)
        self.groups = FakeGroups(self)
        self.undos = FakeUndos(self)
        self.directory = directory(self)
        self.jobs = FakeJobs(self)
        self.backups = self.rehearsals = FakeBackups(self)
        self.feed = Feed("b007cafe-0000", limits.LISTENERS)
        self.waiting = 0
        self.visits = FakeVisits(self)
        self.unknowns = FakeUnknowns(self)
        self.settings, self.logs = desk(), logs()

    def status(self) -> Status:
        self._ask("status")
        return self.now

    def outbox_waiting(self) -> int:
        return self.waiting

    def live(self, camera: str = "") -> LiveView | None:
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
        self,
        ref: str,
        name: str | None = None,
        *,
        familiar: bool | None = None,
        groups: Sequence[str] | None = None,
        expected: str | None = None,
    ) -> Person:
        self._ask("change", ref, name, familiar, *([] if groups is None else [groups]), *self._expects(expected))
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

    def forget_all(self) -> ForgetAllReceipt:
        self._ask("forget all")
        return ForgetAllReceipt(3, 14, 12, 40, 2, NOW)

    def face(self, ref: str) -> bytes:
        self._ask("face", ref)
        return b"\xff\xd8\xff\xd9"

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
