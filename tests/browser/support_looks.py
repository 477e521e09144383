# SPDX-License-Identifier: Apache-2.0
"""What can be seen of a page without a person who looks: how wide it is, what the keyboard reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from support_chromium import DESKTOP, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
SMALL = {"width": 320, "height": 640}
ZOOMED = {"width": 640, "height": 450}
"""A window of 1280 x 900 at 200 %."""
_AXE = Axe()

_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def _ask(page: Page, question: str) -> Any:
    """Call one of the functions of the script beside this file."""
    return page.evaluate(f"() => {{ {_SCRIPT}; return {question}(); }}")


def grave(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = _AXE.run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; empty if it does not."""
    return _ask(page, "overflowing")


def faults(page: Page) -> list[str]:
    """What is wrong with a page: light and dark, on a phone and at a desk, at 320 px, at 200 %, without a mouse.

    Each with where it is so.
    """
    page.set_viewport_size(PHONE["viewport"])
    found = {"light, phone": grave(page)}
    page.set_viewport_size(SMALL)
    found["320 px"] = too_wide(page)
    page.set_viewport_size(ZOOMED)
    found["200 %"] = too_wide(page)
    found["keyboard"] = _out_of_reach(page)
    page.set_viewport_size(DESKTOP["viewport"])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found["text of 200 %"] = too_wide(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.emulate_media(color_scheme="dark")
    found["dark, desktop"] = grave(page)
    return [f"{where}: {fault}" for where, those in found.items() for fault in those]


def _out_of_reach(page: Page) -> list[str]:
    """What the Tab key does not come to, or comes to unseen."""
    expected = _ask(page, "reachable")
    reached: list[dict[str, Any]] = []
    _ask(page, "rewind")
    for _ in range(len(expected) + 3):
        page.keyboard.press("Tab")
        at = _ask(page, "focused")
        if at is None or any(at["stop"] == other["stop"] for other in reached):
            break
        reached.append(at)
    stops = {at["stop"] for at in reached}
    faults = [f"not reached: {one['html']}" for one in expected if one["stop"] not in stops]
    for fault in ("out of order", "no ring", "out of sight", "covered"):
        faults += [f"{fault}: {at['html']}" for at in reached if at[fault]]
    return faults
