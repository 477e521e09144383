# SPDX-License-Identifier: Apache-2.0
"""What other threads leave for the publisher."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.mqtt.link import Link
    from daemon.mqtt.notices import Notice
    from daemon.types import Answer, DecisionEvent, InView, Snapshot

DECISIONS = 16
"""Decisions that wait; of more, the newest are kept."""
ANSWERS = 16
"""Answers that wait; the same."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Whether pictures of faces go to the broker, and whether it is to retain them: [privacy]."""

    publish: bool = False
    retain: bool = False

    @property
    def kept(self) -> bool:
        """Whether one may stay at the broker."""
        return self.publish and self.retain


NO_PICTURES = Pictures()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and what is shown of it."""

    event: DecisionEvent
    payload: bytes
    """Of `last`."""

    @property
    def person_id(self) -> str | None:
        """Whom it names."""
        return self.event.person.id if self.event.person is not None else None


@dataclass(slots=True)
class Mail:
    """All that was left since the mailbox was emptied; of values that follow each other only the newest."""

    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=DECISIONS))
    view: InView | None = None
    status: bytes | None = None
    picture: Snapshot | None = None
    picture_gone: bool = False
    pictures: Pictures | None = None
    answers: deque[Answer] = field(default_factory=lambda: deque(maxlen=ANSWERS))
    people_changed: bool = False
    records_wait: bool = False
    notices: list[tuple[Link, Notice]] = field(default_factory=list)


class Mailbox:
    """Anyone leaves, one thread collects; nobody is ever held up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mail = Mail()
        self._empty = True

    @contextlib.contextmanager
    def leave(self) -> Iterator[Mail]:
        """Add to the mail, and wake who waits for it."""
        with self._changed:
            yield self._mail
            self._empty = False
            self._changed.notify()

    def collect(self, timeout_s: float) -> Mail:
        """All there is; waits up to `timeout_s` for the first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._empty, timeout_s)
            mail, self._mail, self._empty = self._mail, Mail(), True
            return mail
