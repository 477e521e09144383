# SPDX-License-Identifier: Apache-2.0
"""A household with whod in it: the real daemon, real models, people and visits; see the fixtures of `conftest`."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import TYPE_CHECKING, Any

from support_broker import wait_until
from support_daemon import BARACK, EILEEN, JOE, Daemon, play

from daemon.client import RemotePeople

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

PASSWORD = "green door by the river"
LONG_NAME = "Karl-Theodor Maria Nikolaus Johann Jacob Philipp Franz Joseph"
GUARDED = ("/first", "/login", "/confirm")


class Household:
    """One daemon, and the password of whom it belongs to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.daemon = Daemon(folder)
        self.cookies: Any = None
        """Of a browser that is logged in."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.daemon.page}"

    @property
    def people(self) -> RemotePeople:
        """The daemon by the owner's socket."""
        return RemotePeople(self.daemon.state / "whod.sock")

    def enrol(self, name: str, *pictures: Path) -> None:
        """Before or while it runs."""
        done = self.daemon.whod("enrol", name, *pictures)
        assert done.returncode == 0, done.stderr

    def start(self, *scenes: tuple[Path | None, int], settings: tuple[str, ...] = ()) -> None:
        """With a camera that shows these pictures, each for so many frames, again and again."""
        source = play(self.folder / "door", *(scenes or ((None, 10),)))
        self.daemon.start(source, "camera.loop=true", "tracking.sighting_gap_s=1", *settings)

    def visits(self) -> list[dict[str, Any]]:
        """Newest first, as `whod visits` tells them."""
        return json.loads(self.daemon.whod("visits", "--json").stdout)

    def code(self) -> str:
        """The one-time code that the owner of the device sees."""
        said = self.daemon.whod("admin", "code")
        found = re.search(r"\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b", said.stdout)
        assert found, said.stdout + said.stderr
        return found.group()

    def close(self) -> None:
        self.daemon.close()


def seeded(home: Household) -> None:
    """It runs, with two people, one of them of a long name, a group, an unknown visitor, a backup and a job."""
    home.enrol("Eileen Collins", EILEEN)
    home.enrol(LONG_NAME, BARACK)
    home.start((EILEEN, 15), (None, 12), (JOE, 40), (None, 12))
    people = home.people
    people.groups.create("Family", ["Eileen Collins"])
    for job in (people.jobs.train(), people.backups.make()):
        people.jobs.wait(job.id)
    wait_until(lambda: {"unknown", "identified"} <= {visit["outcome"] for visit in home.visits()}, "visits", 60)


def let_in(page: Page, home: Household) -> None:
    """Through whatever is asked for, first code and password, to the page that was wanted."""
    while (at := urllib.parse.urlsplit(page.url).path) in GUARDED:
        if at == "/first":
            page.locator("[name=code]").fill(home.code())
        for box in page.locator("input[type=password]").all():
            box.fill(PASSWORD)
        with page.expect_navigation():
            page.locator("main button[type=submit]").click()
