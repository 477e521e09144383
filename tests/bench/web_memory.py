# SPDX-License-Identifier: Apache-2.0
"""How much memory the page takes of the daemon.

    .venv/bin/python tests/bench/web_memory.py [--rounds N]

By turns, a daemon of its own with the page switched off (`web.listen` empty), and one with it. Of the second,
resident memory is told before anybody has looked, after the owner has logged in and chromium has loaded every page
once, and five times; the medians of N rounds.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from support_chromium import launched
from support_daemon import EILEEN
from support_household import Household, let_in
from support_routes import address, rules

SETTLED_S = 6
"""By then the models have run for a while, and the daemon has opened what it opens later."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rounds = [(resident_off(), *resident_on()) for _ in range(given.rounds)]
    off, unused, once, often = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"page off {off:.1f} MB, unused {unused:.1f} MB, every page once {once:.1f} MB, five times {often:.1f} MB")
    print(f"the page adds {once - off:.1f} MB, after five times {often - off:.1f} MB")


@contextlib.contextmanager
def household(*settings: str):
    """One that runs, whose camera shows somebody who is known."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Household(Path(folder, "home"))) as home:
        home.enrol("Eileen", EILEEN)
        home.start((EILEEN, 15), (None, 15), settings=settings)
        time.sleep(SETTLED_S)
        yield home


def resident_off() -> float:
    """In MB, without a page."""
    with household("web.listen=") as home:
        return resident(home)


def resident_on() -> tuple[float, float, float]:
    """In MB: before the page was used, after every page was loaded once, and five times."""
    with household() as home, launched() as browser:
        unused = resident(home)
        page = browser.new_page()
        page.goto(home.url)
        let_in(page, home)
        after = []
        for _ in range(5):
            for path in filter(None, (address(rule, home) for rule in rules())):
                page.goto(home.url + path, wait_until="load")
            after.append(resident(home))
        return unused, after[0], after[-1]


def resident(home: Household) -> float:
    """In MB."""
    assert home.daemon.process is not None
    status = Path(f"/proc/{home.daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


if __name__ == "__main__":
    main()
