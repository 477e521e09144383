# SPDX-License-Identifier: Apache-2.0
"""Make the pictures of the page that README.md and the docs show.

    .venv/bin/python tests/browser/pictures.py [FOLDER]

A daemon of its own with the demo camera, the people of `models/demo` and nobody else; chromium as a phone and as a
desktop. They are written to FOLDER, by default docs/img, in 128 colours.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image
from support_broker import wait_until
from support_chromium import DESKTOP, PHONE, launched
from support_daemon import BARACK, EILEEN, ROOT
from support_household import Household, let_in
from support_routes import address

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COLOURS = 128
PATIENCE_S = 90


class Shot(NamedTuple):
    """One picture."""

    name: str
    rule: str
    phone: bool = True
    scheme: str = "light"
    known: str = ""
    """Of the demo's visitors, who has to be in the live picture."""


SHOTS = (
    Shot("door-desktop", "/", phone=False, known="Eileen Collins"),
    Shot("door-phone", "/", known="Eileen Collins"),
    Shot("people-phone", "/people"),
    Shot("person-desktop", "/people/<person_id>", phone=False, scheme="dark"),
    Shot("unknowns-phone", "/unknowns"),
    Shot("enrol-phone", "/enrol"),
    Shot("visits-phone", "/visits", scheme="dark"),
    Shot("visit-desktop", "/visits/<ref>", phone=False),
    Shot("settings-phone", "/settings"),
)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "img"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, contextlib.closing(Household(Path(state, "home"))) as home:
        settle(home)
        with launched() as browser:
            for shot in SHOTS:
                page = opened(browser, home, shot)
                (folder / f"{shot.name}.png").write_bytes(small(page.screenshot()))
                page.context.close()


def settle(home: Household) -> None:
    """Two of the demo's visitors are known, all three have been there."""
    home.enrol("Eileen Collins", EILEEN)
    home.enrol("Barack Obama", BARACK)
    home.daemon.start("camera.source=demo")
    wait_until(lambda: len(home.visits()) >= 3, "three visits", PATIENCE_S)


def opened(browser: Browser, home: Household, shot: Shot) -> Page:
    """The page as it is to be seen."""
    device = {**PHONE, "device_scale_factor": 2} if shot.phone else DESKTOP
    context = browser.new_context(
        **device, color_scheme=shot.scheme, locale="en-GB", timezone_id="Europe/London", storage_state=home.cookies
    )
    page = context.new_page()
    page.goto(home.url)
    let_in(page, home)
    home.cookies = context.storage_state()
    path = address(shot.rule, home)
    assert path is not None, shot.rule
    page.goto(home.url + path)
    if shot.known:
        page.locator(".stage").get_by_text(shot.known).wait_for(timeout=1000 * PATIENCE_S)
    page.wait_for_timeout(800)
    return page


def small(png: bytes) -> bytes:
    """The same in few colours."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()


if __name__ == "__main__":
    main()
