# SPDX-License-Identifier: Apache-2.0
"""The door in a real browser: what its scripts make of it."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import cv2
import pytest
import skimage.data
from support_names import HOSTILE_NAMES
from support_web import LOST_CAMERA, STATUS, face, live_view, running, visit, with_parts

from daemon.types import Box, CameraStatus, State
from web_admin.cookies import SESSION
from web_admin.server import serve_tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from playwright.sync_api import Browser, Page
    from support_owner import Owner
    from support_web import FakeService

PATIENCE_MS = 10_000
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def astronaut() -> bytes:
    ok, jpeg = cv2.imencode(".jpg", cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR))
    assert ok
    return jpeg.tobytes()


@pytest.fixture
def look(browser: Browser, page_app: Flask, owner: Owner) -> Iterator[Callable[..., Page]]:
    """Open a page of the owner's; the browser must have nothing to complain of."""
    said: list[str] = []
    cookie = owner.get_cookie(SESSION)
    assert cookie
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running(serve_tcp(page_app, "127.0.0.1", 0)))
        url = f"http://localhost:{server.address[1]}"

        def look(path: str = "/", **options: Any) -> Page:
            context = browser.new_context(locale="en-GB", timezone_id="UTC", **options)
            stack.callback(context.close)
            context.add_cookies([{"name": SESSION, "value": cookie.value, "url": url}])
            context.on("console", lambda message: said.append(message.text))
            context.on("weberror", lambda error: said.append(str(error.error)))
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(url + path)
            return page

        yield look
    assert [text for text in said if "status of 400" not in text] == []  # of those a browser tells by itself


def boxes(page: Page) -> list[tuple[str, str, str]]:
    """State, place and name of each."""
    found = page.locator("#boxes .box").all()
    return [
        (box.get_attribute("class") or "", box.get_attribute("style") or "", box.locator("bdi").inner_text())
        for box in found
    ]


def test_a_lost_camera_is_told_at_once(look: Callable[..., Page], service: FakeService, astronaut: bytes) -> None:
    service.view = dataclasses.replace(live_view(face("Alice"), jpeg=astronaut), lost=True)
    page = look()
    page.wait_for_function("document.querySelector('.stage').style.getPropertyValue('--ratio')")  # by the script
    assert page.locator("#notice").inner_text().startswith("No picture since")
    assert page.locator("#in-view").inner_text() == "not known"
    assert boxes(page) == []


def test_boxes_and_names_are_drawn(look: Callable[..., Page], service: FakeService, astronaut: bytes) -> None:
    faces = (
        face("Eileen Collins", box=Box(0.35, 0.14, 0.17, 0.22)),
        face(None, "looking", Box(0.1, 0.5, 0.1, 0.2)),
        face(None, "unknown", Box(0.8, 0.5, 0.1, 0.2)),
    )
    service.view = live_view(*faces, jpeg=astronaut, simulated=True)
    service.seen = [visit("Bob", simulated=True)]
    page = look()
    page.locator("#boxes .box").first.wait_for()
    assert boxes(page) == [
        ("box identified low", "left: 35%; top: 14%; width: 17%; height: 22%;", "Eileen Collins"),
        ("box looking", "left: 10%; top: 50%; width: 10%; height: 20%;", "looking…"),
        ("box unknown right", "left: 80%; top: 50%; width: 10%; height: 20%;", "unknown"),
    ]
    assert page.locator("#boxes small").first.inner_text() == "0.71 · quality 82%"
    assert page.locator("#picture img").evaluate("picture => picture.naturalWidth") == 512
    assert page.locator("#simulated").is_visible()
    assert page.locator("#notice").is_hidden()
    assert page.locator("#visits .who").all_inner_texts() == ["Bob"]
    assert page.locator("#headline").inner_text() == "All is well"


