# SPDX-License-Identifier: Apache-2.0
"""What the door's page shows beside the picture: made once, for the page itself and for its script's polls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.types import State
from web_admin.pages import words
from web_admin.texts import fmt, t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.types import CameraStatus, Sighting, Status

_LITTLE_DISK_BYTES = 1_000_000_000
"""Below, somebody should make room."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the state."""

    label: str
    value: str
    level: str = ""
    """`waiting` or `failed` where somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is the matter with a part."""

    part: str
    advice: str
    """What to do, in the reader's language; empty where `detail` says it."""
    detail: str
    """What the daemon says, in English."""
    page: str
    """The path of the page where it can be seen to; empty for none."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the last visits."""

    ref: str
    who: str
    known: bool
    started_at: str
    """ISO 8601, for the browser."""
    when: str
    """The same for people, in this machine's time zone."""
    about: str
    """How long and how sure."""
    clock_synced: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class PageState:
    """All of it."""

    level: str
    """`ok`, `waiting` or `failed`."""
    headline: str
    paused: bool
    troubles: tuple[Trouble, ...]
    nobody_enrolled: bool
    visits: tuple[Visit, ...]
    facts: tuple[Fact, ...]
    """What an owner looks at."""
    details: tuple[Fact, ...]
    """What one looks at who wants to know more."""


def page_state(status: Status, visits: Iterable[Sighting], names: Mapping[str, str]) -> PageState:
    """The state in words; `names` of people by their ids."""
    bad = words.troubles(status, names)
    return PageState(
        level=words.level(bad, paused=status.paused),
        headline=words.headline(bad, paused=status.paused),
        paused=status.paused,
        troubles=tuple(
            Trouble(words.part_name(part), words.advice(part), part.detail, words.remedy(part)) for part in bad
        ),
        nobody_enrolled=status.people == 0,
        visits=tuple(_visit(visit, among_several=len(status.cameras) > 1) for visit in visits),
        facts=tuple(_facts(status)),
        details=tuple(_details(status)),
    )


def _visit(visit: Sighting, *, among_several: bool) -> Visit:
    span, similarity = fmt.span(visit.ended_at - visit.started_at), fmt.number(visit.best.similarity, 2)
    return Visit(
        ref=visit.sighting_id,
        who=words.visitor(visit),
        known=visit.person is not None,
        started_at=visit.started_at.isoformat(timespec="milliseconds"),
        when=fmt.time(visit.started_at),
        about=t("visits.stayed", span=span, camera=visit.camera)
        if among_several
        else t("door.visit_about", span=span, similarity=similarity),
        clock_synced=visit.clock_synced,
        simulated=visit.simulated,
    )


def _facts(status: Status) -> Iterable[Fact]:
    yield from camera_facts(status)
    yield _broker(status)
    yield Fact(t("door.fact.models"), t("door.fact.models_ok" if status.models else "door.fact.models_none"))
    yield _disk(status)
    yield _temperature(status)
    if not status.clock_synced:
        yield Fact(t("door.fact.clock"), t("door.fact.clock_unset"), "waiting")


def _details(status: Status) -> Iterable[Fact]:
    people, pictures = t("door.fact.people", n=status.people), t("door.fact.pictures", n=status.samples)
    yield Fact(t("door.fact.enrolled"), f"{people}, {pictures}")
    for camera in status.cameras:
        yield Fact(words.of_camera(t("door.fact.source"), words.called(camera, status)), camera.source)
    yield Fact(
        t("door.fact.frames"),
        t(
            "door.fact.frames_value",
            fps=fmt.number(sum(camera.fps for camera in status.cameras), 1),
            dropped=status.frames_dropped,
            n=status.frames,
        ),
    )
    yield _latency(status)
    yield Fact(t("door.fact.loaded"), ", ".join(status.models) or t("door.fact.models_none"))


def camera_facts(status: Status) -> tuple[Fact, ...]:
    """How each camera is, the first one first."""
    return tuple(_camera(camera, words.called(camera, status), paused=status.paused) for camera in status.cameras)


def _camera(camera: CameraStatus, name: str, *, paused: bool) -> Fact:
    label = name or t("door.fact.camera")
    if camera.is_troubled:
        return Fact(label, t("door.fact.camera_lost"), "failed")
    if paused:
        return Fact(label, t("door.fact.camera_paused"), "waiting")
    return Fact(label, t("door.fact.camera_ok", fps=fmt.number(camera.fps)))


def _latency(status: Status) -> Fact:
    label = t("door.fact.latency")
    if status.latency_p50_ms is None or status.latency_p95_ms is None:
        return Fact(label, t("door.fact.latency_none"))
    p50, p95 = fmt.number(status.latency_p50_ms), fmt.number(status.latency_p95_ms)
    return Fact(label, t("door.fact.latency_value", p50=p50, p95=p95))


def _broker(status: Status) -> Fact:
    label = t("door.fact.broker")
    part = next((part for part in status.parts if part.name == "broker"), None)
    if part is None or part.state is State.OFF:
        return Fact(label, t("door.fact.broker_off"))
    if part.state is State.OK:
        return Fact(label, t("door.fact.broker_ok"))
    return Fact(label, t("door.fact.broker_lost"), "waiting")


def _disk(status: Status) -> Fact:
    label, free = t("door.fact.disk"), status.disk_free_bytes
    if free is None:
        return Fact(label, t("door.fact.unknown"))
    return Fact(label, t("door.fact.disk_value", size=fmt.size(free)), "waiting" if free < _LITTLE_DISK_BYTES else "")


def _temperature(status: Status) -> Fact:
    label = t("door.fact.temperature")
    if status.throttled:
        return Fact(label, t("door.fact.throttled"), "waiting")
    if status.temperature_c is None:
        return Fact(label, t("door.fact.unknown"))
    return Fact(label, t("door.fact.temperature_value", celsius=fmt.number(status.temperature_c)))
