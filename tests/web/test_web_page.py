# SPDX-License-Identifier: Apache-2.0
"""The page as it comes from the server, for a browser without JavaScript, and what its script polls."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_web import (
    ALICE,
    DARK,
    LOST_BROKER,
    LOST_CAMERA,
    NASTY_NAMES,
    NOW,
    STATUS,
    face,
    live_view,
    visit,
    with_parts,
)

from daemon.types import Outcome, PartHealth, Person, State

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from support_web import FakeService

MIMETYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class _Reader(HTMLParser):
    """The text and the tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.ids: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        if "id" in found:
            self.ids[found["id"]] = found

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: FlaskClient) -> _Reader:
    answer = page.get("/")
    assert answer.status_code == 200
    return _Reader(answer.text)


def test_all_is_said_without_javascript(page: FlaskClient, service: FakeService) -> None:
    service.view = live_view(face("Alice"), face(None, "looking"), face(None, "unknown"))
    service.seen = [visit("Bob"), visit(None)]
    text = read(page).text
    for said in (
        "front-door",
        "All is well",
        "Alice",
        "looking…",
        "Bob",
        "similarity 0.71",
        "for 8\u00a0s",
        "Picamera2 imx708 1280x720",
        "10.0 a second, 12 of 12,345 dropped",
        "38 ms typical, 95 % within 61 ms",
        "connected",
        "3 people, 14 pictures",
        "blazeface-full-int8, mobilefacenet-int8",
        "52 °C",
    ):
        assert said in text


def test_the_page_loads_itself_again_without_javascript(page: FlaskClient) -> None:
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.get("/").text


def test_whoever_sees_it_first_is_told_how_to_enrol(page: FlaskClient, service: FakeService) -> None:
    assert "hidden" in read(page).ids["enrol"]
    service.now = replace(STATUS, people=0, samples=0)
    reader = read(page)
    assert "hidden" not in reader.ids["enrol"]
    assert 'whod enrol "NAME" PICTURE.jpg' in reader.text


def test_before_the_first_picture(page: FlaskClient) -> None:
    reader = read(page)
    assert "No picture yet" in reader.text
    assert "hidden" not in reader.ids["notice"]
    assert "not known" in reader.text
    assert "No visits yet" in reader.text
    answer = page.get("/live.jpg")
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize("simulated", [False, True])
def test_simulated_is_said_of_the_picture_and_of_visits(
    page: FlaskClient, service: FakeService, simulated: bool
) -> None:
    service.view = live_view(simulated=simulated)
    service.seen = [visit("Bob", simulated=simulated), visit("Carol", simulated=simulated)]
    reader = read(page)
    assert ("hidden" in reader.ids["simulated"]) is not simulated
    assert reader.text.count("simulated") == 1 + 2 * simulated
    assert [v["simulated"] for v in page.get("/state.json").json["visits"]] == [simulated] * 2


@pytest.mark.parametrize(
    ("parts", "level", "said"),
    [
        ((), "ok", ["All is well"]),
        ((PartHealth("camera", State.OK, "the recording has ended"),), "ok", ["All is well"]),
        ((LOST_CAMERA,), "failed", ["The camera needs attention", "No V4L2 camera was found: plug one in."]),
        ((LOST_BROKER,), "waiting", ["The MQTT broker needs attention", LOST_BROKER.detail]),
        (
            (LOST_CAMERA, LOST_BROKER),
            "failed",
            [
                "2 things need attention",
                f"The camera: {LOST_CAMERA.detail}",
                f"The MQTT broker: {LOST_BROKER.detail}",
            ],
        ),
        ((DARK,), "waiting", ["The picture needs attention", "It is too dark to see faces."]),
        ((PartHealth("other", State.FAILED, ""),), "failed", ["Its part “other” needs attention"]),
    ],
)
def test_the_status_line(
    page: FlaskClient, service: FakeService, parts: tuple[PartHealth, ...], level: str, said: list[str]
) -> None:
    service.now = with_parts(*parts)
    state = page.get("/state.json").json
    assert (state["level"], [state["headline"], *state["troubles"]]) == (level, said)
    reader = read(page)
    assert reader.ids["status"]["class"] == f"status {level}"
    assert all(words in reader.text for words in said)


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_who_is_recognised_less_well_has_a_name_on_the_page_alone(
    page: FlaskClient, service: FakeService, name: str
) -> None:
    service.enrolled = {ALICE.id: Person(ALICE.id, name)}
    service.now = with_parts(PartHealth("people", State.DEGRADED, f"Person {ALICE.id} is recognised less well."))
    assert page.get("/state.json").json["troubles"] == [f"{name} is recognised less well."]
    assert f"{name} is recognised less well." in read(page).text
    assert ALICE.id in page.get("/health").json["problem"]
    service.enrolled = {}
    assert page.get("/state.json").json["troubles"] == [f"Person {ALICE.id} is recognised less well."]


def facts(page: FlaskClient) -> dict[str, tuple[str, bool]]:
    return {fact["label"]: (fact["value"], fact["alert"]) for fact in page.get("/state.json").json["facts"]}


