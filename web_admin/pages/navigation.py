# SPDX-License-Identifier: Apache-2.0
"""Where one can go from every page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A section of the site."""

    path: str
    icon: str
    text: str
    """The key of its name."""
    about: str = ""
    """The key of a sentence on it, for the menu."""
    thumb: bool = False
    """In the bar at the bottom of a phone as well."""
    opens: str = ""
    """The key of the heading of a group of sections that begins here."""


MORE = "/more"
"""The menu of a phone; where there is room, the sections stand there themselves."""

SECTIONS = (
    Entry("/", "door", "frame.nav.door", thumb=True),
    Entry("/people", "people", "frame.nav.people", thumb=True),
    Entry("/unknowns", "unknown", "frame.nav.unknowns", thumb=True),
    Entry("/visits", "visits", "frame.nav.visits", thumb=True),
    Entry("/enrol", "plus", "frame.nav.enrol", "frame.about_section.enrol", opens="frame.nav.knowing"),
    Entry("/groups", "group", "frame.nav.groups", "frame.about_section.groups"),
    Entry("/sureness", "chart", "frame.nav.sureness", "frame.about_section.sureness"),
    Entry("/settings", "settings", "frame.nav.settings", "frame.about_section.settings", opens="frame.nav.device"),
    Entry("/access", "key", "frame.nav.access", "frame.about_section.access"),
    Entry("/backup", "backup", "frame.nav.backup", "frame.about_section.backup"),
    Entry("/jobs", "jobs", "frame.nav.jobs", "frame.about_section.jobs"),
    Entry("/log", "log", "frame.nav.log", "frame.about_section.log"),
)
_BELONGS = {"/import": "/enrol", "/about": MORE, "/tour": "/"}
"""Pages that stand below a section without having its path."""


def section(path: str) -> str:
    """The path of the section that a page belongs to: the longest that it begins with; empty for none."""
    top = "/" + path.split("/")[1]
    top = _BELONGS.get(top, top)
    return top if top == MORE or any(entry.path == top for entry in SECTIONS) else ""
