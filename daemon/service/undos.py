# SPDX-License-Identifier: Apache-2.0
"""Changes of the last hours that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import Person, Undo


class UndosApi(Protocol):
    """Everything about what can be undone: deleted samples and merges of the last `gallery.undo_hours`."""

    def all(self) -> list[Undo]:
        """Newest first."""
        ...

    def undo(self, undo_id: str) -> Person:
        """Give a sample back to its person, or a person who was merged their id, name, samples and visits.

        Gives whose the sample is, or who is back. Raises NoSuchUndo, and NameTaken if somebody else has the name.
        """
        ...


class Undos:
    """`UndosApi` over the gallery and the history of this process."""

    def __init__(self, gallery: Gallery, events: EventStore, changed: Callable[[], None]) -> None:
        self._gallery = gallery
        self._events = events
        self._changed = changed

    def all(self) -> list[Undo]:
        """See `UndosApi.all`."""
        return self._gallery.undos()

    def undo(self, undo_id: str) -> Person:
        """See `UndosApi.undo`."""
        person = self._gallery.undo(undo_id, self._events.give_back)
        self._changed()
        return person
