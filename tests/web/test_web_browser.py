# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: what its script makes of it, and that the browser has nothing to complain of."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import cv2
import pytest
import skimage.data
from support_web import LOST_CAMERA, NASTY_NAMES, face, live_view, running, visit, with_parts

from daemon.types import Box
from web_admin.server import serve_tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from support_web import FakeService

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium"),
]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=3000",
    "--dump-dom",
)


class Seen(NamedTuple):
    dom: str
    complaints: list[str]

    def boxes(self) -> list[tuple[str, str, str]]:
        """State and place of each box, and its label as it stands in the DOM."""
        pattern = r'<div class="box (\w+)[^"]*" style="([^"]*)"><bdi class="label">(.*?)</bdi>'
        return re.findall(pattern, self.dom, re.DOTALL)

    def tag(self, element_id: str) -> str:
        found = re.search(rf'<[^>]* id="{element_id}"[^>]*>', self.dom)
        assert found
        return found.group()


@pytest.fixture
def browse(tmp_path: Path) -> Callable[[str], Seen]:
    def browse(url: str) -> Seen:
        command = [CHROMIUM or "", *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return Seen(done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line])

    return browse


@pytest.fixture
def page_url(page_app: Flask) -> Iterator[str]:
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server:
        yield f"http://localhost:{server.address[1]}/"


@pytest.fixture(scope="module")
def astronaut() -> bytes:
    ok, jpeg = cv2.imencode(".jpg", cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR))
    assert ok
    return jpeg.tobytes()


def test_complaints_would_be_seen(browse: Callable[[str], Seen]) -> None:
    assert len(browse("data:text/html,<script>console.error(1)</script>").complaints) == 1


def test_boxes_and_names_are_drawn(
    browse: Callable[[str], Seen], page_url: str, service: FakeService, astronaut: bytes
) -> None:
    faces = (
        face("Eileen Collins", box=Box(0.35, 0.14, 0.17, 0.22)),
        face(None, "looking", Box(0.1, 0.5, 0.1, 0.2)),
        face(None, "unknown", Box(0.8, 0.5, 0.1, 0.2)),
    )
    service.view = live_view(*faces, jpeg=astronaut, simulated=True)
    service.seen = [visit("Bob", simulated=True)]
    seen = browse(page_url)
    assert seen.complaints == []
    assert seen.boxes() == [
        ("identified", "left: 35%; top: 14%; width: 17%; height: 22%;", "Eileen Collins"),
        ("looking", "left: 10%; top: 50%; width: 10%; height: 20%;", "looking…"),
        ("unknown", "left: 80%; top: 50%; width: 10%; height: 20%;", "unknown"),
    ]
    assert re.search(r'<img alt="What the camera sees" src="blob:', seen.dom)
    assert 'style="--ratio: 1;"' in seen.tag("picture")
    assert "hidden" not in seen.tag("simulated")
    assert "hidden" in seen.tag("notice")
    assert '<span class="who"><bdi>Bob</bdi></span>' in seen.dom
    assert "All is well" in seen.dom


def test_names_are_inert(
    browse: Callable[[str], Seen], page_url: str, service: FakeService, astronaut: bytes
) -> None:
    service.view = live_view(*map(face, NASTY_NAMES), jpeg=astronaut)
    service.seen = [visit(name) for name in NASTY_NAMES]
    seen = browse(page_url)
    assert seen.complaints == []
    expected = [name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for name in NASTY_NAMES]
    assert [label for _, _, label in seen.boxes()] == expected
    assert seen.dom.count("<img") == 2
    assert seen.dom.count("<script") == 1


def test_without_a_camera(browse: Callable[[str], Seen], page_url: str, service: FakeService) -> None:
    service.now = with_parts(LOST_CAMERA)
    seen = browse(page_url)
    assert seen.complaints == []
    assert 'class="status failed"' in seen.tag("status")
    assert "No V4L2 camera was found: plug one in." in seen.dom
    assert "No picture yet" in seen.dom


def test_a_picture_that_no_longer_comes(browse: Callable[[str], Seen], page_url: str, service: FakeService) -> None:
    service.view = live_view(face(), jpeg=b"cut off")
    seen = browse(page_url)
    assert re.search(r'id="notice"[^>]*>No picture since .*30:02', seen.dom)
    assert seen.boxes() == []


def test_a_daemon_that_no_longer_answers(
    browse: Callable[[str], Seen], page_url: str, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[visit("Bob")]]
    monkeypatch.setattr(service.visits, "recent", answers.pop)
    seen = browse(page_url)
    assert 'class="status failed"' in seen.tag("status")
    assert "whod does not answer" in seen.dom
    assert "Bob" in seen.dom
