# SPDX-License-Identifier: Apache-2.0
"""Which browser somebody has, as it says itself: for a list that its owner reads."""

from __future__ import annotations

import re

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""The first that is found: most claim to be several."""
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 40


def device_words(agent: str) -> str:
    """Of a header `User-Agent`: "Firefox · Android", else the program's own name; empty if it says nothing."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser:
        return f"{browser} · {system}" if system else browser
    program = re.match(r"[A-Za-z][A-Za-z0-9._-]*", agent)
    return program[0][:_LONGEST] if program else ""


def _first(words: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in words if sign in agent), "")
