# SPDX-License-Identifier: Apache-2.0
"""What is said over one connection, and in which order.

As far as there is room: decisions first, then answers to commands and the retained topics, pictures, and records with
what is left.

A decision to act on is sent in two steps: a question that any broker answers at once, and, if the decision is
still fresh when the answer comes, the decision. A broker that is stopped, or behind a dead network, answers
nothing, so nothing to act on lies in its buffers until it wakes up. This costs one round trip. Pictures are sent in
the same way, so that they do not pile up either.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from daemon.mqtt import messages
from daemon.mqtt.link import LARGEST_BYTES
from daemon.mqtt.mailbox import ANSWERS, DECISIONS, Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.mqtt.board import Board
    from daemon.mqtt.device import Device
    from daemon.mqtt.ears import Ears
    from daemon.mqtt.exchange import Exchange
    from daemon.mqtt.mailbox import Pictures
    from daemon.mqtt.receipts import Receipts
    from daemon.mqtt.topics import Topics
    from daemon.outbox import Outbox, Record
    from daemon.types import Answer, DecisionEvent, Snapshot

log = logging.getLogger(__name__)

HOLD_S = 60.0
"""How long records wait after the broker has refused one."""
READ_BACK_S = 10.0
"""How long a broker may take to give what it retains."""
PICTURE_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks over one connection after the other, and with what."""

    topics: Topics
    boot_id: str
    fresh_s: float
    """How fresh what is to be acted on must be."""
    clock: Clock
    board: Board
    ears: Ears
    outbox: Outbox
    receipts: Receipts
    device: Device | None
    """What Home Assistant is told; None for nothing."""
    describe: Callable[[int | None], tuple[dict[str, Any] | None, str | None]]
    """Makes the device message for packets of so many bytes (None: any number); says what had to be left out."""