def test_what_is_not_known_is_said_so(page: FlaskClient, service: FakeService) -> None:
    service.now = replace(
        with_parts(),
        latency_p50_ms=None,
        latency_p95_ms=None,
        models=(),
        temperature_c=None,
        throttled=None,
        people=1,
        samples=1,
    )
    found = facts(page)
    assert found["From frame to answer"] == ("not measured yet", False)
    assert found["Models"] == ("not loaded yet", False)
    assert found["Temperature"] == ("unknown", False)
    assert found["Slowed down"] == ("unknown", False)
    assert found["MQTT broker"] == ("none is set", False)
    assert found["Enrolled"] == ("1 person, 1 picture", False)


def test_what_somebody_should_look_at_stands_out(page: FlaskClient, service: FakeService) -> None:
    service.now = replace(with_parts(LOST_BROKER), throttled=True, clock_synced=False)
    found = facts(page)
    assert {label for label, (_, alert) in found.items() if alert} == {"MQTT broker", "Slowed down", "Clock"}
    assert page.get("/").text.count('class="alert"') == 3


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (8.4, "8 s"), (125, "2 min 5 s"), (4800, "1 h 20 min"), (-30, "0 s")],
)
def test_how_long_a_visit_was(page: FlaskClient, service: FakeService, seconds: float, said: str) -> None:
    service.seen = [visit(ended_at=NOW + timedelta(seconds=seconds))]
    assert page.get("/state.json").json["visits"][0]["duration"].replace("\u00a0", " ") == said


def test_who_a_visitor_was(page: FlaskClient, service: FakeService) -> None:
    service.seen = [visit("Bob"), visit(None), visit(None, outcome=Outcome.IDENTIFIED)]
    found = [(v["who"], v["known"]) for v in page.get("/state.json").json["visits"]]
    assert found == [("Bob", True), ("unknown", False), ("someone since forgotten", False)]


def test_a_visit_whose_time_is_uncertain(page: FlaskClient, service: FakeService) -> None:
    service.seen = [visit(clock_synced=False)]
    assert "(clock not set)" in read(page).text


def test_times_are_exact_for_the_browser(page: FlaskClient, service: FakeService) -> None:
    service.view = live_view()
    service.seen = [visit()]
    assert page.get("/state.json").json["visits"][0]["started_at"] == "2026-11-21T19:30:02.113+00:00"
    assert read(page).ids["captured"]["datetime"] == "2026-11-21T19:30:02.113000+00:00"


def test_picture_and_faces_come_together(page: FlaskClient, service: FakeService) -> None:
    service.view = live_view(face("Alice"), face(None, "looking"), jpeg=b"\xff\xd8picture", seq=712)
    answer = page.get("/live.jpg")
    assert answer.mimetype == "image/jpeg"
    assert answer.data == b"\xff\xd8picture"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.headers["X-Whod-Live"]) == {
        "seq": 712,
        "captured_at": "2026-11-21T19:30:02.113+00:00",
        "simulated": False,
        "faces": [
            {"box": [0.41, 0.22, 0.12, 0.19], "state": "identified", "label": "Alice", "similarity": 0.7134},
            {"box": [0.41, 0.22, 0.12, 0.19], "state": "looking", "label": "looking…", "similarity": 0.7134},
        ],
    }


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_names_are_text_everywhere(page: FlaskClient, service: FakeService, name: str) -> None:
    service.view = live_view(face("Alice"))
    service.seen = [visit("Alice")]
    plain = read(page).tags
    service.view = live_view(face(name))
    service.seen = [visit(name)]
    reader = read(page)
    assert reader.text.count(name) == 2
    assert reader.tags == plain
    assert page.get("/state.json").json["visits"][0]["who"] == name


@given(name=st.text(min_size=1))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_fits_into_the_header(page: FlaskClient, service: FakeService, name: str) -> None:
    service.view = live_view(face(name))
    header = page.get("/live.jpg").headers["X-Whod-Live"]
    assert re.fullmatch(r"[\x20-\x7e]+", header)
    assert json.loads(header)["faces"][0]["label"] == name


def test_the_page_has_what_screen_readers_need(page: FlaskClient, service: FakeService) -> None:
    service.view = live_view(face())
    reader = read(page)
    assert reader.ids["status"]["aria-live"] == "polite"
    html = page.get("/").text
    assert '<html lang="en">' in html
    assert 'alt="What the camera sees"' in html
    assert all("alt=" in tag for tag in re.findall(r"<img[^>]*>", html))
    assert reader.tags.count("h1") == 1


def test_the_files_of_the_page_are_there(page: FlaskClient) -> None:
    html = page.get("/").text
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(set(files)) == 3
    imported = {f"/static/{name}" for name in ("dom.js", "live.js", "state.js")}
    for file in {*files, *imported}:
        with page.get(file) as answer:
            assert answer.status_code == 200
            assert answer.mimetype == MIMETYPES[file.rpartition(".")[2]]


def test_nothing_is_inline_or_from_elsewhere(page: FlaskClient) -> None:
    html = page.get("/").text
    assert not re.search(r"<style|<script(?![^>]*src=)| style=| on\w+=|https?://", html)
