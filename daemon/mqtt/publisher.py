# SPDX-License-Identifier: Apache-2.0
"""Tells the broker, in all weathers, and lets nobody upstream notice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from daemon.errors import StorageError
from daemon.mqtt import discovery, messages
from daemon.mqtt.board import Board
from daemon.mqtt.device import Device
from daemon.mqtt.dial import Dial
from daemon.mqtt.ears import Ears
from daemon.mqtt.exchange import Exchange
from daemon.mqtt.link import Link
from daemon.mqtt.mailbox import NO_PICTURES, Decision, Mail, Mailbox, Pictures
from daemon.mqtt.notices import Acked, Ended, Heard, Notice, Up
from daemon.mqtt.problems import Broker, Problem
from daemon.mqtt.receipts import Receipts
from daemon.mqtt.session import Session, Voice
from daemon.mqtt.topics import Topics
from daemon.types import InView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from daemon.clock import Clock
    from daemon.config import MqttSettings
    from daemon.mqtt.discovery import About
    from daemon.outbox import Outbox
    from daemon.types import Answer, Command, DecisionEvent, Person, Snapshot

log = logging.getLogger(__name__)


class Publisher:
    """The one who talks to the broker.

    Any thread may call `offer`, `set_view`, `show`, `clear_picture`, `answer`, `set_status`, `set_pictures`, `wake`
    and `people_changed`; none of them waits. One thread calls `step` for ever, and at last `close`::

        publisher = Publisher(settings.mqtt, password, events.outbox, people, boot_id=boot_id, clock=clock)
        while not stopping:
            publisher.step(1.0)
        publisher.close(2.0)

    That thread calls `people` (who is enrolled) and `about` (what Home Assistant is told of the device; without it,
    nothing); what they raise comes out of `step`. It calls `on_command` too, with each command that is allowed in
    `settings`, which must not wait. Trouble with the broker and with the outbox never comes out: see `problem`.
    """

    def __init__(
        self,
        settings: MqttSettings,
        password: str | None,
        outbox: Outbox,
        people: Callable[[], Iterable[Person]],
        *,
        boot_id: str,
        clock: Clock,
        about: Callable[[], About] | None = None,
        pictures: Pictures = NO_PICTURES,
        on_command: Callable[[Command], None] | None = None,
    ) -> None:
        self._settings = settings
        self._people = people
        self._about = about
        self._clock = clock
        self._broker = Broker(settings.host, settings.port)
        self._topics = Topics(settings.base, settings.node_id)
        prefix = settings.discovery_prefix if about else ""
        self._device = Device(discovery.topic(prefix, self._topics), clock) if prefix else None
        self._ears = Ears(self._topics, settings.birth_topic if prefix else "", settings.commands, on_command, clock)
        self._board = Board(self._topics)
        self._receipts = Receipts(outbox, clock)
        self._voice = Voice(
            self._topics,
            boot_id,
            settings.fresh_s,
            clock,
            self._board,
            self._ears,
            outbox,
            self._receipts,
            self._device,
            self._describe,
        )
        self._mailbox = Mailbox()
        self._view = InView()
        self._pictures = pictures
        self._people_due = False
        self._dial = Dial(lambda: Link(settings, password, self._topics, self._post), clock)
        self._session: Session | None = None
        self._said_old = False
        self._problem: str | None = f"The broker at {self._broker} has not answered yet."

    @property
    def place(self) -> tuple[str, int, str, str, str]:
        """The broker's host and port, base and node of the topics, and the topic of the device message."""
        topics, device = self._topics, self._device
        return self._broker.host, self._broker.port, topics.base, topics.node, device.topic if device else ""

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

    def set_view(self, view: InView) -> None:
        """Tell who is in view."""
        with self._mailbox.leave() as mail:
            mail.view = view

    def show(self, picture: Snapshot) -> None:
        """Tell a picture of who is there: the newest, while the broker is there and pictures may be published."""
        with self._mailbox.leave() as mail:
            mail.picture = picture

    def clear_picture(self) -> None:
        """Take back what `show` told: whoever is on it may have been forgotten."""
        with self._mailbox.leave() as mail:
            mail.picture, mail.picture_gone = None, True

    def answer(self, answer: Answer) -> None:
        """Tell what came of a command; the newest `ANSWERS`, to the broker that is there now."""
        with self._mailbox.leave() as mail:
            mail.answers.append(answer)

    def set_pictures(self, pictures: Pictures) -> None:
        """Publish pictures, or no more; the one that the broker retains is cleared if it may not stay."""
        with self._mailbox.leave() as mail:
            mail.pictures = pictures

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
        """Say that `people` gives others: enrolled, renamed, merged, forgotten, restored.

        What the broker retains of those who are gone is cleared: now, or with the next connection, which finds it
        there.
        """
        with self._mailbox.leave() as mail:
            mail.people_changed = True

    def step(self, timeout_s: float) -> None:
        """Wait up to `timeout_s` for something to do, and do it.

        Trouble with the outbox stands in `problem` and is tried again next time: decisions need no disk.
        """
        self._read(self._mailbox.collect(self._dial.patience_s(timeout_s)))
        if self._dial.link is None:
            self._dial.try_if_due()
        elif self._silent_s() > self._settings.keepalive_s:
            self._session = None
            self._dial.link.abort(self._broker.silent)
            self._report(self._broker.silent.sentence)
        try:
            if self._session is not None:
                self._show_people()
                self._session.pump()
                exchange = self._session.exchange
                if exchange.problem or exchange.proven:
                    self._report(exchange.problem)
            self._receipts.settle()
        except StorageError as error:
            self._report(str(error))

    def close(self, timeout_s: float, *, for_good: bool = False) -> None:
        """Say `offline`, and end the connection: in good order if the broker answers within `timeout_s`.

        `for_good`: nobody will speak under these topics again, so what the broker retains of them is cleared first.
        """
        deadline = self._clock.monotonic() + timeout_s
        self._read(self._mailbox.collect(0))
        if for_good:
            self._board.clear(self._device.topic if self._device else "")
        self._board.leave()
        self._wait(deadline, lambda: self._session is None or self._session.end())
        if self._session is not None and self._dial.link is not None:
            self._dial.link.leave()
            self._wait(deadline, lambda: self._dial.link is None)
        if self._dial.link is not None:
            self._dial.link.abort(self._broker.silent)
            self._receipts.forget()
        try:
            self._receipts.settle(after_s=0)
        except StorageError as error:
            self._report(str(error))

    def _wait(self, deadline: float, done: Callable[[], bool]) -> None:
        while not done() and (left_s := deadline - self._clock.monotonic()) > 0:
            self._read(self._mailbox.collect(left_s))

    def _read(self, mail: Mail) -> None:
        """Take note of what others left. Raises nothing, so that no notice is lost."""
        # Decisions first: those made without a connection are not kept for one.
        for decision in mail.decisions:
            self._board.show_last(decision.payload, decision.person_id)
        if mail.view is not None:
            self._view = mail.view
        # A decision may be for somebody who was forgotten while it was made.
        self._people_due |= bool(mail.decisions) or mail.people_changed or mail.view is not None
        if mail.status is not None:
            self._board.show_status(mail.status)
        if mail.pictures is not None:
            self._pictures = mail.pictures
        if mail.picture_gone or (mail.pictures is not None and not mail.pictures.kept):
            self._board.clear_picture()
        if self._session is not None:
            self._pass_on(mail, self._session)
        for link, notice in mail.notices:
            if link is self._dial.link:
                self._heed(link, notice)

    def _pass_on(self, mail: Mail, session: Session) -> None:
        for decision in mail.decisions:
            session.offer(decision)
        for answer in mail.answers:
            session.answer(answer)
        if mail.picture is not None or mail.picture_gone:
            session.show(mail.picture)
        if mail.people_changed or mail.pictures is not None:
            session.change(self._pictures)
        if mail.records_wait:
            session.wake()

    def _heed(self, link: Link, notice: Notice) -> None:
        match notice, self._session:
            case Up(), None:
                self._people_due = True
                if not (notice.mqtt5 or self._said_old):
                    self._said_old = True
                    log.warning("%s", self._broker.without_mqtt5)
                link.hear(self._ears.topics)
                exchange = Exchange(link, notice, self._broker, self._clock)
                self._session = Session(exchange, self._voice, self._pictures)
            case Acked(mid, code), Session() as session:
                session.exchange.answered(mid, code)
            case Heard(topic, payload, retained=True), Session() as session:
                session.found(topic, payload)
            case Heard(), Session():
                self._ears.heard(notice)
            case Ended(problem), _:
                self._ended(problem)

    def _show_people(self) -> None:
        if self._people_due:
            self._board.show_people(self._people(), self._view)
            self._people_due = False

    def _describe(self, most_bytes: int | None) -> tuple[dict[str, Any] | None, str | None]:
        """For Home Assistant; see `discovery.fitting`."""
        return discovery.fitting(self._about(), self._people(), most_bytes) if self._about else (None, None)

    def _silent_s(self) -> float:
        exchange = self._session.exchange if self._session else None
        return exchange.waited_s if exchange and exchange.proven else self._dial.age_s

    def _ended(self, problem: Problem | None) -> None:
        self._dial.ended(problem, was_up=self._session is not None)
        self._session = None
        if problem is not None:
            self._receipts.forget()
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
