# SPDX-License-Identifier: Apache-2.0
"""How things are called on the page: values in, plain English out. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.types import Outcome, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from daemon.types import LiveFace, PartHealth, Sighting

_PARTS = {
    "camera": "The camera",
    "broker": "The MQTT broker",
    "identification": "Identification",
    "records": "Record keeping",
    "socket": "The socket of the command line",
    "page": "This page",
    "watch": "The watch over picture and people",
    "picture": "The picture",
    "people": "Recognition of somebody",
    "access": "Access with tokens",
    "jobs": "Long work",
    "snapshots": "The maker of backups",
    "backup": "The daily backup",
    "gallery": "The gallery of people",
    "groups": "The choice of groups",
}
_PERSON = re.compile(r"\bPerson ([0-9a-f-]{36})")
_ZERO = timedelta(0)


def level(bad: list[PartHealth]) -> str:
    """How bad it is: `ok`, `waiting` or `failed`. Without its camera whod does nothing of use: that is failed."""
    if not bad:
        return "ok"
    failed = any(part.state is State.FAILED or part.name == "camera" for part in bad)
    return "failed" if failed else "waiting"


def headline(bad: list[PartHealth]) -> str:
    """All in a few words."""
    if not bad:
        return "All is well"
    if len(bad) > 1:
        return f"{len(bad)} things need attention"
    return f"{part_name(bad[0])} needs attention"


def part_name(part: PartHealth) -> str:
    """What people call a part of whod."""
    return _PARTS.get(part.name, f"Its part “{part.name}”")


def sentences(bad: list[PartHealth]) -> list[str]:
    """What is the matter with each; which part it is stands before it where the headline does not say so."""
    if len(bad) == 1:
        return [_capitalised(part.detail) for part in bad if part.detail]
    return [f"{part_name(part)}: {part.detail}" for part in bad]


def by_name(bad: list[PartHealth], names: Mapping[str, str]) -> list[PartHealth]:
    """The same with the names (by id) of the people they speak of, which are shown here and sent nowhere."""

    def name(found: re.Match[str]) -> str:
        return names.get(found[1], found[0])

    return [replace(part, detail=_PERSON.sub(name, part.detail)) for part in bad]


def face(found: LiveFace) -> str:
    """Who a face in the live picture is, so far."""
    if found.name:
        return found.name
    return "looking…" if found.state == "looking" else "unknown"


def visitor(visit: Sighting) -> str:
    """Who it was."""
    if visit.person:
        return visit.person.name
    return "unknown" if visit.outcome is Outcome.UNKNOWN else "someone since forgotten"


def duration(visit: Sighting) -> str:
    """How long a visit was: `8 s`, `2 min 5 s`, `1 h 20 min`. The clock may have been set back meanwhile."""
    seconds = round(max(visit.ended_at - visit.started_at, _ZERO).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\N{NO-BREAK SPACE}h {minutes}\N{NO-BREAK SPACE}min"
    if minutes:
        return f"{minutes}\N{NO-BREAK SPACE}min {seconds}\N{NO-BREAK SPACE}s"
    return f"{seconds}\N{NO-BREAK SPACE}s"


def local_time(moment: datetime) -> str:
    """In the time zone of this machine; the browser replaces it by its own."""
    return moment.astimezone().strftime("%a %-d %b, %H:%M:%S")


def count(number: int, one: str, many: str) -> str:
    """`1 person`, `3 people`."""
    return f"{number:,} {one if number == 1 else many}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
