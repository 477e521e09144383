# SPDX-License-Identifier: Apache-2.0
"""What is said on the topics, docs/mqtt.md: values in, JSON out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from daemon.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.outbox import Record
    from daemon.types import Answer, DecisionEvent, Person, Sighting

ONLINE, OFFLINE = b"online", b"offline"
ON, OFF = b"ON", b"OFF"
NOTHING = b""
"""Retained, it clears a topic."""

NOBODY = "none"
"""The `names` of those in view when nobody enrolled is."""

_DIGITS = 4
_LONGEST_STATE = 255
"""Characters that a state may have in Home Assistant."""


def as_bytes(message: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8. Raises ValueError for NaN and infinity, which JSON does not have."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def identified(event: DecisionEvent, *, node: str, boot_id: str, age_ms: int, clock_synced: bool) -> dict[str, Any]:
    """A decision to act on, `age_ms` after its frame was captured."""
    return {**_decision(event, node, clock_synced=clock_synced), "boot_id": boot_id, "age_ms": age_ms}


def last(event: DecisionEvent, *, node: str, clock_synced: bool) -> dict[str, Any]:
    """A decision to be shown: without an age, because nobody knows when it will be read."""
    return _decision(event, node, clock_synced=clock_synced)


def person_in(payload: bytes) -> str | None:
    """The person in a `last` that a broker kept, None if it names nobody or is none of ours."""
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    person_id = message.get("person_id") if isinstance(message, dict) else None
    return person_id if isinstance(person_id, str) else None


def presence(people: Iterable[Person], strangers: int) -> dict[str, Any]:
    """Who is in view: `people` that are enrolled, and how many others."""
    people = sorted(people, key=lambda person: (person.name.casefold(), person.id))
    return {
        "people": [{"person_id": person.id, "name": person.name} for person in people],
        "names": _listed([person.name for person in people]),
        "count": len(people) + strangers,
        "unknown": strangers > 0,
        "strangers": strangers,
    }


def response(answer: Answer) -> dict[str, Any]:
    """What came of a command."""
    return {**answer.details, "command": answer.command.name, "ok": answer.ok, "sentence": answer.sentence}


def sighting(visit: Sighting) -> dict[str, Any]:
    """The record of a visit, as it waits in the outbox; `record` adds what the outbox gave it."""
    return {"event_type": "sighting", **visit.as_json()}


def record(waiting: Record, *, node: str) -> dict[str, Any]:
    """A record of the outbox, a `sighting` or a `gap`, as it is sent."""
    return {**waiting.payload, "event_id": waiting.event_id, "seq": waiting.seq, "node": node}


def _listed(names: list[str]) -> str:
    """All of them, or as many as a state may hold and how many more there are."""
    shown = len(names)
    while len(listed := ", ".join([*names[:shown], *_more(len(names) - shown)])) > _LONGEST_STATE:
        shown -= 1
    return listed or NOBODY


def _more(left: int) -> list[str]:
    return [f"{left} more"] if left else []


def _decision(event: DecisionEvent, node: str, *, clock_synced: bool) -> dict[str, Any]:
    person = event.person
    message = {
        "event_type": event.event_type.value,
        "event_id": event.event_id,
        "sighting_id": event.sighting_id,
        "node": node,
        "camera": event.camera,
        "simulated": event.simulated,
        "person_id": person.id if person else None,
        "name": person.name if person else None,
        "similarity": round(event.similarity, _DIGITS),
        "margin": round(event.margin, _DIGITS),
        "votes": list(event.votes),
        "quality": round(event.quality, _DIGITS),
        "box": [round(side, _DIGITS) for side in event.box],
        "captured_at": iso(event.captured_at),
        "clock_synced": clock_synced,
    }
    return message if event.retracts is None else {**message, "retracts": event.retracts}
