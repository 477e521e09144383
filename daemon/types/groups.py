# SPDX-License-Identifier: Apache-2.0
"""Groups of people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso
from daemon.types.people import Person

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the people; a camera or a call may be limited to those of one."""

    id: str
    name: str
    people: tuple[Person, ...]
    """By name."""
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For ``whod groups --json`` and the API."""
        people = [asdict(person) for person in self.people]
        return {"id": self.id, "name": self.name, "people": people, "created_at": iso(self.created_at)}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Group:
        """The opposite of `as_json`."""
        people = tuple(Person(**person) for person in record["people"])
        return cls(record["id"], record["name"], people, from_iso(record["created_at"]))
