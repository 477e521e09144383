# SPDX-License-Identifier: Apache-2.0
"""`/health`, on both sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support_web import DARK, LOST_BROKER, LOST_CAMERA, with_parts

from daemon.types import PartHealth, State

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from support_web import FakeService


@pytest.fixture(params=["page", "api"])
def site(request: pytest.FixtureRequest) -> FlaskClient:
    return request.getfixturevalue(request.param)


def test_all_is_well(site: FlaskClient, service: FakeService) -> None:
    service.now = with_parts(PartHealth("camera", State.OK), PartHealth("broker", State.OFF))
    answer = site.get("/health")
    assert answer.status_code == 200
    assert answer.json == {
        "ok": True,
        "problem": None,
        "parts": [
            {"name": "camera", "state": "ok", "detail": ""},
            {"name": "broker", "state": "off", "detail": ""},
        ],
    }


@pytest.mark.parametrize("part", [LOST_CAMERA, LOST_BROKER, PartHealth("records", State.FAILED, "the disk is full")])
def test_whatever_is_missing_is_red(site: FlaskClient, service: FakeService, part: PartHealth) -> None:
    service.now = with_parts(PartHealth("identification", State.OK), part)
    answer = site.get("/health")
    assert answer.status_code == 503
    assert answer.json["ok"] is False
    assert answer.json["problem"] == f"{part.name}: {part.detail}"
    assert answer.json["parts"][1] == {"name": part.name, "state": part.state.value, "detail": part.detail}


def test_what_works_less_well_than_it_should_is_told_and_not_red(site: FlaskClient, service: FakeService) -> None:
    """A monitor that restarts whod on red would not light a dark street."""
    service.now = with_parts(PartHealth("camera", State.OK), DARK)
    answer = site.get("/health")
    assert answer.status_code == 200
    assert answer.json["ok"] is True
    assert answer.json["problem"] == "picture: it is too dark to see faces."
    assert answer.json["parts"][1]["state"] == "degraded"


def test_what_is_worse_comes_first(site: FlaskClient, service: FakeService) -> None:
    service.now = with_parts(DARK, LOST_BROKER)
    answer = site.get("/health")
    assert answer.status_code == 503
    assert answer.json["problem"].startswith("broker: ")


def test_the_status_is_the_one_of_mqtt(api: FlaskClient, service: FakeService) -> None:
    assert api.get("/api/v1/status").json == service.now.as_json()
