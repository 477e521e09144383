# SPDX-License-Identifier: Apache-2.0
"""`/api/v1/door`: somebody is enrolled at the camera."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support_enrol import ALL, HALF, JPEG, SESSION, TWIN
from support_web import ALICE

from daemon.errors import DoorBusy, LookAlikeName
from daemon.types import Cue, Pose, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_web import FakeService

API = "/api/v1/door"
HERE = f"{API}/{SESSION}"
DOCS = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")


def shape(value: Any) -> Any:
    """Its keys, all the way down."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else None


def example(call: str) -> Any:
    section = DOCS.split(f"### `POST {call}` (enrol)")[1].split("\n### ")[0]
    return json.loads(re.findall(r"```json\n(.*?)```", section, re.DOTALL)[0])


class TestStart:
    """Whom."""

    def test_by_name_or_by_id(self, api: FlaskClient, service: FakeService) -> None:
        begun = api.post(API, json={"name": "Bob"})
        assert (begun.status_code, begun.json["name"], begun.json["known"]) == (201, "Bob", False)
        assert api.post(API, json={"person_id": ALICE.id, "take_over": True}).json["known"] is True
        assert service.asked[-2:] == [("door", "Bob", False), ("door", ALICE.id, True)]

    @pytest.mark.parametrize("body", [{}, {"name": "A", "person_id": "b"}, {"name": 1}, {"name": "A", "force": True}])
    def test_what_is_no_such_thing_gets_a_sentence(self, api: FlaskClient, body: dict[str, Any]) -> None:
        assert api.post(API, json=body).status_code == 400

    @pytest.mark.parametrize("error", [DoorBusy("busy"), LookAlikeName("alike")])
    def test_why_not_is_told(self, api: FlaskClient, service: FakeService, error: Exception) -> None:
        service.error = error
        answer = api.post(API, json={"name": "Bob"})
        assert (answer.status_code, answer.json["type"]) == (409, f"/problems/{error.slug}")

    def test_nobody_who_may_only_read_may(self, bearer: Callable[[Scope], FlaskClient]) -> None:
        assert bearer(Scope.READ).post(API, json={"name": "Bob"}).status_code == 403
        assert bearer(Scope.ENROL).post(API, json={"name": "Bob"}).status_code == 201


class TestLook:
    """The shutter."""

    def test_how_far_it_is_is_as_the_documentation_says(self, api: FlaskClient) -> None:
        told = api.post(f"{HERE}/look").json
        assert shape(told) == shape(example("/api/v1/door"))
        assert (told["cue"], told["held"], told["sight"]["box"]) == ("stay", 0.5, [0.4, 0.2, 0.2, 0.3])
        assert api.get(HERE).json == told

    def test_looks_are_not_on_record_but_what_is_done_is(self, owner: Owner, service: FakeService) -> None:
        before = len(service.access.deeds(100))
        for _ in range(3):
            assert owner.post(f"{HERE}/look", json={}).status_code == 200
        assert len(service.access.deeds(100)) == before
        owner.post(f"{HERE}/enrol", json={})
        assert service.access.deeds(100)[0].action == "enrol_at_door"

    def test_every_cue_and_pose_is_documented(self) -> None:
        section = DOCS.split("### `POST /api/v1/door` (enrol)")[1].split("\n### ")[0]
        assert {str(word) for word in (*Cue, *Pose)} <= set(re.findall(r"`(\w+)`", section))

    def test_one_that_has_ended_is_said_to_have(self, api: FlaskClient) -> None:
        for method, place in [("get", ""), ("post", "/look"), ("delete", ""), ("post", "/enrol")]:
            answer = getattr(api, method)(f"{API}/0123456789abcdef{place}")
            assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-such-door-session")


class TestShots:
    """What was taken."""

    def test_is_shown_and_dropped(self, api: FlaskClient, service: FakeService) -> None:
        shown = api.get(f"{HERE}/shots/left.jpg")
        assert (shown.data, shown.mimetype) == (JPEG, "image/jpeg")
        assert [shot["pose"] for shot in api.delete(f"{HERE}/shots/left").json["taken"]] == ["front"]
        assert api.get(f"{HERE}/shots/left.jpg").json["type"] == "/problems/no-such-shot"
        assert api.get(f"{HERE}/shots/behind.jpg").status_code == 400

    def test_is_forgotten_at_the_end(self, api: FlaskClient, service: FakeService) -> None:
        assert api.delete(HERE).json["id"] == SESSION
        assert service.door.now is None


class TestEnrol:
    """What becomes of it."""

    def test_each_shot_is_answered(self, api: FlaskClient, service: FakeService) -> None:
        service.door.now = ALL
        service.door.refuses = {Pose.LEFT: TWIN}
        answer = api.post(f"{HERE}/enrol")
        assert (answer.status_code, answer.json["change"]) == (201, "created")
        front, left, *_ = answer.json["shots"]
        assert (front["pose"], front["error"], left["sample_id"]) == ("front", None, None)
        assert left["error"]["type"] == "/problems/other-person"
        assert shape(answer.json) == shape(example("/api/v1/door/<session_id>/enrol"))
        assert api.post(f"{HERE}/enrol", json={"force": True}).json["shots"][1]["error"] is None
        assert service.asked[-2:] == [("enrol at door", SESSION, False), ("enrol at door", SESSION, True)]

    def test_who_says_what_they_looked_at_gets_that_or_nothing(self, api: FlaskClient, service: FakeService) -> None:
        version = api.get(HERE).json["version"]
        late = api.post(f"{HERE}/enrol", json={"version": version + 1})
        assert (late.status_code, late.json["type"]) == (412, "/problems/changed")
        assert api.post(f"{HERE}/enrol", json={"version": version}).status_code == 201

    def test_nobody_is_made_of_shots_that_were_all_refused(self, api: FlaskClient, service: FakeService) -> None:
        service.door.now = HALF
        service.door.refuses = {Pose.FRONT: TWIN, Pose.LEFT: TWIN}
        answer = api.post(f"{HERE}/enrol")
        assert (answer.status_code, answer.json["change"], answer.json["person"]) == (200, None, None)
