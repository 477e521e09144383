# SPDX-License-Identifier: Apache-2.0
"""What is said over one connection, and in which order.

What the broker has to answer is counted until it has, so that paho never queues: decisions first, then the
retained topics, and records with the room that is left.

A decision to act on is sent in two steps: a question that any broker answers at once, and, if the decision is
still fresh when the answer comes, the decision. A broker that is stopped, or behind a dead network, answers
nothing, so nothing to act on lies in its buffers until it wakes up. This costs one round trip.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.mqtt import messages
from daemon.mqtt.board import Board
from daemon.mqtt.mailbox import DECISIONS, Decision
from daemon.mqtt.problems import FAILURE, Broker

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.mqtt.link import Link
    from daemon.mqtt.topics import Topics
    from daemon.outbox import Outbox, Record
    from daemon.types import DecisionEvent

log = logging.getLogger(__name__)

IN_FLIGHT = 20
HOLD_S = 60.0
"""How long records wait after the broker has refused one."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks to which broker, and how fresh what it says to act on must be."""

    broker: Broker
    topics: Topics
    boot_id: str
    fresh_s: float
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Sent:
    """What the broker has yet to answer."""

    doing: str
    """``write`` or ``read``."""
    topic: str
    at: float
    decision: DecisionEvent | None = None
    """For a question: what to send when it is answered."""
    record: Record | None = None


class Session:
    """One connection's conversation. Used by one thread; no method waits for the network.

    Records that the broker has taken are added to `delivered`. Only `pump` raises: StorageError.
    """

    def __init__(
        self, link: Link, receive_maximum: int, voice: Voice, outbox: Outbox, delivered: list[Record]
    ) -> None:
        self._link = link
        self._window = min(IN_FLIGHT, receive_maximum)
        self._voice = voice
        self._topics = voice.topics
        self._clock = voice.clock
        self.board = Board(voice.topics)
        self.announced = False
        self._outbox = outbox
        self._decisions: deque[DecisionEvent] = deque(maxlen=DECISIONS)
        self._introduced = False
        self._in_flight: dict[int, _Sent] = {}
        self._denied: dict[tuple[str, str], None] = {}
        self._sent_seq = 0
        self._records_wait = True
        self._held_until = -math.inf
        self._delivered = delivered

    @property
    def problem(self) -> str | None:
        """What the broker does not let us do, in a sentence."""
        return next((self._voice.broker.denied(doing, topic) for doing, topic in self._denied), None)

    @property
    def idle(self) -> bool:
        """Whether the broker has answered everything."""
        return not self._in_flight

    @property
    def waited_s(self) -> float:
        """How long the broker has owed its oldest answer; 0 if it owes none."""
        return next((self._clock.monotonic() - sent.at for sent in self._in_flight.values()), 0.0)

    def announce(
        self, people: frozenset[str], present: frozenset[str], status: bytes | None, last: Decision | None
    ) -> None:
        """Have every retained topic told, and ask for those that older connections left there."""
        for topic in (self._topics.any_present, self._topics.last):
            self._note(self._link.subscribe(topic), "read", topic)
        self.board.show_people(people, present)
        if status is not None:
            self.board.show_status(status)
        if last is not None:
            self.board.show_last(last.payload)
        self.board.show_online()
        self.announced = True

    def offer(self, decision: Decision) -> None:
        """Tell a decision, and show it."""
        self._decisions.append(decision.event)
        self.board.show_last(decision.payload)

    def wake(self) -> None:
        """There are new records in the outbox."""
        self._records_wait = True

    def acked(self, mid: int, code: int) -> None:
        """The broker has answered."""
        sent = self._in_flight.pop(mid, None)
        if sent is None:
            return
        if sent.decision is not None:
            self._send_if_fresh(sent.decision)
        elif code >= FAILURE:
            self._refused(sent)
        else:
            self._accepted(sent)

    def pump(self) -> None:
        """Send what waits, as far as there is room."""
        if self._introduced:
            self._ask_for_decisions()
        # Decisions go first: brokers hold small messages back that closely follow others (Nagle, 40 ms).
        if all(sent.decision is None for sent in self._in_flight.values()):
            self._tell_board()
            if self._records_wait and self._clock.monotonic() >= self._held_until:
                self._send_records()

    def take_down(self) -> bool:
        """Send what is left of the board, as far as there is room; whether the broker has answered all of it."""
        self._tell_board()
        return self.board.told and self.idle

    def farewell(self) -> None:
        """Tell that we go."""
        self._send(self._topics.availability, messages.OFFLINE, retain=True)

    @property
    def _room(self) -> int:
        return self._window - len(self._in_flight)

    def _note(
        self,
        mid: int,
        doing: str,
        topic: str,
        *,
        decision: DecisionEvent | None = None,
        record: Record | None = None,
    ) -> None:
        self._in_flight[mid] = _Sent(doing, topic, self._clock.monotonic(), decision, record)

    def _send(self, topic: str, payload: bytes, *, retain: bool = False, record: Record | None = None) -> None:
        mid = self._link.publish(topic, payload, qos=1, retain=retain)
        self._note(mid, "write", topic, record=record)

    def _tell_board(self) -> None:
        while self._room > 0:
            untold = self.board.take()
            if untold is None:
                self._introduced = True
                return
            self._send(*untold, retain=True)

    def _ask_for_decisions(self) -> None:
        while self._room > 0 and self._decisions:
            self._note(self._link.ask(), "write", self._topics.identified, decision=self._decisions.popleft())

    def _send_if_fresh(self, event: DecisionEvent) -> None:
        age_s = self._clock.monotonic() - event.captured_monotonic_s
        left_s = self._voice.fresh_s - age_s
        if left_s <= 0:
            log.info("Decision %s is not sent: it is %.1f s old", event.event_id, age_s)
            return
        message = messages.identified(
            event,
            node=self._topics.node,
            boot_id=self._voice.boot_id,
            age_ms=round(age_s * 1000),
            clock_synced=self._clock.synced(),
        )
        self._link.publish(
            self._topics.identified, messages.as_bytes(message), qos=0, expiry_s=max(1, math.ceil(left_s))
        )

    def _send_records(self) -> None:
        # A quarter of the room stays free, so that a decision never waits behind old records.
        room = self._room - self._window // 4
        if room <= 0:
            return
        records = self._outbox.pending(self._sent_seq, room)
        for record in records:
            payload = messages.as_bytes(messages.record(record, node=self._topics.node))
            self._send(self._topics.sighting, payload, record=record)
            self._sent_seq = record.seq
        self._records_wait = len(records) == room

    def _accepted(self, sent: _Sent) -> None:
        self._denied.pop((sent.doing, sent.topic), None)
        if sent.record is not None:
            self._delivered.append(sent.record)

    def _refused(self, sent: _Sent) -> None:
        self._denied[sent.doing, sent.topic] = None
        if sent.record is not None:
            self._sent_seq = min(self._sent_seq, sent.record.seq - 1)
            self._records_wait = True
            self._held_until = self._clock.monotonic() + HOLD_S
