# SPDX-License-Identifier: Apache-2.0
"""Tells the broker, in all weathers, and lets nobody upstream notice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageError
from daemon.mqtt import messages
from daemon.mqtt.link import Acked, Ended, Found, Link, Notice, Up
from daemon.mqtt.mailbox import Decision, Mail, Mailbox
from daemon.mqtt.problems import Broker, Problem
from daemon.mqtt.retry import Retry
from daemon.mqtt.session import Session, Voice
from daemon.mqtt.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from daemon.clock import Clock
    from daemon.config import MqttSettings
    from daemon.outbox import Outbox, Record
    from daemon.types import DecisionEvent

log = logging.getLogger(__name__)


class Publisher:
    """The one who talks to the broker.

    Any thread may call `offer`, `set_present`, `set_status`, `wake` and `people_changed`; none of them waits. One
    thread calls `step` for ever, and at last `close`::

        publisher = Publisher(settings.mqtt, password, events.outbox, person_ids, boot_id=boot_id, clock=clock)
        while not stopping:
            publisher.step(1.0)
        publisher.close(2.0)

    `known_person_ids` is called by that thread; what it raises comes out of `step`. Trouble with the broker and
    with the outbox never does: see `problem`.
    """

    def __init__(
        self,
        settings: MqttSettings,
        password: str | None,
        outbox: Outbox,
        known_person_ids: Callable[[], Iterable[str]],
        *,
        boot_id: str,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._password = password
        self._outbox = outbox
        self._known_person_ids = known_person_ids
        self._clock = clock
        self._broker = Broker(settings.host, settings.port)
        self._topics = Topics(settings.base, settings.node_id)
        self._voice = Voice(self._broker, self._topics, boot_id, settings.fresh_s, clock)
        self._mailbox = Mailbox()
        self._present: frozenset[str] = frozenset()
        self._status: bytes | None = None
        self._last: Decision | None = None
        self._people_due = False
        self._delivered: list[Record] = []
        self._link: Link | None = None
        self._session: Session | None = None
        self._link_since = 0.0
        self._retry = Retry()
        self._retry_at = clock.monotonic()
        self._problem: str | None = f"The broker at {self._broker} has not answered yet."

    @property
    def place(self) -> tuple[str, int, str, str]:
        """The broker's host and port, and base and node of the topics."""
        return self._broker.host, self._broker.port, self._topics.base, self._topics.node

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us."""
        return self._session is not None

    @property
    def problem(self) -> str | None:
        """What is wrong and what to do, in a sentence; None while all is well."""
        return self._problem

    def offer(self, event: DecisionEvent) -> None:
        """Tell a decision: `identified` while it is fresh and the broker there, else not at all; and `last`."""
        last = messages.last(event, node=self._topics.node, clock_synced=self._clock.synced())
        decision = Decision(event, messages.as_bytes(last))
        with self._mailbox.leave() as mail:
            mail.decisions.append(decision)

    def set_present(self, person_ids: frozenset[str]) -> None:
        """Tell who is in view."""
        with self._mailbox.leave() as mail:
            mail.present = person_ids

    def set_status(self, status: Mapping[str, Any]) -> None:
        """Tell how whod is; each call is sent. Raises ValueError if `status` is not JSON."""
        payload = messages.as_bytes(status)
        with self._mailbox.leave() as mail:
            mail.status = payload

    def wake(self) -> None:
        """Say that the outbox has a new record."""
        with self._mailbox.leave() as mail:
            mail.records_wait = True

    def people_changed(self) -> None:
        """Say that `known_person_ids` gives others: enrolled, merged, forgotten, restored.

        What the broker retains of those who are gone is cleared: now, or with the next connection, which finds it
        there.
        """
        with self._mailbox.leave() as mail:
            mail.people_changed = True

    def step(self, timeout_s: float) -> None:
        """Wait up to `timeout_s` for something to do, and do it.

        Trouble with the outbox stands in `problem` and is tried again next time: decisions need no disk.
        """
        self._read(self._mailbox.collect(self._patience_s(timeout_s)))
        if self._link is None:
            self._connect_if_due()
        elif self._silent_s() > self._settings.keepalive_s:
            self._session = None
            self._link.abort(self._broker.silent)
            self._report(self._broker.silent.sentence)
        try:
            if self._session is not None:
                self._show_people(self._session)
                self._session.pump()
                self._report(self._session.problem)
            self._confirm()
        except StorageError as error:
            self._report(str(error))

    def close(self, timeout_s: float, *, for_good: bool = False) -> None:
        """Say `offline`, and end the connection: in good order if the broker answers within `timeout_s`.

        `for_good`: nobody will speak under these topics again, so what the broker retains of them is cleared first.
        """
        deadline = self._clock.monotonic() + timeout_s
        if for_good and self._session is not None:
            self._session.board.clear()
            self._wait(deadline, lambda: self._session is None or self._session.take_down())
        if self._session is not None:
            self._session.farewell()
            self._wait(deadline, lambda: self._session is None or self._session.idle)
        if self._session is not None and self._link is not None:
            self._link.leave()
            self._wait(deadline, lambda: self._link is None)
        if self._link is not None:
            self._link.abort(self._broker.silent)
        try:
            self._confirm()
        except StorageError as error:
            self._report(str(error))

    def _wait(self, deadline: float, done: Callable[[], bool]) -> None:
        while not done() and (left_s := deadline - self._clock.monotonic()) > 0:
            self._read(self._mailbox.collect(left_s))

    def _read(self, mail: Mail) -> None:
        """Take note of what others left. Raises nothing, so that no notice is lost."""
        # Decisions first: those made without a connection are not kept for one.
        for decision in mail.decisions:
            self._last = decision
            if self._session is not None:
                self._session.offer(decision)
        if mail.present is not None:
            self._present = mail.present
        # A decision may be for somebody who was forgotten while it was made.
        self._people_due |= bool(mail.decisions) or mail.people_changed or mail.present is not None
        if mail.status is not None:
            self._status = mail.status
            if self._session is not None:
                self._session.board.show_status(mail.status)
        if mail.records_wait and self._session is not None:
            self._session.wake()
        for link, notice in mail.notices:
            if link is self._link:
                self._heed(link, notice)

    def _heed(self, link: Link, notice: Notice) -> None:
        match notice, self._session:
            case Up(receive_maximum), None:
                self._people_due = True
                self._session = Session(link, receive_maximum, self._voice, self._outbox, self._delivered)
            case Acked(mid, code), Session() as session:
                session.acked(mid, code)
            case Found(topic, payload), Session() as session:
                session.board.found(topic, payload)
            case Ended(problem), _:
                self._ended(problem)

    def _show_people(self, session: Session) -> None:
        if not self._people_due:
            return
        people = frozenset(self._known_person_ids())
        if self._last is not None and self._last.person_id not in (None, *people):
            self._last = None
            session.board.clear_last()
        if session.announced:
            session.board.show_people(people, self._present)
        else:
            session.announce(people, self._present, self._status, self._last)
        self._people_due = False

    def _confirm(self) -> None:
        """Take the records that the broker has out of the outbox."""
        if self._delivered:
            self._outbox.confirm(self._delivered)
            self._delivered.clear()

    def _patience_s(self, timeout_s: float) -> float:
        if self._link is not None:
            return timeout_s
        return max(0.0, min(timeout_s, self._retry_at - self._clock.monotonic()))

    def _silent_s(self) -> float:
        if self._session is not None:
            return self._session.waited_s
        return self._clock.monotonic() - self._link_since

    def _connect_if_due(self) -> None:
        now = self._clock.monotonic()
        if now >= self._retry_at:
            self._link_since = now
            self._link = Link(self._settings, self._password, self._topics, self._post)
            self._link.start()

    def _ended(self, problem: Problem | None) -> None:
        now = self._clock.monotonic()
        held_s = 0.0 if self._session is None else now - self._link_since
        self._link = self._session = None
        if problem is not None:
            self._retry_at = now + self._retry.delay_s(problem, held_s)
            self._report(problem.sentence)

    def _post(self, link: Link, notice: Notice) -> None:
        with self._mailbox.leave() as mail:
            mail.notices.append((link, notice))

    def _report(self, problem: str | None) -> None:
        """Log a change of state, once."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem is None:
            log.info("Connected to the broker at %s", self._broker)
        else:
            log.warning("%s", problem)
