# SPDX-License-Identifier: Apache-2.0
"""Visits by time, corrections, several unknown visitors at once, and who is like whom: on the wire, by the client."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from support_past import ALIKE, CLOSENESS, GONE
from support_web import ALICE, NAMED, UNKNOWN, running, visit

from daemon.client import RemotePeople
from daemon.errors import NoSuchVisit
from daemon.types import Scope, Trial
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

    from daemon.service import PeopleApi

SINCE = datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC)


@pytest.fixture
def remote(api_app: Flask, tmp_path: Path) -> Iterator[PeopleApi]:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        yield RemotePeople(path)


class TestClient:
    def test_visits_of_a_time(self, remote: PeopleApi, service: FakeService) -> None:
        until = SINCE.astimezone(timezone(timedelta(hours=2))) + timedelta(hours=1)
        remote.visits.recent(5, since=SINCE, until=until, corrected=True)
        expected = {"since": SINCE, "until": SINCE + timedelta(hours=1), "corrected": True}
        assert service.asked == [("recent", 6, None, None, None, expected)]

    def test_one_visit(self, remote: PeopleApi, service: FakeService) -> None:
        service.seen = [visit()]
        assert remote.visits.find("5e1") == visit()
        assert remote.visits.crop("5e1") == b"\xff\xd8\xff\xd9"
        with pytest.raises(NoSuchVisit):
            remote.visits.find("5e9")

    def test_a_correction(self, remote: PeopleApi, service: FakeService) -> None:
        assert remote.visits.correct("5e1", "Zoë") == NAMED
        trial = Trial(40, disowned=(("Alice", "5e1"),), corrected=(("Zoë", "5e2"), ("Bob", "5e3")))
        remote.visits.replay(trial)
        assert service.asked == [("correct", "5e1", "Zoë"), ("replay", trial)]

    def test_unknown_visitors(self, remote: PeopleApi, service: FakeService) -> None:
        assert remote.unknowns.find("5e2") == UNKNOWN
        assert remote.unknowns.assign("5e1", "Postman", familiar=True) == NAMED
        named = remote.unknowns.assign_all(["5e1", GONE], "Bob")
        assert (named.named, [left.id for left in named.left]) == ((NAMED,), [GONE])
        assert len(remote.unknowns.assign_all(["5e1", "5e2"], None).named) == 2
        forgotten = remote.unknowns.forget_all(["5e1", GONE])
        assert (forgotten.forgotten, [left.id for left in forgotten.left]) == ((UNKNOWN,), [GONE])
        assert service.asked == [
            ("find unknown", "5e2"), ("assign", "5e1", "Postman", "familiar"), ("assign all", ["5e1", GONE], "Bob"),
            ("assign all", ["5e1", "5e2"], None), ("forget all", ["5e1", GONE]),
        ]  # fmt: skip

    def test_who_is_like_whom(self, remote: PeopleApi, service: FakeService) -> None:
        assert remote.alike() == ALIKE
        assert remote.closeness("Alice", 3) == CLOSENESS
        assert service.asked[-1] == ("closeness", ALICE.id, 3)


class TestWire:
    @pytest.mark.parametrize(
        "query",
        [
            "since=yesterday", "since=2026-11-21", "since=2026-11-21T19:30:02", "until=", "until=7",
            "corrected=yes", "since=0001-01-01T00:00:00%2B14:00",
        ],
    )  # fmt: skip
    def test_times_that_are_wrong(self, api: FlaskClient, service: FakeService, query: str) -> None:
        answer = api.get(f"/api/v1/sightings?{query}")
        assert answer.status_code == 400
        assert service.asked == []

    @pytest.mark.parametrize("time", ["2026-11-21T19:30:02.113Z", "2026-11-21T21:30:02.113%2B02:00"])
    def test_times(self, api: FlaskClient, service: FakeService, time: str) -> None:
        assert api.get(f"/api/v1/sightings?since={time}").status_code == 200
        assert service.asked[-1][-1] == {"since": SINCE}

    def test_the_next_page_keeps_the_time(self, api: FlaskClient, service: FakeService) -> None:
        service.seen = [visit(sighting_id=str(number)) for number in range(3)]
        link = api.get("/api/v1/sightings?limit=2&since=2026-11-21T00:00:00Z&corrected=1").headers["Link"]
        assert "since=2026-11-21T00%3A00%3A00Z" in link
        assert "after=1" in link

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"ids": []}, {"ids": ["5e1"]}, {"name": "Bob"}, {"ids": "5e1", "name": "Bob"},
            {"ids": [7], "name": "Bob"}, {"ids": ["5e1"], "person_id": "x", "name": "Bob"},
            {"ids": ["5"] * 1001, "name": "B"},
        ],
    )  # fmt: skip
    def test_naming_nobody(self, api: FlaskClient, service: FakeService, body: dict[str, Any]) -> None:
        assert api.post("/api/v1/unknowns/assign", json=body).status_code == 400
        assert service.asked == []

    @pytest.mark.parametrize(
        "trial",
        [
            {"disowned": ["Alice"]},
            {"disowned": [["Alice"]]},
            {"corrected": [["a", "b", "c"]]},
            {"corrected": {"a": "b"}},
        ],
    )
    def test_corrections_that_are_wrong(self, api: FlaskClient, service: FakeService, trial: dict[str, Any]) -> None:
        answer = api.post("/api/v1/replay", data={"trial": json.dumps(trial)})
        assert answer.status_code == 400
        assert "a list of lists of two texts" in answer.json["detail"]
        assert service.asked == []

    @pytest.mark.parametrize("count", ["0", "50", "x"])
    def test_how_many_others(self, api: FlaskClient, service: FakeService, count: str) -> None:
        assert api.get(f"/api/v1/people/{ALICE.id}/alike?count={count}").status_code == 400
        assert service.asked == []

    def test_scores(self, api: FlaskClient) -> None:
        scores = api.get("/api/v1/alike").json["scores"]
        assert scores["now"] == {"threshold": 0.55, "rate": 0.000411, "missed": 0.0, "named": 0.0}
        assert len(scores["same"]) == len(scores["different"]) == 50


def test_scopes(bearer: Callable[[Scope], FlaskClient]) -> None:
    read, enrol = bearer(Scope.READ), bearer(Scope.ENROL)
    body = {"ids": ["5e1"], "name": "Bob"}
    assert read.get("/api/v1/unknowns/5e1").status_code == 200
    assert read.post("/api/v1/unknowns/assign", json=body).status_code == 403
    assert enrol.post("/api/v1/unknowns/assign", json=body).status_code == 200
    assert enrol.post("/api/v1/unknowns/forget", json={"ids": ["5e1"]}).status_code == 403
    assert read.post("/api/v1/sightings/5e1/person", json={"person": "Bob"}).status_code == 403
    assert enrol.post("/api/v1/sightings/5e1/person", json={"person": "Bob"}).status_code == 200
