# SPDX-License-Identifier: Apache-2.0
"""The retained topics of one connection: what they should hold, and what the broker has yet to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.mqtt import messages

if TYPE_CHECKING:
    from daemon.mqtt.topics import Topics


class Board:
    """Keeps the newest payload of each topic, and hands out what is to be sent in the order it was shown."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._people: frozenset[str] = frozenset()
        self._shown: dict[str, bytes] = {}
        self._untold: dict[str, bytes] = {}

    def show_people(self, people: frozenset[str], present: frozenset[str]) -> None:
        """Who of `people` is in view; what was shown of those who are not among them any more is cleared."""
        for person_id in self._people - people:
            self._clear(self._topics.present(person_id))
        for payload, ids in (messages.OFF, people - present), (messages.ON, people & present):
            for person_id in ids:
                self._show(self._topics.present(person_id), payload)
        self._people = people

    def show_status(self, status: bytes) -> None:
        """How whod is; told each time, also if it is the same."""
        self._untold[self._topics.status] = status

    def show_last(self, last: bytes) -> None:
        """The latest decision."""
        self._show(self._topics.last, last)

    def clear_last(self) -> None:
        """The person of the latest decision is forgotten."""
        self._clear(self._topics.last)

    def show_online(self) -> None:
        """Everything that was shown before holds from now on."""
        self._show(self._topics.availability, messages.ONLINE)

    def clear(self) -> None:
        """Nothing is to be retained of this node any more, but its availability."""
        for person_id in self._people:
            self._clear(self._topics.present(person_id))
        self._clear(self._topics.last)
        self._clear(self._topics.status)

    @property
    def told(self) -> bool:
        """Whether all has been handed out."""
        return not self._untold

    def found(self, topic: str, payload: bytes) -> None:
        """Clear what an older connection left of somebody who was forgotten since."""
        if topic == self._topics.last:
            person_id = None if topic in self._shown else messages.person_in(payload)
        else:
            person_id = self._topics.person_in(topic)
        if person_id is not None and person_id not in self._people:
            self._clear(topic)

    def take(self) -> tuple[str, bytes] | None:
        """The next topic and payload to send, None if all is told."""
        for topic in self._untold:
            return topic, self._untold.pop(topic)
        return None

    def _show(self, topic: str, payload: bytes) -> None:
        if self._shown.get(topic) != payload:
            self._shown[topic] = self._untold[topic] = payload

    def _clear(self, topic: str) -> None:
        self._shown.pop(topic, None)
        self._untold[topic] = messages.NOTHING
