# SPDX-License-Identifier: Apache-2.0
"""How what the daemon says is called on the pages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.types import Outcome, State
from web_admin.texts import t, t_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.types import CameraStatus, LiveFace, PartHealth, Sighting, Status

_REMEDIES = {
    "camera": "/settings/camera",
    "broker": "/settings/mqtt",
    "people": "/people",
    "picture": "/settings/camera",
    "backup": "/backup",
    "snapshots": "/backup",
    "groups": "/groups",
    "access": "/access",
    "jobs": "/jobs",
    "settings": "/settings",
}
_OF_EACH_CAMERA = ("camera", "picture")
_PERSON = re.compile(r"\bPerson ([0-9a-f-]{36})")


def level(bad: list[PartHealth], *, paused: bool) -> str:
    """How bad it is: `ok`, `waiting` or `failed`. Without its camera whod does nothing of use: that is failed."""
    if not bad:
        return "waiting" if paused else "ok"
    failed = any(part.state is State.FAILED or part.kind == "camera" for part in bad)
    return "failed" if failed else "waiting"


def headline(bad: list[PartHealth], *, paused: bool) -> str:
    """All in a few words."""
    if not bad:
        return t("door.paused" if paused else "door.well")
    if len(bad) > 1:
        return t("door.attention_many", n=len(bad))
    return t("door.attention", part=part_name(bad[0]))


def part_name(part: PartHealth) -> str:
    """What people call a part of whod."""
    name = t_or(f"door.parts.{part.kind}", t("door.part", name=part.kind))
    return of_camera(name, part.camera)


def of_camera(what: str, camera: str) -> str:
    """What each camera has, and of which it is, where there are several."""
    return t("door.of_camera", what=what, camera=camera) if camera else what


def advice(part: PartHealth) -> str:
    """What to do about a part, in the reader's language; empty in English, where its detail says it."""
    return t_or(f"door.advice.{part.kind}", "")


def remedy(part: PartHealth) -> str:
    """The path of the page where a part can be seen to; empty for none."""
    return _REMEDIES.get(part.kind, "")


def troubles(status: Status, names: Mapping[str, str] | None = None) -> list[PartHealth]:
    """What is the matter, as whole sentences, each of several cameras called by its name.

    `names` are those of the people they speak of, by id; these are sent nowhere.
    """
    first = called(status.cameras[0], status)

    def name(found: re.Match[str]) -> str:
        return (names or {}).get(found[1], found[0])

    def of_its_camera(part: PartHealth) -> str:
        return f"{part.kind} {first}" if first and part.name in _OF_EACH_CAMERA else part.name

    return [
        replace(part, name=of_its_camera(part), detail=_PERSON.sub(name, _capitalised(part.detail)))
        for part in status.troubles
    ]


def called(camera: CameraStatus, status: Status) -> str:
    """Its name, where there is another one."""
    return camera.name if len(status.cameras) > 1 else ""


def face(found: LiveFace) -> str:
    """Who a face in the live picture is, so far."""
    if found.name:
        return found.name
    return t("door.looking") if found.state == "looking" else t("door.unknown")


def visitor(visit: Sighting) -> str:
    """Who it was."""
    if visit.person:
        return visit.person.name
    return t("door.unknown") if visit.outcome is Outcome.UNKNOWN else t("door.forgotten")


def _capitalised(text: str) -> str:
    """A sentence of the daemon that began within another."""
    return text[:1].upper() + text[1:]
