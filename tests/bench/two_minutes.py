# SPDX-License-Identifier: Apache-2.0
"""How long somebody takes from the first page to the first person enrolled, at the pace of one who reads.

    .venv/bin/python tests/bench/two_minutes.py

A daemon that nobody has used yet, and a phone. Before each deed are three seconds to read and to find it; a letter
takes a quarter of a second. Told are the deeds and when each was done, by upload and at the door, where the camera
shows somebody who turns their head.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from support_chromium import PHONE, launched
from support_daemon import BARACK, EILEEN
from support_household import PASSWORD, Household
from support_poses import poses

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LOOK_S = 3.0
LETTER_MS = 250
PATIENCE_MS = 90_000


class Newcomer:
    """Somebody with a phone who has never seen the page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._began = time.monotonic()

    def told(self, what: str) -> None:
        """Say what was done."""
        print(f"{time.monotonic() - self._began:6.1f} s  {what}")

    def tap(self, target: Locator, what: str) -> None:
        time.sleep(LOOK_S)
        target.tap(timeout=PATIENCE_MS)
        self.told(f"tap {what}")

    def write(self, label: str, text: str) -> None:
        time.sleep(LOOK_S)
        self._page.get_by_label(label, exact=True).press_sequentially(text, delay=LETTER_MS)
        self.told(f"fill in {label}")


def main() -> None:
    with launched() as browser, tempfile.TemporaryDirectory() as folder:
        for way in (by_upload, at_the_door):
            with contextlib.closing(Household(Path(folder, way.__name__))) as house:
                (photos := Path(folder, f"{way.__name__} photos")).mkdir()
                house.start(*((picture, 20) for picture in poses(photos, BARACK)))
                code = house.code()
                page = browser.new_context(**PHONE, locale="en-GB").new_page()
                print(way.__name__.replace("_", " "))
                newcomer = Newcomer(page)
                page.goto(house.url)
                get_in(newcomer, page, code)
                way(newcomer, page)
                page.context.close()


def get_in(newcomer: Newcomer, page: Page, code: str) -> None:
    """The code, the password, the tour."""
    newcomer.write("One-time code", code)
    newcomer.write("New password", PASSWORD)
    newcomer.write("The same once more", PASSWORD)
    newcomer.tap(page.get_by_role("button", name="Set the password"), "Set the password")
    newcomer.tap(page.locator("main a[href='/enrol']"), page.locator("main a[href='/enrol']").inner_text())


def by_upload(newcomer: Newcomer, page: Page) -> None:
    """From a picture on the phone."""
    newcomer.tap(page.get_by_role("link", name="Upload pictures"), "Upload pictures")
    newcomer.write("Name", "Eileen")
    with page.expect_file_chooser() as chooser:
        newcomer.tap(page.get_by_role("button", name="Choose pictures"), "Choose pictures")
    time.sleep(2 * LOOK_S)
    chooser.value.set_files(EILEEN)
    newcomer.told("choose one")
    newcomer.tap(page.get_by_role("button", name="Add these pictures"), "Add these pictures")
    page.get_by_role("heading", name="Eileen: 1 of 1 pictures taken.").wait_for(timeout=PATIENCE_MS)
    newcomer.told("enrolled")


def at_the_door(newcomer: Newcomer, page: Page) -> None:
    """By the camera."""
    newcomer.tap(page.get_by_role("link", name="At the door"), "At the door")
    newcomer.write("Name", "Barack")
    newcomer.tap(page.get_by_role("button", name="Begin"), "Begin")
    add = page.get_by_role("button", name="Add these 4 pictures")
    add.wait_for(timeout=PATIENCE_MS)
    newcomer.told("four pictures were taken, with a turned head")
    newcomer.tap(add, "Add these 4 pictures")
    page.get_by_text("4 pictures of Barack were added.").wait_for(timeout=PATIENCE_MS)
    newcomer.told("enrolled")


if __name__ == "__main__":
    main()