class Session:
    """One connection's conversation. Used by one thread; no method waits for the network.

    Only `pump` raises: StorageError, and what `Voice.describe` raises.
    """

    def __init__(self, exchange: Exchange, voice: Voice, pictures: Pictures) -> None:
        self.exchange = exchange
        self._voice = voice
        self._topics = voice.topics
        self._clock = voice.clock
        self._board = voice.board
        self._ears = voice.ears
        self._device = voice.device
        self._introduced = False
        self._begun_s = math.nan
        self._read_back: list[str] = []
        self._decisions: deque[DecisionEvent] = deque(maxlen=DECISIONS)
        self._answers: deque[Answer] = deque(maxlen=ANSWERS)
        self._pictures = pictures
        self._picture: Snapshot | None = None
        self._asked_for_picture = self._may_send_picture = False
        self._sent_seq = 0
        self._records_wait = True
        self._held_until_s = -math.inf

    def offer(self, decision: Decision) -> None:
        """Tell a decision."""
        self._decisions.append(decision.event)

    def show(self, picture: Snapshot | None) -> None:
        """Tell a picture, unless a newer one, or that there is to be none, comes first."""
        self._picture = picture

    def answer(self, answer: Answer) -> None:
        """Tell what came of a command."""
        self._answers.append(answer)

    def wake(self) -> None:
        """There are new records in the outbox."""
        self._records_wait = True

    def change(self, pictures: Pictures) -> None:
        """The device is another one: its people, or what of it is enabled."""
        self._pictures = pictures
        if self._device:
            self._device.change()

    def found(self, topic: str, payload: bytes) -> None:
        """An older connection left this at the broker."""
        if self._device and topic == self._device.topic:
            self._device.found(payload)
        else:
            self._board.found(topic, payload)

    def pump(self) -> None:
        """Send what waits, as far as there is room."""
        if math.isnan(self._begun_s):
            self._begin()
        if self._introduced:
            self._ask_for_decisions()
        # Decisions go first: brokers hold small messages back that closely follow others (Nagle, 40 ms).
        if not self.exchange.urgent:
            self._tell_answers()
            self._tell_device()
            self._tell_board()
            self._tell_picture()
            self._read_no_more()
            if self._records_wait and self._clock.monotonic() >= self._held_until_s:
                self._send_records()

    def end(self) -> bool:
        """Tell the last answers and what is left of the board, as far as there is room; whether all is answered."""
        self._tell_answers()
        self._tell_board()
        return not self._answers and self._board.told and self.exchange.idle

    def _begin(self) -> None:
        """Have every retained topic told; ask for those that older connections left there, and listen."""
        for topic in (self._topics.any_present, self._topics.last, self._topics.snapshot):
            self.exchange.read(topic)
            self._read_back.append(topic)
        if self._device:
            self._device.begin()
            self.exchange.read(self._device.topic, most_bytes=LARGEST_BYTES, then=self._device.asked)
            self._read_back.append(self._device.topic)
        for topic in self._ears.topics:
            self.exchange.read(topic, qos=1)
        self._board.begin()
        self._begun_s = self._clock.monotonic()

    def _read_no_more(self) -> None:
        """What was left there has come: from now on these would be our own words."""
        if self._clock.monotonic() - self._begun_s >= READ_BACK_S:
            while self.exchange.room > 0 and self._read_back:
                self.exchange.leave(self._read_back.pop())

    def _tell_board(self) -> None:
        while self.exchange.room > 0:
            untold = self._board.take()
            if untold is None:
                self._introduced = True
                return
            self.exchange.write(*untold, retain=True)

    def _tell_device(self) -> None:
        """After `online`; the retained topics again after it, where Home Assistant has started."""
        if self._device is None or not self._introduced:
            return
        if self._ears.birth():
            self._device.repeat()
            self._board.begin()
        while self.exchange.room > 0 and (payload := self._device.take(self._describe)) is not None:
            self.exchange.write(self._device.topic, payload, retain=True, taken=self._device.taken)

    def _describe(self) -> dict[str, Any] | None:
        message, left_out = self._voice.describe(self.exchange.most_bytes)
        self.exchange.trouble("describe", "", left_out)
        return message

    def _tell_answers(self) -> None:
        while self.exchange.room > 0 and self._answers:
            answer = self._answers.popleft()
            command, payload = answer.command, messages.as_bytes(messages.response(answer))
            topic, theirs = command.answer_to or self._topics.response(command.name), bool(command.answer_to)
            if not self.exchange.reply(topic, payload, command.correlation, theirs=theirs):
                log.warning("An answer is not sent: with what is to be handed back it is too long for the broker")

    def _ask_for_decisions(self) -> None:
        while self.exchange.room > 0 and self._decisions:
            self.exchange.ask(partial(self._send_if_fresh, self._decisions.popleft()), urgent=True)

    def _send_if_fresh(self, event: DecisionEvent) -> None:
        age_s = self._clock.monotonic() - event.captured_monotonic_s
        # The way there takes time too: about as long as it just did.
        left_s = self._voice.fresh_s - age_s - self.exchange.trip_s
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
        expiry_s = max(1, math.ceil(left_s))
        self.exchange.write_once(self._topics.identified, messages.as_bytes(message), expiry_s=expiry_s)

    def _tell_picture(self) -> None:
        if self._may_send_picture:
            self._may_send_picture = False
            self._send_picture()
        if self._picture and not self._asked_for_picture and self.exchange.room > 0:
            self._asked_for_picture = True
            self.exchange.ask(self._answered_for_picture)

    def _answered_for_picture(self) -> None:
        # It is not sent here: who is enrolled may have changed, and the board is told before the next `pump`.
        self._asked_for_picture, self._may_send_picture = False, True

    def _send_picture(self) -> None:
        """The newest, if it may still be shown."""
        picture, self._picture = self._picture, None
        if not picture or not self._pictures.publish or not self._board.knows(picture.person_id):
            return
        if len(picture.jpeg) > PICTURE_BYTES:
            log.warning("A picture of %d bytes is not sent: at most %d are", len(picture.jpeg), PICTURE_BYTES)
            return
        kept = self._pictures.retain
        if self.exchange.write_once(self._topics.snapshot, picture.jpeg, retain=kept):
            self._board.told_picture(kept=kept)

    def _send_records(self) -> None:
        # A quarter of the room stays free, so that a decision never waits behind old records.
        room = self.exchange.room - self.exchange.window // 4
        if room <= 0:
            return
        records = self._voice.outbox.pending(self._sent_seq, room)
        self._records_wait = len(records) == room
        for record in records:
            self._sent_seq = record.seq
            payload = messages.as_bytes(messages.record(record, node=self._topics.node))
            taken, refused = partial(self._voice.receipts.add, record), partial(self._hold, record)
            if not self.exchange.write(self._topics.sighting, payload, taken=taken, refused=refused):
                self._hold(record)
                break

    def _hold(self, record: Record) -> None:
        """This one, and those after it, are sent later."""
        self._sent_seq = min(self._sent_seq, record.seq - 1)
        self._records_wait = True
        self._held_until_s = self._clock.monotonic() + HOLD_S
