# SPDX-License-Identifier: Apache-2.0
"""Past visits and unknown visitors on the wire, and as the command line gets them back."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from support_web import ACCOUNT, ALICE, ENROLMENT, NAMED, REPLAY, UNKNOWN, running, visit

from daemon.client import RemotePeople
from daemon.errors import BadTrial, InputError, NoSuchVisit
from daemon.types import Outcome, Person, Photo, Trial
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

    from daemon.service import PeopleApi

PHOTO = Photo("a.jpg", b"\xff\xd8\r\n--\x00")
NASTY = ["../people", "a/b", "?x=1#y", "100 %", "Zoë", " ", ""]


@pytest.fixture
def remote(api_app: Flask, tmp_path: Path) -> Iterator[PeopleApi]:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        yield RemotePeople(path)


class TestClient:
    def test_visits(self, remote: PeopleApi, service: FakeService) -> None:
        postman = Person("p", "Postman", familiar=True)
        service.seen = [visit(), visit(None), visit(person=postman, outcome=Outcome.FAMILIAR)]
        assert remote.visits.recent() == service.seen
        assert service.asked[-1] == ("recent", 21, None, None, None)
        assert len(remote.visits.recent(1, "5e1", "Zoë & Co", Outcome.UNKNOWN)) == 1
        assert service.asked[-1] == ("recent", 2, "5e1", "Zoë & Co", Outcome.UNKNOWN)

    def test_explain(self, remote: PeopleApi) -> None:
        assert remote.visits.explain("e1") == [ACCOUNT]

    def test_disown(self, remote: PeopleApi, service: FakeService) -> None:
        assert remote.visits.disown("Alice", "e1") == ENROLMENT
        assert service.asked == [("disown", "Alice", "e1")]

    def test_replay(self, remote: PeopleApi, service: FakeService) -> None:
        plain = Trial()
        assert remote.visits.replay(plain) == REPLAY
        full = Trial(7, ("gallery.threshold=0.6", "x"), (("Zoë", PHOTO), ("Bob", Photo("b.png", b""))))
        remote.visits.replay(full)
        assert service.asked == [("replay", plain), ("replay", full)]

    def test_unknowns(self, remote: PeopleApi, service: FakeService) -> None:
        assert remote.unknowns.all() == [UNKNOWN]
        assert remote.unknowns.crop("5e1") == b"\xff\xd8\xff\xd9"
        assert remote.unknowns.assign("5e1", "Alice") == NAMED
        assert remote.unknowns.assign("5e1", None) == NAMED
        assert remote.unknowns.forget("5e1") == UNKNOWN
        assert service.asked == [
            ("unknowns",), ("crop", "5e1"), ("assign", "5e1", "Alice"), ("assign", "5e1", None),
            ("forget unknown", "5e1"),
        ]  # fmt: skip

    @pytest.mark.parametrize("ref", NASTY)
    def test_any_id_arrives_as_it_is_or_is_refused(self, remote: PeopleApi, service: FakeService, ref: str) -> None:
        calls = (
            lambda: remote.visits.explain(ref),
            lambda: remote.visits.disown("Alice", ref),
            lambda: remote.unknowns.crop(ref),
            lambda: remote.unknowns.assign(ref, "Bob"),
            lambda: remote.unknowns.forget(ref),
        )
        for call in calls:
            service.asked.clear()
            try:
                call()
            except NoSuchVisit as error:
                assert "look at the list" in str(error)
                assert service.asked == []
            else:
                assert ref in service.asked[0]

    @pytest.mark.parametrize("kind", [NoSuchVisit, BadTrial])
    def test_errors_come_back_as_they_were_raised(
        self, remote: PeopleApi, service: FakeService, kind: type[InputError]
    ) -> None:
        service.error = kind("Do this.")
        calls = (
            remote.visits.recent,
            lambda: remote.visits.explain("x"),
            lambda: remote.visits.disown("Alice", "x"),
            lambda: remote.visits.replay(Trial()),
            remote.unknowns.all,
            lambda: remote.unknowns.crop("x"),
            lambda: remote.unknowns.assign("x", None),
            lambda: remote.unknowns.forget("x"),
        )
        for call in calls:
            with pytest.raises(kind, match=r"^Do this\.$"):
                call()


class TestWire:
    def test_visits(self, api: FlaskClient, service: FakeService) -> None:
        service.seen = [visit()]
        (record,) = api.get("/api/v1/sightings?limit=5").json
        assert record == {
            "sighting_id": "5e1", "camera": "main", "simulated": False, "person_id": service.seen[0].person.id,
            "name": "Alice", "outcome": "identified", "started_at": "2026-11-21T19:30:02.113Z",
            "ended_at": "2026-11-21T19:30:10.113Z", "frames": 71,
            "best": {"similarity": 0.714, "margin": 0.29, "quality": 0.82}, "clock_synced": True,
        }  # fmt: skip

    @pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "outcome=rubbish", "outcome="])
    def test_questions_that_are_wrong(self, api: FlaskClient, service: FakeService, query: str) -> None:
        answer = api.get(f"/api/v1/sightings?{query}")
        assert answer.status_code == 400
        assert "must be" in answer.json["detail"]
        assert service.asked == []

    def test_unknowns(self, api: FlaskClient) -> None:
        (record,) = api.get("/api/v1/unknowns").json
        assert record == {
            "id": "5e1", "visits": 2, "first_seen_at": "2026-11-21T19:30:02.113Z",
            "last_seen_at": "2026-11-21T20:30:02.113Z", "cameras": ["main"], "quality": 0.82,
            "sighting_ids": ["5e1", "5e2"],
            "nearest": {"person_id": ALICE.id, "name": "Alice", "similarity": 0.4312}, "simulated": False,
            "pictures": [],
        }  # fmt: skip
        picture = api.get("/api/v1/unknowns/5e1/crop.jpg")
        assert (picture.mimetype, picture.data) == ("image/jpeg", b"\xff\xd8\xff\xd9")

    @pytest.mark.parametrize(
        ("body", "who"),
        [
            ({"name": "Bob"}, "Bob"),
            ({"name": ""}, ""),
            ({"person_id": ALICE.id}, ALICE.id),
            ({"familiar": True}, None),
        ],
    )
    def test_naming(self, api: FlaskClient, service: FakeService, body: dict[str, Any], who: str | None) -> None:
        assert api.post("/api/v1/unknowns/5e1/assign", json=body).json == NAMED.as_json()
        assert service.asked == [("assign", "5e1", who)]

    def test_the_id_of_nobody_is_no_name(self, api: FlaskClient, service: FakeService) -> None:
        answer = api.post("/api/v1/unknowns/5e1/assign", json={"person_id": "id-7"})
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-such-person")
        assert service.asked == []

    @pytest.mark.parametrize(
        "body",
        [
            {}, [], {"name": 7}, {"familiar": False}, {"familiar": True, "person_id": ALICE.id},
            {"name": "Bob", "person_id": ALICE.id},
        ],
    )  # fmt: skip
    def test_naming_nobody(self, api: FlaskClient, service: FakeService, body: object) -> None:
        assert api.post("/api/v1/unknowns/5e1/assign", json=body).status_code == 400
        assert service.asked == []

    @pytest.mark.parametrize(
        "trial",
        [
            "", "{", "[]", "7", '{"last": 0}', '{"last": 1001}', '{"last": true}', '{"last": "7"}',
            '{"settings": "x"}', '{"settings": [7]}', '{"names": [7]}', '{"names": ["Bob", "Zoë"]}',
        ],
    )  # fmt: skip
    def test_trials_that_are_wrong(self, api: FlaskClient, service: FakeService, trial: str) -> None:
        answer = api.post("/api/v1/replay", data={"trial": trial, "image": (io.BytesIO(b""), "a.jpg")})
        assert answer.status_code == 400
        assert "'trial'" in answer.json["detail"]
        assert service.asked == []

    def test_a_trial_without_pictures(self, api: FlaskClient) -> None:
        answer = api.post("/api/v1/replay", data={"trial": json.dumps({"names": ["Bob"]})})
        assert (answer.status_code, "for each file" in answer.json["detail"]) == (400, True)
        assert api.post("/api/v1/replay").status_code == 400


def test_nobody_without_a_token_gets_it(page: FlaskClient) -> None:
    for path in ("sightings", "sightings/5e1/explanation", "unknowns", "unknowns/5e1/crop.jpg"):
        assert page.get(f"/api/v1/{path}").status_code == 401
    assert page.post("/api/v1/replay").status_code == 401
    assert page.delete("/api/v1/unknowns/5e1").status_code == 401
