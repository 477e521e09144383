# SPDX-License-Identifier: Apache-2.0
"""How large each page is, and how long whod takes to serve it, with a thousand people enrolled.

    .venv/bin/python tests/bench/pages.py [--people N] [--runs N]

A daemon of its own, whose camera shows an empty doorway, has N people of three samples with pictures, and a thousand
visits. Bytes are what chromium loads for the page, without the live picture and the faces, with nothing in its cache;
milliseconds are from the request for the page itself to its last byte, on this machine, the pages by turns.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from support_chromium import launched
from support_household import Household, let_in
from support_routes import address, rules
from support_village import fill
from support_weighing import Scales


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Household(Path(folder, "home"))) as home:
        fill(home.daemon.state, [f"Person {number:05}" for number in range(given.people)])
        home.start(settings=("camera.fps=2",))
        weights, cookie = weigh(home)
        times: dict[str, list[float]] = {path: [] for path in weights}
        for _ in range(given.runs):
            for path, took in times.items():
                took.append(served_ms(home, path, cookie))
    print("| page | kB | ms |\n|---|---|---|")
    for path, (rule, size) in weights.items():
        print(f"| `{rule}` | {size / 1000:.0f} | {statistics.median(times[path]):.0f} |")


def weigh(home: Household) -> tuple[dict[str, tuple[str, int]], str]:
    """Each page's route and bytes, by its address here; and the cookie of who is logged in."""
    found = {}
    with launched() as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(home.url)
        let_in(page, home)
        for rule in rules():
            path = address(rule, home)
            if path is None:
                continue
            page = context.new_page()
            scales = Scales(page)
            page.goto(home.url + path, wait_until="load")
            page.wait_for_timeout(500)
            found[path] = rule, scales.total
            page.close()
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    return found, cookie


def served_ms(home: Household, path: str, cookie: str) -> float:
    """From the request to the last byte."""
    request = urllib.request.Request(home.url + path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
