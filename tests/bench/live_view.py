# SPDX-License-Identifier: Apache-2.0
"""How many pictures a second the door's page shows, and what viewers cost recognition.

    .venv/bin/python tests/bench/live_view.py [--viewers 3] [--rounds 5] [--seconds 6]

A daemon of its own looks at a replayed door with a face in it, all of the time.

Pictures: chromium has the page open, a camera gives 10 frames a second, and the other viewers ask as the page's
script does. A picture counts when it stands in the page.

Cost: what the daemon takes of a core at 10 frames a second, without viewers and with them; and, where the camera
gives as many frames as are taken, so that recognition has no time to spare, the frames a second with viewers over
those without. In windows by turns.
"""

import argparse
import contextlib
import http.client
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median as middle

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from support_chromium import PHONE, launched
from support_daemon import EILEEN
from support_household import Household, let_in

PACE_S = 0.15
LEAST_S = 0.03
"""As in static/live.js."""
COUNT_PICTURES = """
    window.pictures = 0;
    new MutationObserver((changes) => {
      for (const change of changes)
        for (const node of change.addedNodes) if (node.tagName === "IMG") window.pictures += 1;
    }).observe(document.getElementById("picture"), { childList: true });
"""


class Viewer(threading.Thread):
    """Asks for the live picture as a page does."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(daemon=True)
        self._port, self._cookie = port, cookie
        self._over = threading.Event()
        self.pictures = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection("localhost", self._port, timeout=10)
        seen = ""
        while not self._over.is_set():
            began = time.monotonic()
            connection.request("GET", f"/live.jpg?after={seen}", headers={"Cookie": self._cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status == http.HTTPStatus.OK:
                self.pictures += 1
            seen = answer.headers["X-Whod-Picture"] or ""
            self._over.wait(max(PACE_S - (time.monotonic() - began), LEAST_S))
        connection.close()

    def end(self) -> None:
        self._over.set()
        self.join()


@contextlib.contextmanager
def watching(port: int, cookie: str, count: int) -> Iterator[list[Viewer]]:
    viewers = [Viewer(port, cookie) for _ in range(count)]
    for viewer in viewers:
        viewer.start()
    try:
        yield viewers
    finally:
        for viewer in viewers:
            viewer.end()


@contextlib.contextmanager
def household(fps: int) -> Iterator[Household]:
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Household(Path(folder, "home"))) as home:
        home.enrol("Eileen Collins", EILEEN)
        home.start((EILEEN, 40), settings=(f"camera.fps={fps}",))
        yield home


def logged_in(home: Household) -> str:
    """The cookie of a browser of the owner's."""
    with launched() as browser:
        page = browser.new_page()
        page.goto(home.url)
        let_in(page, home)
        return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())


def shown(viewers: int, seconds: float) -> tuple[float, list[float]]:
    """Pictures a second in the page, and those that each of the other viewers got."""
    with household(10) as home, launched() as browser:
        page = browser.new_context(**PHONE).new_page()
        page.goto(home.url)
        let_in(page, home)
        cookie = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
        page.goto(home.url)
        page.locator("#boxes .box").first.wait_for()
        page.evaluate(COUNT_PICTURES)
        with watching(home.daemon.page, cookie, viewers - 1) as others:
            began = time.monotonic()
            page.evaluate("window.pictures = 0")
            page.wait_for_timeout(1000 * seconds)
            count, took = page.evaluate("window.pictures"), time.monotonic() - began
            return count / took, [other.pictures / took for other in others]


def by_turns(
    home: Household, viewers: int, rounds: int, measure: Callable[[str], float]
) -> tuple[list[float], list[float]]:
    """What is measured without viewers and with them."""
    cookie = logged_in(home)
    alone, watched = [], []
    time.sleep(2)
    for _ in range(rounds):
        alone.append(measure(cookie))
        with watching(home.daemon.page, cookie, viewers):
            time.sleep(0.5)
            watched.append(measure(cookie))
    return alone, watched


def frames_a_second(home: Household, cookie: str, seconds: float) -> float:
    began, first = time.monotonic(), frames(home, cookie)
    time.sleep(seconds)
    return (frames(home, cookie) - first) / (time.monotonic() - began)


def frames(home: Household, cookie: str) -> int:
    """That were looked at until now."""
    figures = home.daemon.get("/api/v1/metrics", Cookie=cookie)[1].decode()
    return int(float(re.search(r"^whod_frames_total (\S+)", figures, re.MULTILINE)[1]))


def busy(home: Household, seconds: float) -> float:
    """Part of a core that the daemon takes."""
    began, first = time.monotonic(), processor_s(home)
    time.sleep(seconds)
    return (processor_s(home) - first) / (time.monotonic() - began)


def processor_s(home: Household) -> float:
    fields = Path(f"/proc/{home.daemon.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    page, others = shown(given.viewers, given.seconds)
    elsewhere = ", ".join(f"{other:.1f}" for other in others)
    print(f"{given.viewers} viewers: {page:.1f} pictures a second in the page, {elsewhere} elsewhere")
    with household(10) as home:
        alone, watched = by_turns(home, given.viewers, given.rounds, lambda _: busy(home, given.seconds))
    print(f"of a core, at 10 frames a second: {middle(alone):.3f} without viewers, {middle(watched):.3f} with")
    with household(100) as home:
        measure = partial(frames_a_second, home, seconds=given.seconds)
        alone, watched = by_turns(home, given.viewers, given.rounds, measure)
    ratios = [with_them / without for without, with_them in zip(alone, watched, strict=True)]
    print(f"frames a second, as many as go: {middle(alone):.1f} without viewers, {middle(watched):.1f} with")
    print(f"ratio: {middle(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
