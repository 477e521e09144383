# SPDX-License-Identifier: Apache-2.0
"""The door, as it comes from the server for a browser without JavaScript, and what its script polls."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_names import HOSTILE_NAMES
from support_pages import read
from support_web import (
    ALICE,
    DARK,
    LOST_BROKER,
    LOST_CAMERA,
    NOW,
    STATUS,
    face,
    live_view,
    visit,
    with_parts,
)

from daemon.types import CameraStatus, Outcome, PartHealth, Person, State

if TYPE_CHECKING:
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService


def look(owner: Owner, path: str = "/", language: str = "en") -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return read(answer.text)


def state(owner: Owner) -> dict:
    return owner.get("/state.json").json


def test_all_is_said_without_javascript(owner: Owner, service: FakeService) -> None:
    service.view = live_view(face("Alice"), face(None, "looking"), face(None, "unknown"))
    service.seen = [visit("Bob"), visit(None)]
    text = look(owner).text
    for said in (
        "front-door",
        "All is well",
        "Alice",
        "looking…",
        "Bob",
        "for 8\u00a0s · similarity 0.71",
        "Picamera2 imx708 1280x720",
        "10.0 a second, 12 of 12,345 dropped",
        "38 ms typical, 95 % within 61 ms",
        "connected",
        "3 people, 14 pictures",
        "blazeface-full-int8, mobilefacenet-int8",
        "52 °C",
        "21.5\u00a0GB free",
    ):
        assert said in text


def test_the_same_in_german(owner: Owner, service: FakeService) -> None:
    service.view = live_view(face(None, "unknown"))
    service.seen = [visit(None)]
    page = look(owner, language="de-AT,de;q=0.9,en;q=0.5")
    assert page.all("html")[0].attributes["lang"] == "de"
    for said in (
        "An der Tür",
        "Alles in Ordnung",
        "unbekannt",
        "8\u00a0s lang · Ähnlichkeit 0,71",
        "12 von 12.345",
        "21,5\u00a0GB frei",
    ):
        assert said in page.text


def test_the_page_loads_itself_again_without_javascript(owner: Owner) -> None:
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in owner.get("/").text


def test_whoever_sees_it_first_is_shown_the_first_step(owner: Owner, service: FakeService) -> None:
    assert "hidden" in look(owner).ids["first"].attributes
    service.now = replace(STATUS, people=0, samples=0)
    page = look(owner)
    assert "hidden" not in page.ids["first"].attributes
    assert page.links["Add the first person"] == "/enrol"


def test_the_last_picture_of_a_camera_that_is_lost_is_not_shown_as_of_now(owner: Owner, service: FakeService) -> None:
    service.view = replace(live_view(face("Alice")), lost=True)
    page = look(owner)
    assert page.ids["picture"].attributes["class"] == "stage lost"
    assert "hidden" not in page.ids["notice"].attributes
    assert page.ids["notice"].text.startswith("No picture since ")
    assert "Alice" not in page.ids["in-view"].text
    assert json.loads(owner.get("/live.jpg").headers["X-Whod-Live"])["lost"] is True


def test_before_the_first_picture(owner: Owner) -> None:
    page = look(owner)
    assert "No picture yet" in page.text
    assert "hidden" not in page.ids["notice"].attributes
    assert "not known" in page.text
    assert "No visits yet" in page.text
    assert not [tag for tag in page.ids["picture"].inner if tag.name == "img"]
    answer = owner.get("/live.jpg")
    assert (answer.status_code, answer.data, "X-Whod-Picture" in answer.headers) == (204, b"", False)


@pytest.mark.parametrize("simulated", [False, True])
def test_simulated_is_said_of_the_picture_and_of_visits(owner: Owner, service: FakeService, simulated: bool) -> None:
    service.view = live_view(simulated=simulated)
    service.seen = [visit("Bob", simulated=simulated), visit("Carol", simulated=simulated)]
    page = look(owner)
    assert ("hidden" in page.ids["simulated"].attributes) is not simulated
    assert page.text.count("simulated") == 1 + 2 * simulated
    assert [visit["simulated"] for visit in state(owner)["visits"]] == [simulated] * 2


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((), ("ok", "All is well", [])),
        ((PartHealth("camera", State.OK, "the recording has ended"),), ("ok", "All is well", [])),
        (
            (LOST_CAMERA,),
            (
                "failed",
                "The camera needs attention",
                [("The camera", "No V4L2 camera was found: plug one in.", "/settings/camera")],
            ),
        ),
        (
            (LOST_BROKER,),
            (
                "waiting",
                "The MQTT broker needs attention",
                [("The MQTT broker", LOST_BROKER.detail, "/settings/mqtt")],
            ),
        ),
        (
            (LOST_CAMERA, LOST_BROKER),
            (
                "failed",
                "2 things need attention",
                [
                    ("The camera", "No V4L2 camera was found: plug one in.", "/settings/camera"),
                    ("The MQTT broker", LOST_BROKER.detail, "/settings/mqtt"),
                ],
            ),
        ),
        (
            (DARK,),
            (
                "waiting",
                "The picture needs attention",
                [("The picture", "It is too dark to see faces.", "/settings/camera")],
            ),
        ),
        (
            (PartHealth("other", State.FAILED, ""),),
            ("failed", "Its part “other” needs attention", [("Its part “other”", "", "")]),
        ),
    ],
)
def test_how_whod_is(
    owner: Owner, service: FakeService, parts: tuple[PartHealth, ...], said: tuple[str, str, list[tuple[str, ...]]]
) -> None:
    level, headline, troubles = said
    service.now = with_parts(*parts)
    found = state(owner)
    assert (found["level"], found["headline"]) == (level, headline)
    assert [(trouble["part"], trouble["detail"], trouble["page"]) for trouble in found["troubles"]] == troubles
    page = look(owner)
    assert page.ids["state"].attributes["class"] == f"card state {level}"
    assert page.ids["headline"].text.strip() == headline
    assert all(words in page.ids["troubles"].text for trouble in troubles for words in trouble[:2])
    links = [tag.attributes["href"] for tag in page.ids["troubles"].inner if tag.name == "a"]
    assert links == [trouble[2] for trouble in troubles if trouble[2]]


def test_every_page_says_how_whod_is(owner: Owner, service: FakeService) -> None:
    service.now = with_parts(LOST_CAMERA)
    dot = next(tag for tag in look(owner, "/more").all("a") if "health" in tag.attributes.get("class", ""))
    assert dot.attributes["class"] == "health failed"
    assert dot.attributes["aria-label"] == "State of whod: The camera needs attention"
    assert dot.attributes["href"] == "/#state"


@pytest.mark.parametrize("name", HOSTILE_NAMES[::7])
def test_who_is_recognised_less_well_has_a_name_on_the_page_alone(
    owner: Owner, service: FakeService, name: str
) -> None:
    service.enrolled = {ALICE.id: Person(ALICE.id, name)}
    service.now = with_parts(PartHealth("people", State.DEGRADED, f"Person {ALICE.id} is recognised less well."))
    assert state(owner)["troubles"][0]["detail"] == f"{name} is recognised less well."
    assert f"{name} is recognised less well." in look(owner).text
    assert ALICE.id in owner.get("/health").json["problem"]
    service.enrolled = {}
    assert state(owner)["troubles"][0]["detail"] == f"Person {ALICE.id} is recognised less well."


def facts(owner: Owner) -> dict[str, tuple[str, str]]:
    found = state(owner)
    return {fact["label"]: (fact["value"], fact["level"]) for fact in (*found["facts"], *found["details"])}


def test_what_is_not_known_is_said_so(owner: Owner, service: FakeService) -> None:
    service.now = replace(
        with_parts(),
        latency_p50_ms=None,
        latency_p95_ms=None,
        models=(),
        temperature_c=None,
        throttled=None,
        disk_free_bytes=None,
        people=1,
        samples=1,
    )
    found = facts(owner)
    assert found["From frame to answer"] == ("not measured yet", "")
    assert found["Models"] == found["Loaded models"] == ("not loaded yet", "")
    assert found["Temperature"] == ("unknown", "")
    assert found["Disk"] == ("unknown", "")
    assert found["MQTT broker"] == ("none is set", "")
    assert found["Known"] == ("1 person, 1 picture", "")


def test_without_a_camera_the_facts_say_so(owner: Owner, service: FakeService) -> None:
    assert facts(owner)["Camera"] == ("10 pictures a second", "")
    service.now = with_parts(LOST_CAMERA)
    assert facts(owner)["Camera"] == ("no picture", "failed")


def test_what_somebody_should_look_at_stands_out(owner: Owner, service: FakeService) -> None:
    service.now = replace(with_parts(LOST_BROKER), throttled=True, clock_synced=False, disk_free_bytes=12_000_000)
    waiting = {label for label, (_, level) in facts(owner).items() if level == "waiting"}
    assert waiting == {"MQTT broker", "Temperature", "Clock", "Disk"}
    rows = [tag for tag in look(owner).ids["facts"].inner if tag.attributes.get("class") == "waiting"]
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (8.4, "8 s"), (120, "2 min"), (125, "2 min 5 s"), (4800, "1 h 20 min"), (-30, "0 s")],
)
def test_how_long_a_visit_was(owner: Owner, service: FakeService, seconds: float, said: str) -> None:
    service.seen = [visit(ended_at=NOW + timedelta(seconds=seconds))]
    assert state(owner)["visits"][0]["about"].replace("\u00a0", " ") == f"for {said} · similarity 0.71"


def test_who_a_visitor_was(owner: Owner, service: FakeService) -> None:
    service.seen = [visit("Bob"), visit(None), visit(None, outcome=Outcome.IDENTIFIED)]
    found = [(visit["who"], visit["known"]) for visit in state(owner)["visits"]]
    assert found == [("Bob", True), ("unknown", False), ("someone since forgotten", False)]


def test_a_visit_leads_to_its_explanation(owner: Owner, service: FakeService) -> None:
    service.seen = [visit("Bob")]
    ref = state(owner)["visits"][0]["ref"]
    rows = [tag for tag in look(owner).ids["visits"].inner if tag.name == "a"]
    assert [row.attributes["href"] for row in rows] == [f"/visits/{ref}"]


def test_a_visit_whose_time_is_uncertain(owner: Owner, service: FakeService) -> None:
    service.seen = [visit(clock_synced=False)]
    assert "· clock not set" in look(owner).text


def test_times_are_exact_for_the_browser(owner: Owner, service: FakeService) -> None:
    service.view = live_view()
    service.seen = [visit()]
    assert state(owner)["visits"][0]["started_at"] == "2026-11-21T19:30:02.113+00:00"
    assert look(owner).ids["captured"].attributes["datetime"] == "2026-11-21T19:30:02.113000+00:00"


def test_picture_and_faces_come_together(owner: Owner, service: FakeService) -> None:
    service.view = live_view(face("Alice"), face(None, "looking"), jpeg=b"\xff\xd8picture", seq=712)
    answer = owner.get("/live.jpg")
    assert answer.mimetype == "image/jpeg"
    assert answer.data == b"\xff\xd8picture"
    assert answer.headers["Cache-Control"] == "no-store"
    common = {"box": [0.41, 0.22, 0.12, 0.19], "similarity": 0.7134, "quality": 0.82}
    assert json.loads(answer.headers["X-Whod-Live"]) == {
        "seq": 712,
        "captured_at": "2026-11-21T19:30:02.113+00:00",
        "simulated": False,
        "lost": False,
        "faces": [
            {**common, "state": "identified", "label": "Alice"},
            {**common, "state": "looking", "label": "looking…"},
        ],
    }


def test_the_same_picture_is_not_sent_twice(owner: Owner, service: FakeService) -> None:
    service.view = live_view(seq=1)
    seen = owner.get("/live.jpg").headers["X-Whod-Picture"]
    again = owner.get("/live.jpg", query_string={"after": seen})
    assert (again.status_code, again.data, again.headers["X-Whod-Picture"]) == (204, b"", seen)
    service.view = live_view(seq=2)
    assert owner.get("/live.jpg", query_string={"after": seen}).status_code == 200


@given(name=st.text(min_size=1))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_fits_into_the_header(owner: Owner, service: FakeService, name: str) -> None:
    service.view = live_view(face(name))
    header = owner.get("/live.jpg").headers["X-Whod-Live"]
    assert re.fullmatch(r"[\x20-\x7e]+", header)
    assert json.loads(header)["faces"][0]["label"] == name


def steps(owner: Owner) -> list[bool]:
    return [
        "done" in tag.attributes["class"].split()
        for tag in look(owner, "/tour").all("li")
        if "step" in tag.attributes.get("class", "")
    ]


def test_the_tour_knows_how_far_one_is(owner: Owner, service: FakeService) -> None:
    service.now = replace(with_parts(LOST_CAMERA), people=0)
    assert steps(owner) == [False, False, False]
    assert look(owner, "/tour").links["Skip, to the door"] == "/"
    service.now = STATUS
    service.view = live_view()
    assert steps(owner) == [True, True, True]
    assert look(owner, "/tour").links["All done, to the door"] == "/"


def test_it_is_paused_and_goes_on_again(owner: Owner, service: FakeService) -> None:
    for url, paused, said in (("/pause", True, "it looks at nothing"), ("/resume", False, "whod goes on")):
        answer = owner.post(url)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        (setting,) = (one for one in service.settings.view().settings if one.name == "camera.paused")
        assert setting.value is paused
        assert said in look(owner).text


def test_a_pause_is_no_trouble_but_is_seen(owner: Owner, service: FakeService) -> None:
    service.now = replace(STATUS, paused=True)
    shown = state(owner)
    assert (shown["level"], shown["headline"], shown["paused"], shown["troubles"]) == ("waiting", "Paused", True, [])
    assert {"label": "Camera", "value": "paused", "level": "waiting"} in shown["facts"]
    page = look(owner)
    assert [name for name in ("paused", "pause") if "hidden" in page.ids[name].attributes] == ["pause"]
    service.now = STATUS
    page = look(owner)
    assert [name for name in ("paused", "pause") if "hidden" in page.ids[name].attributes] == ["paused"]


def test_a_lost_camera_is_told_before_a_pause(owner: Owner, service: FakeService) -> None:
    service.now = replace(with_parts(LOST_BROKER), paused=True)
    assert state(owner)["headline"] == "The MQTT broker needs attention"


class TestSeveralCameras:
    @pytest.fixture
    def two(self, service: FakeService) -> FakeService:
        garden = CameraStatus("garden", State.WAITING, "rtsp://cam", 4.9)
        parts = *service.now.parts, PartHealth("camera garden", State.WAITING, "it does not answer.")
        service.now = replace(service.now, cameras=(*service.now.cameras, garden), parts=parts)
        return service

    def test_each_has_its_picture_under_its_name(self, owner: Owner, two: FakeService) -> None:
        two.view = live_view(face("Alice"))
        page = look(owner)
        sources = [page.ids[key].attributes["data-src"] for key in ("picture", "picture-garden")]
        assert sources == ["/live.jpg", "/live.jpg?camera=garden"]
        assert [page.ids[key].text.strip() for key in ("live-title", "live-title-garden")] == ["main", "garden"]
        assert page.ids["in-view-garden"].text.strip() == "Alice"

    def test_the_one_that_is_lost_is_told_by_its_name(self, owner: Owner, two: FakeService) -> None:
        page = look(owner)
        assert page.ids["headline"].text.strip() == "The camera (garden) needs attention"
        assert page.ids["state"].attributes["class"] == "card state failed"
        assert re.search(r"garden\s*no picture", page.ids["facts"].text)
        assert "Camera in use (garden)" in page.ids["details"].text

    def test_the_first_one_has_a_name_too(self, owner: Owner, two: FakeService) -> None:
        two.now = replace(two.now, parts=(LOST_CAMERA,))
        assert look(owner).ids["headline"].text.strip() == "The camera (main) needs attention"
        assert "The camera (main) needs attention" in look(owner, "/people").text
        two.now = replace(two.now, parts=(PartHealth("picture", State.DEGRADED, "it is too dark."),))
        assert look(owner).ids["headline"].text.strip() == "The picture (main) needs attention"

    def test_a_visit_says_at_which_it_was(self, owner: Owner, two: FakeService) -> None:
        two.seen = [replace(visit("Bob"), camera="garden")]
        assert state(owner)["visits"][0]["about"] == "8\u00a0s, camera garden"

    def test_a_pause_is_of_all(self, owner: Owner, two: FakeService) -> None:
        assert "All cameras are closed" in look(owner).ids["paused"].text

    def test_beside_a_picture_that_is_lost_stands_what_to_do(self, owner: Owner, two: FakeService) -> None:
        two.view = replace(live_view(), lost=True)
        notice = look(owner).ids["notice-garden"]
        assert [tag.attributes["href"] for tag in notice.inner if tag.name == "a"] == ["#state"]
        assert "What to do" in notice.text

    def test_where_somebody_is_enrolled_can_be_chosen(self, owner: Owner, two: FakeService) -> None:
        assert "At which camera" in owner.get("/enrol/door").text
        sent = {"name": "Alice", "camera": "garden", "take_over": "0"}
        owner.post("/enrol/door", data=sent)
        assert ("door", "Alice", False, "garden") in two.asked


def test_one_camera_needs_no_name(owner: Owner, service: FakeService) -> None:
    service.view = live_view()
    page = look(owner)
    assert page.ids["live-title"].text.strip() == "Live picture"
    assert "(main)" not in page.ids["facts"].text
    assert "At which camera" not in owner.get("/enrol/door").text
