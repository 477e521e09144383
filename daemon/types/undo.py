# SPDX-License-Identifier: Apache-2.0
"""Changes that can be undone for a while, and the one that cannot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso
from daemon.types.people import Person

if TYPE_CHECKING:
    from datetime import datetime


class UndoKind(StrEnum):
    """What can be undone."""

    SAMPLE = "sample"
    """The deletion of a sample."""
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Undo:
    """A change that can be undone."""

    id: str
    kind: UndoKind
    person: Person
    """Whose sample it was, or into whom somebody was merged."""
    gone: str
    """The id of the sample; the name of who was merged."""
    made_at: datetime
    until: datetime

    def as_json(self) -> dict[str, Any]:
        """For ``whod undo --json`` and the API."""
        return {
            "id": self.id,
            "kind": self.kind,
            "person": asdict(self.person),
            "gone": self.gone,
            "made_at": iso(self.made_at),
            "until": iso(self.until),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Undo:
        """The opposite of `as_json`."""
        return cls(
            record["id"],
            UndoKind(record["kind"]),
            Person(**record["person"]),
            record["gone"],
            from_iso(record["made_at"]),
            from_iso(record["until"]),
        )


@dataclass(frozen=True, slots=True)
class Removal:
    """A sample was deleted, or a person merged."""

    person: Person
    """Whose sample it was, or into whom."""
    undo: Undo | None
    """None where it cannot be undone, by the settings."""

    def as_json(self) -> dict[str, Any]:
        """For the API: the person, and how it can be undone."""
        return {**asdict(self.person), "undo": self.undo.as_json() if self.undo else None}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Removal:
        """The opposite of `as_json`."""
        undo = record["undo"]
        person = Person(record["id"], record["name"], record["familiar"])
        return cls(person, Undo.from_json(undo) if undo else None)


@dataclass(frozen=True, slots=True)
class ForgetReceipt:
    """What was deleted, for good, with a person who was forgotten."""

    person: Person
    samples: int
    """Of any kind and model."""
    pictures: int
    visits: int
    snapshots: int
    """That were rewritten without the person."""
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            **asdict(self.person),
            "samples": self.samples,
            "pictures": self.pictures,
            "visits": self.visits,
            "snapshots": self.snapshots,
            "at": iso(self.at),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> ForgetReceipt:
        """The opposite of `as_json`."""
        return cls(
            Person(record["id"], record["name"], record["familiar"]),
            record["samples"],
            record["pictures"],
            record["visits"],
            record["snapshots"],
            from_iso(record["at"]),
        )


@dataclass(frozen=True, slots=True)
class ForgetAllReceipt:
    """What was deleted, for good, when everybody was forgotten."""

    people: int
    samples: int
    """Of any kind and model."""
    pictures: int
    visits: int
    """Those of unknown visitors too."""
    backups: int
    """Files on this machine."""
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {**asdict(self), "at": iso(self.at)}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> ForgetAllReceipt:
        """The opposite of `as_json`."""
        return cls(**{**record, "at": from_iso(record["at"])})
