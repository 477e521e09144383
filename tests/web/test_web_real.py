# SPDX-License-Identifier: Apache-2.0
"""Versions, keys and the record of changes over a real gallery."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import weakref
from typing import TYPE_CHECKING

import pytest
from support_real import picture, real_service
from support_web import hold_to_schemas

from daemon.types import Scope
from web_admin import WebSettings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from daemon.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with real_service(tmp_path) as service:
        yield service


@pytest.fixture
def admin(service: Service) -> FlaskClient:
    app = create_app(service, WebSettings())
    hold_to_schemas(app)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {service.access.create('x', Scope.ADMIN).bearer}"
    return client


def enrol(client: FlaskClient, name: str, number: int, key: str | None = None) -> TestResponse:
    form = {"name": name, "image": (io.BytesIO(picture(number)), "a.png"), "force": "1"}
    return client.post("/api/v1/enrol", data=form, headers={"Idempotency-Key": key} if key else {})


def test_an_enrolment_that_is_asked_for_again(admin: FlaskClient) -> None:
    first = enrol(admin, "Zoë", 1, "k-1")
    again = enrol(admin, "Zoë", 1, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = enrol(admin, "Zoë", 2, "k-1")
    assert (other.status_code, other.json["type"]) == (422, "/problems/key-reused")
    assert enrol(admin, "Zoë", 2, "k-2").status_code == 200
    assert [person["samples"] for person in admin.get("/api/v1/people").json] == [2]


def test_who_looked_before_somebody_else_changed_it_changes_nothing(admin: FlaskClient) -> None:
    place = f"/api/v1/people/{enrol(admin, 'Alice', 1).json['person']['id']}"
    tag = admin.get(place).headers["ETag"]
    assert admin.get(place, headers={"If-None-Match": tag}).status_code == 304
    assert enrol(admin, "Alice", 2).status_code == 200
    assert admin.get(place, headers={"If-None-Match": tag}).status_code == 200
    for change in (
        admin.patch(place, json={"name": "Bob"}, headers={"If-Match": tag}),
        admin.delete(place, headers={"If-Match": tag}),
    ):
        assert (change.status_code, change.json["type"]) == (412, "/problems/changed")
    now = admin.get(place).headers["ETag"]
    assert admin.patch(place, json={"name": "Bob"}, headers={"If-Match": now}).status_code == 200
    assert admin.delete(place, headers={"If-Match": now}).status_code == 412
    assert admin.delete(place).status_code == 200
    assert admin.get(place).status_code == 404


def test_of_two_changes_both_are_made_or_neither(admin: FlaskClient, tmp_path: Path) -> None:
    place = f"/api/v1/people/{enrol(admin, 'Alice', 1).json['person']['id']}"
    both = {"name": "Alicia", "familiar": True}
    trigger = "BEFORE UPDATE ON person WHEN NEW.familiar = 1 BEGIN SELECT RAISE(ABORT, 'it fails'); END"
    gallery = tmp_path / "gallery.db"
    with contextlib.closing(sqlite3.connect(gallery)) as database:
        database.execute(f"CREATE TRIGGER no_familiar {trigger}")
    assert admin.patch(place, json=both).status_code == 500
    assert (admin.get(place).json["name"], admin.get(place).json["familiar"]) == ("Alice", False)
    with contextlib.closing(sqlite3.connect(gallery)) as database:
        database.execute("DROP TRIGGER no_familiar")
    assert admin.patch(place, json=both).status_code == 200
    assert (admin.get(place).json["name"], admin.get(place).json["familiar"]) == ("Alicia", True)


def test_what_is_forgotten_is_no_event_any_more(admin: FlaskClient, service: Service) -> None:
    person_id = enrol(admin, "Alice", 1).json["person"]["id"]
    service.feed.tell({"event_type": "identified", "person_id": person_id, "name": "Alice"})
    admin.delete(f"/api/v1/people/{person_id}")
    listener = service.feed.listen("the beginning")
    assert listener is not None
    _, told = listener.next(0) or (True, [])
    assert [one.record["name"] for one in told] == [None]


def test_the_record_has_ids_alone(admin: FlaskClient, service: Service) -> None:
    person_id = enrol(admin, "Alice", 1).json["person"]["id"]
    admin.patch("/api/v1/people/Alice", json={"familiar": True})
    admin.delete("/api/v1/people/Alice")
    [token] = service.access.all()
    assert [(deed["who"], deed["action"], deed["target"]) for deed in admin.get("/api/v1/audit").json] == [
        (token.id, "forget_person", person_id),
        (token.id, "change_person", person_id),
        (token.id, "enrol", person_id),
    ]


def test_faces_of_an_enrolment_that_nobody_went_on_with_do_not_stay_in_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = service.door.start("Alice")
    service.expire()
    assert service.door.busy()
    monkeypatch.setattr("daemon.service.sitting.IDLE_S", 0.0)
    service.door.state(session.id)
    left = weakref.ref(service.door._sitting)  # type: ignore[attr-defined]
    assert left() is not None
    service.expire()
    assert left() is None
