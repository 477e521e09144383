# SPDX-License-Identifier: Apache-2.0
"""People as the page lists them: searched, filtered, in parts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from daemon.errors import BadName, NoSuchGroup
from daemon.types import Order, PeoplePage, PersonCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.service.care import Care
    from daemon.types import PersonSummary

PAGE = 48
"""People of one part: a number that 2, 3, 4 and 6 columns share."""


class Directory:
    """`people` gives everybody, in the order of names, with when they were seen last."""

    def __init__(
        self,
        people: Callable[[], list[PersonSummary]],
        gallery: Gallery,
        events: EventStore,
        settings: InForce,
        care: Care,
    ) -> None:
        self._people = people
        self._gallery = gallery
        self._events = events
        self._settings = settings
        self._care = care

    def find(
        self,
        search: str = "",
        *,
        group: str = "",
        familiar: bool = False,
        needy: bool = False,
        order: Order = Order.NAME,
        number: int = 1,
    ) -> PeoplePage:
        """Part `number` of those in whose names `search` stands, of a group, familiar, with a concern.

        Case and accents do not matter. A part that is not there is the last one. Raises NoSuchGroup.
        """
        everybody = self._people()
        worried = {person.id for person in everybody if self._care.concerns(person)}
        members = {person.id for person in self._gallery.group(group).people} if group else None
        text = _plain(search)
        found = [
            person
            for person in everybody
            if text in _plain(person.name)
            and (members is None or person.id in members)
            and (person.familiar or not familiar)
            and (person.id in worried or not needy)
        ]
        if order is not Order.NAME:
            found.sort(key=_KEYS[order], reverse=order is not Order.SAMPLES)
        pages = max(1, -(-len(found) // PAGE))
        number = min(max(number, 1), pages)
        part = found[(number - 1) * PAGE : number * PAGE]
        return PeoplePage(tuple(map(self.card, part)), len(found), number, pages, len(everybody), len(worried))

    def card(self, person: PersonSummary) -> PersonCard:
        """A person, with what is to be done about them."""
        return PersonCard(person, self._care.pictured(person.id), self._care.concerns(person))

    def pictured(self, person_id: str) -> bool:
        """Whether a picture of the person of this id is kept; quick."""
        return self._care.pictured(person_id)

    def visits(self, person_id: str) -> int:
        """How many visits of a person are kept."""
        return self._events.history.count(person_id)

    def cameras(self, group_id: str) -> tuple[str, ...]:
        """The names of the cameras that know the people of a group only."""
        cameras = self._settings.now.every_camera
        return tuple(
            camera.name for camera in cameras if any(self._group_id(ref) == group_id for ref in camera.groups)
        )

    @property
    def undo_hours(self) -> float:
        """How long a removed sample and a merge can be undone; 0: they cannot be."""
        return self._settings.now.gallery.undo_hours

    def _group_id(self, ref: str) -> str | None:
        try:
            return self._gallery.group(ref).id
        except (NoSuchGroup, BadName):
            return None


_KEYS: dict[Order, Callable[[PersonSummary], float]] = {
    Order.SEEN: lambda person: person.last_seen_at.timestamp() if person.last_seen_at else 0.0,
    Order.NEW: lambda person: person.created_at.timestamp(),
    Order.SAMPLES: lambda person: person.samples,
}


def _plain(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(part for part in parts if not unicodedata.combining(part))
