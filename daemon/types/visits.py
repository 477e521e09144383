# SPDX-License-Identifier: Apache-2.0
"""Past visits: what was decided on them, who the unknown ones are, what other settings would have made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso
from daemon.types.events import EventType, Outcome
from daemon.types.people import Person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from daemon.types.evidence import Explanation
    from daemon.types.people import Photo

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """A DecisionEvent as it is kept."""

    event_id: str
    sighting_id: str
    event_type: EventType
    camera: str
    person_id: str | None
    similarity: float
    margin: float
    votes: tuple[int, int]
    quality: float
    captured_at: datetime
    retracts: str | None
    simulated: bool
    why: Explanation


@dataclass(frozen=True, slots=True)
class Account:
    """Why a visitor was decided on as they were, or why a visit ended as it did."""

    sentences: tuple[str, ...]
    numbers: Mapping[str, Any]
    """The same as JSON: docs/http.md."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod explain --json`` and the API."""
        return {"sentences": list(self.sentences), **self.numbers}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Account:
        """The opposite of `as_json`."""
        return cls(tuple(record["sentences"]), {key: value for key, value in record.items() if key != "sentences"})


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try on past visits."""

    last: int = 200
    """How many visits."""
    settings: tuple[str, ...] = ()
    """As ``section.key=value``."""
    samples: tuple[tuple[str, Photo], ...] = ()
    """Names of people, who may be new, and a picture of each."""
    disowned: tuple[tuple[str, str], ...] = ()
    """People, by name or id, and a visit that was not theirs, as `VisitsApi.disown` takes it."""
    corrected: tuple[tuple[str, str], ...] = ()
    """People, by id or by a name that may be new, and a visit that was theirs, as `VisitsApi.correct` takes it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a visit ends by some settings and some gallery."""

    outcome: Outcome
    person: Person | None
    similarity: float
    """Of the best candidate."""
    required: float
    """Of that candidate, to be the one."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "outcome": self.outcome.value,
            **person_fields(self.person),
            "similarity": round(self.similarity, _DIGITS),
            "required": round(self.required, _DIGITS),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Ending:
        """The opposite of `as_json`."""
        outcome, person = Outcome(record["outcome"]), person_of(record)
        if person and outcome is Outcome.FAMILIAR:
            person = replace(person, familiar=True)
        return cls(outcome, person, record["similarity"], record["required"])


@dataclass(frozen=True, slots=True)
class Rerun:
    """A past visit, weighed again."""

    sighting_id: str
    started_at: datetime
    recorded: Person | None
    """Who it was when it ended, or as it was named since."""
    now: Ending
    """By the settings and the gallery as they are."""
    then: Ending
    """By those that are tried."""

    @property
    def changes(self) -> bool:
        """Whether what is tried makes another one of it."""
        return (self.now.outcome, self.now.person) != (self.then.outcome, self.then.person)

    def as_json(self) -> dict[str, Any]:
        """For ``whod replay --json`` and the API."""
        return {
            "sighting_id": self.sighting_id,
            "started_at": iso(self.started_at),
            "recorded": person_fields(self.recorded),
            "now": self.now.as_json(),
            "then": self.then.as_json(),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Rerun:
        """The opposite of `as_json`."""
        return cls(
            record["sighting_id"],
            from_iso(record["started_at"]),
            person_of(record["recorded"]),
            Ending.from_json(record["now"]),
            Ending.from_json(record["then"]),
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """Past visits, weighed again."""

    visits: int
    """How many."""
    unlike: int
    """How many of them would already end otherwise than was recorded, as the gallery or whod has changed since."""
    changed: tuple[Rerun, ...]
    """Those that what is tried makes others of, newest first."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod replay --json`` and the API."""
        changed = [rerun.as_json() for rerun in self.changed]
        return {"visits": self.visits, "unlike": self.unlike, "changed": changed}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Replay:
        """The opposite of `as_json`."""
        return cls(record["visits"], record["unlike"], tuple(Rerun.from_json(rerun) for rerun in record["changed"]))


def person_fields(person: Person | None) -> dict[str, Any]:
    """Who it is, or nobody, as `person_id` and `name`."""
    return {"person_id": person.id if person else None, "name": person.name if person else None}


def person_of(record: dict[str, Any]) -> Person | None:
    """The opposite of `person_fields`."""
    return Person(record["person_id"], record["name"]) if record["person_id"] else None
