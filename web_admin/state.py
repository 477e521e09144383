# SPDX-License-Identifier: Apache-2.0
"""What the page shows beside the picture: made once, for the page itself and for its script's polls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.types import State
from web_admin import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.types import Sighting, Status


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the state."""

    label: str
    value: str
    alert: bool = False
    """Somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the last visits."""

    who: str
    known: bool
    started_at: str
    """ISO 8601, for the browser."""
    when: str
    """The same for people, in this machine's time zone."""
    duration: str
    similarity: str
    clock_synced: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class PageState:
    """All of it."""

    node: str
    version: str
    level: str
    """`ok`, `waiting` or `failed`."""
    headline: str
    troubles: tuple[str, ...]
    nobody_enrolled: bool
    visits: tuple[Visit, ...]
    facts: tuple[Fact, ...]


def page_state(status: Status, visits: Iterable[Sighting], names: Mapping[str, str]) -> PageState:
    """The state in words; `names` of people by their ids."""
    bad = words.by_name(status.troubles, names)
    return PageState(
        node=status.node,
        version=status.version,
        level=words.level(bad),
        headline=words.headline(bad),
        troubles=tuple(words.sentences(bad)),
        nobody_enrolled=status.people == 0,
        visits=tuple(map(_visit, visits)),
        facts=tuple(_facts(status)),
    )


def _visit(visit: Sighting) -> Visit:
    return Visit(
        who=words.visitor(visit),
        known=visit.person is not None,
        started_at=visit.started_at.isoformat(timespec="milliseconds"),
        when=words.local_time(visit.started_at),
        duration=words.duration(visit),
        similarity=f"{visit.best.similarity:.2f}",
        clock_synced=visit.clock_synced,
        simulated=visit.simulated,
    )


def _facts(status: Status) -> Iterable[Fact]:
    yield Fact("Camera", status.camera)
    yield _frames(status)
    yield _latency(status)
    yield _broker(status)
    people = words.count(status.people, "person", "people")
    yield Fact("Enrolled", f"{people}, {words.count(status.samples, 'picture', 'pictures')}")
    yield Fact("Models", ", ".join(status.models) or "not loaded yet")
    yield Fact("Temperature", "unknown" if status.temperature_c is None else f"{status.temperature_c:.0f} °C")
    yield _throttled(status)
    yield (Fact("Clock", "set") if status.clock_synced else Fact("Clock", "not set: times may be wrong", alert=True))


def _frames(status: Status) -> Fact:
    return Fact("Frames", f"{status.fps:.1f} a second, {status.frames_dropped:,} of {status.frames:,} dropped")


def _latency(status: Status) -> Fact:
    label = "From frame to answer"
    if status.latency_p50_ms is None or status.latency_p95_ms is None:
        return Fact(label, "not measured yet")
    return Fact(label, f"{status.latency_p50_ms:.0f} ms typical, 95 % within {status.latency_p95_ms:.0f} ms")


def _broker(status: Status) -> Fact:
    part = next((part for part in status.parts if part.name == "broker"), None)
    if part is None or part.state is State.OFF:
        return Fact("MQTT broker", "none is set")
    if part.state is State.OK:
        return Fact("MQTT broker", "connected")
    return Fact("MQTT broker", "not connected", alert=True)


def _throttled(status: Status) -> Fact:
    if status.throttled is None:
        return Fact("Slowed down", "unknown")
    if status.throttled:
        return Fact("Slowed down", "yes: too hot, or too weak a power supply", alert=True)
    return Fact("Slowed down", "no")
