# SPDX-License-Identifier: Apache-2.0
"""What passes between whod and the broker, besides decisions and visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.types.people import Person


@dataclass(frozen=True, slots=True)
class InView:
    """Who is in view, or was a moment ago."""

    people: frozenset[Person] = frozenset()
    strangers: int = 0
    """Visitors of whom it is decided that they are nobody enrolled."""

    @classmethod
    def of(cls, views: Iterable[InView]) -> InView:
        """Of several cameras: whoever is before any of them, once. A stranger before two of them counts twice."""
        views = tuple(views)
        # By id: one camera may know a new name a moment before another one does.
        people = {person.id: person for view in views for person in view.people}
        return cls(frozenset(people.values()), sum(view.strangers for view in views))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture of a face, for those who want to see who it was."""

    jpeg: bytes = field(repr=False)
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks of whod."""

    name: str
    """One of `daemon.config.COMMANDS`."""
    payload: bytes
    correlation: bytes | None = None
    """MQTT 5 correlation data: handed back with the answer."""
    answer_to: str | None = None
    """The topic that was asked for, one of ours; None for the command's usual one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command."""

    command: Command
    ok: bool
    sentence: str
    """What was done, or why not and what to do."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """More of it, as JSON."""
