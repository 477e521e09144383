# SPDX-License-Identifier: Apache-2.0
"""The retained topics: what they should hold, and what the broker has yet to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.mqtt import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.mqtt.topics import Topics
    from daemon.types import InView, Person


class Board:
    """Keeps the newest payload of each topic, over all connections; hands out what is to be sent in its order."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._people: dict[str, Person] = {}
        self._shown: dict[str, bytes] = {}
        self._untold: dict[str, bytes] = {}
        self._last_of: str | None = None
        self._picture: bool | None = None
        """Whether the one that was told is retained; None if there is none."""

    def begin(self) -> None:
        """There is a connection, to a broker that is to be told everything.

        What is gone, who is away, who is in view, the rest. At its end that we are online: all that was told before
        holds from then on.
        """
        self._shown[self._topics.availability] = messages.ONLINE
        self._untold = self._cleared() | dict(sorted(self._shown.items(), key=self._place))

    def knows(self, person_id: str | None) -> bool:
        """Whether this is nobody, or somebody who is enrolled."""
        return person_id is None or person_id in self._people

    def show_people(self, people: Iterable[Person], view: InView) -> None:
        """Who of `people` is in view; what was shown of those who are not among them any more is cleared."""
        before, self._people = self._people, {person.id: person for person in people}
        if gone := before.keys() - self._people.keys():
            for person_id in gone:
                self._clear(self._topics.present(person_id))
            self.clear_picture()  # a stranger on it may have been one of them
        if not self.knows(self._last_of):
            self._last_of = None
            self._clear(self._topics.last)
        in_view = {person.id for person in view.people} & self._people.keys()
        for payload, ids in (messages.OFF, self._people.keys() - in_view), (messages.ON, in_view):
            for person_id in ids:
                self._show(self._topics.present(person_id), payload)
        there = [self._people[person_id] for person_id in in_view]
        self._show(self._topics.presence, messages.as_bytes(messages.presence(there, view.strangers)))

    def show_status(self, status: bytes) -> None:
        """How whod is; told each time, also if it is the same."""
        self._shown[self._topics.status] = self._untold[self._topics.status] = status

    def show_last(self, last: bytes, person_id: str | None) -> None:
        """The latest decision, and whom it names."""
        self._last_of = person_id
        self._show(self._topics.last, last)

    def told_picture(self, *, kept: bool) -> None:
        """A picture was told; the broker retains it if it is `kept`."""
        self._picture = kept
        if kept:
            self._untold.pop(self._topics.snapshot, None)

    def clear_picture(self) -> None:
        """The broker is to retain no picture, and who saw the last one is to show it no more."""
        if self._picture is not None:
            self._picture = None
            self._clear(self._topics.snapshot)

    def clear(self, device_topic: str = "") -> None:
        """Nothing is to be retained of this node any more, but its availability; nor of its device, which goes first.

        What Home Assistant made of the other topics would complain if they were empty.
        """
        self._untold = ({device_topic: messages.NOTHING} if device_topic else {}) | self._cleared()
        # An older run may have left these two, and they stay as long as it is known whose they are.
        for topic in {*self._shown, self._topics.last, self._topics.snapshot} - {self._topics.availability}:
            self._clear(topic)

    def leave(self) -> None:
        """We go: nothing more is told, but what is gone, and then that we are offline."""
        self._untold = self._cleared() | {self._topics.availability: messages.OFFLINE}

    @property
    def told(self) -> bool:
        """Whether all has been handed out."""
        return not self._untold

    def found(self, topic: str, payload: bytes) -> None:
        """Clear what an older connection left of somebody who was forgotten since, or may have been."""
        if topic == self._topics.snapshot:
            # A picture says not whose it is: only one of this run is known to be of nobody who is gone.
            stays = self._picture is True
        elif topic == self._topics.last:
            stays = topic in self._shown or self.knows(messages.person_in(payload))
        else:
            stays = self.knows(self._topics.person_in(topic))
        if not stays:
            self._clear(topic)

    def take(self) -> tuple[str, bytes] | None:
        """The next topic and payload to send, None if all is told."""
        for topic in self._untold:
            return topic, self._untold.pop(topic)
        return None

    def _cleared(self) -> dict[str, bytes]:
        return {topic: payload for topic, payload in self._untold.items() if payload == messages.NOTHING}

    def _place(self, shown: tuple[str, bytes]) -> int:
        """In the order of what is told at the beginning: present, presence, status, last, online."""
        topic, payload = shown
        if self._topics.person_in(topic):
            return 1 if payload == messages.ON else 0
        order = self._topics.presence, self._topics.status, self._topics.last, self._topics.availability
        return 2 + order.index(topic)

    def _show(self, topic: str, payload: bytes) -> None:
        if self._shown.get(topic) != payload:
            self._shown[topic] = self._untold[topic] = payload

    def _clear(self, topic: str) -> None:
        self._shown.pop(topic, None)
        self._untold[topic] = messages.NOTHING