def test_each_camera_has_its_own_picture_and_names(
    look: Callable[..., Page], service: FakeService, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.now = dataclasses.replace(
        STATUS, cameras=(*STATUS.cameras, CameraStatus("garden", State.OK, "demo", 5.0))
    )
    views = {"": live_view(face("Alice"), jpeg=astronaut), "garden": live_view(face("Bob"), jpeg=astronaut)}
    monkeypatch.setattr(service, "live", lambda camera="": views[camera])
    page = look()
    page.locator("#boxes-garden .box").wait_for()
    page.locator("#boxes .box").wait_for()
    names = [page.locator(f"#{where}").inner_text() for where in ("in-view", "in-view-garden")]
    assert names == ["Alice", "Bob"]
    views["garden"] = None
    page.locator("#notice-garden").wait_for()
    assert page.locator("#in-view").inner_text() == "Alice"
    assert page.locator("#notice").is_hidden()


def test_three_pictures_fit_a_desk_and_a_lost_one_says_where_to_look(
    look: Callable[..., Page], service: FakeService, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = (CameraStatus(name, State.OK, "demo", 5.0) for name in ("garden", "yard"))
    service.now = dataclasses.replace(STATUS, cameras=(*STATUS.cameras, *more))
    views = dict.fromkeys(("", "garden", "yard"), live_view(jpeg=astronaut))
    monkeypatch.setattr(service, "live", lambda camera="": views[camera])
    page = look(viewport={"width": 1280, "height": 800})
    first, garden, yard = (page.locator(".live").nth(place).bounding_box() for place in range(3))
    assert first["width"] > garden["width"] + yard["width"]
    assert garden["y"] == yard["y"]
    assert page.locator(".stage").get_by_role("link").count() == 0
    views["garden"] = None
    page.locator("#picture-garden").get_by_role("link", name="What to do").click()
    assert page.url.endswith("#state")
    page.set_viewport_size({"width": 390, "height": 844})
    assert len({round(page.locator(".live").nth(place).bounding_box()["x"]) for place in range(3)}) == 1


def test_boxes_lie_on_the_picture_whatever_the_window(
    look: Callable[..., Page], service: FakeService, astronaut: bytes
) -> None:
    service.view = live_view(face("Eileen Collins", box=Box(0.25, 0.25, 0.5, 0.5)), jpeg=astronaut)
    for width, height in ((320, 640), (390, 844), (844, 390), (1280, 900)):
        page = look(viewport={"width": width, "height": height})
        page.locator("#boxes .box").wait_for()
        picture, box = (page.locator(what).bounding_box() for what in ("#picture img", "#boxes .box"))
        assert picture["width"] == pytest.approx(picture["height"], abs=1)  # as the picture is
        assert box["x"] == pytest.approx(picture["x"] + picture["width"] / 4, abs=1)
        assert box["height"] == pytest.approx(picture["height"] / 2, abs=1)
        page.close()


def test_names_are_inert(look: Callable[..., Page], service: FakeService, astronaut: bytes) -> None:
    service.view = live_view(*map(face, HOSTILE_NAMES), jpeg=astronaut)
    service.seen = [visit(name) for name in HOSTILE_NAMES[:8]]
    page = look()
    page.locator("#boxes .box").last.wait_for()
    assert page.locator("#boxes bdi").evaluate_all("names => names.map(name => name.textContent)") == list(
        HOSTILE_NAMES
    )
    assert page.locator("#boxes *:not(.box, .label, bdi, small)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_without_a_camera(look: Callable[..., Page], service: FakeService) -> None:
    service.now = with_parts(LOST_CAMERA)
    page = look()
    page.get_by_text("No V4L2 camera was found: plug one in.").wait_for()
    assert page.locator("#state").get_attribute("class") == "card state failed"
    assert page.locator("#notice").inner_text() == "No picture yet"


def test_the_first_step_goes_when_somebody_is_known(look: Callable[..., Page], service: FakeService) -> None:
    service.now = dataclasses.replace(STATUS, people=0)
    page = look()
    page.get_by_role("link", name="Add the first person").wait_for()
    service.now = STATUS
    page.locator("#first").wait_for(state="hidden")


def test_a_picture_that_no_longer_comes(look: Callable[..., Page], service: FakeService) -> None:
    service.view = live_view(face(), jpeg=b"cut off")
    page = look()
    page.locator("#notice").wait_for()
    assert page.locator("#notice").inner_text().endswith("21 Nov, 19:30:02")
    assert boxes(page) == []


def test_a_picture_that_stands_still_is_not_loaded_again(
    look: Callable[..., Page], service: FakeService, astronaut: bytes
) -> None:
    service.view = live_view(face(), jpeg=astronaut)
    page = look()
    page.locator("#boxes .box").wait_for()
    with page.expect_response(lambda answer: "/live.jpg?after=" in answer.url) as again:
        pass
    assert again.value.status == 204
    service.view = live_view(face(), jpeg=astronaut, seq=8)
    with page.expect_response(lambda answer: "/live.jpg" in answer.url and answer.status == 200):
        pass


def test_a_daemon_that_no_longer_answers(
    look: Callable[..., Page], service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.seen = [visit("Bob")]
    page = look()
    page.route("**/state.json", lambda route: route.fulfill(status=200, body="{"))
    page.get_by_text("whod does not answer").first.wait_for()
    assert page.locator("#state").get_attribute("class") == "card state failed"
    assert page.locator("#visits .who").all_inner_texts() == ["Bob"]


def test_what_htmx_is_refused_is_said_above_what_was_typed(look: Callable[..., Page]) -> None:
    page = look("/more")
    page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.setAttribute("hx-post", "/language");
            form.setAttribute("hx-swap", "none");
            form.innerHTML = '<input name="lang" aria-label="Typed"><button>Send</button>';
            document.querySelector("main").append(form);
            htmx.process(form);
        }"""
    )
    page.get_by_label("Typed").fill("xx")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").wait_for()
    assert "There is no such language here" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Typed").input_value() == "xx"
