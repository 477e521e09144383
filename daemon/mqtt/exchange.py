# SPDX-License-Identifier: Apache-2.0
"""What goes over one connection: counted until the broker has answered, so that paho never queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.mqtt.hearing import PAYLOAD_BYTES
from daemon.mqtt.problems import FAILURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.mqtt.link import Link
    from daemon.mqtt.notices import Up
    from daemon.mqtt.problems import Broker

IN_FLIGHT = 20
_OVERHEAD_BYTES = 300
"""Of a packet, besides its topic and payload, at most."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What the broker has yet to answer."""

    doing: str
    """``write``, ``reply``, ``read``, ``leave`` or ``ask``."""
    topic: str
    at: float
    taken: Callable[[], None] | None = None
    refused: Callable[[], None] | None = None
    urgent: bool = False


class Exchange:
    """Sends, and keeps count of what the broker owes an answer to; no method waits."""

    def __init__(self, link: Link, up: Up, broker: Broker, clock: Clock) -> None:
        self.window = min(IN_FLIGHT, up.receive_maximum)
        self.most_bytes = up.maximum_packet_bytes
        """Of a packet; None for any number."""
        self._link = link
        self._broker = broker
        self._clock = clock
        self._sent: dict[int, _Sent] = {}
        self.trip_s = 0.0
        """How long the broker took for its last answer to a question: the way there and back."""
        self.proven = False
        """Whether the broker has answered a message: some let in, and do no more."""
        self._troubles: dict[tuple[str, str], str] = {}

    @property
    def room(self) -> int:
        """How many may be sent."""
        return self.window - len(self._sent)

    @property
    def idle(self) -> bool:
        """Whether the broker has answered everything."""
        return not self._sent

    @property
    def urgent(self) -> bool:
        """Whether an urgent question is not answered yet."""
        return any(sent.urgent for sent in self._sent.values())

    @property
    def waited_s(self) -> float:
        """How long the broker has owed its oldest answer; 0 if it owes none."""
        return next((self._clock.monotonic() - sent.at for sent in self._sent.values()), 0.0)

    @property
    def problem(self) -> str | None:
        """What the broker does not let us do, in a sentence."""
        return next(iter(self._troubles.values()), None)

    def trouble(self, doing: str, topic: str, sentence: str | None) -> None:
        """There is one, or it is over (None)."""
        if sentence:
            self._troubles[doing, topic] = sentence
        else:
            self._troubles.pop((doing, topic), None)

    def write(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        taken: Callable[[], None] | None = None,
        refused: Callable[[], None] | None = None,
    ) -> bool:
        """Send at least once, over this connection; gives whether it was sent, as nothing too long for the broker is.

        One of `taken` and `refused` is called when the broker has answered.
        """
        if fits := self._fits(topic, payload):
            mid = self._link.publish(topic, payload, qos=1, retain=retain)
            self._sent[mid] = _Sent("write", topic, self._clock.monotonic(), taken, refused)
        return fits

    def reply(self, topic: str, payload: bytes, correlation: bytes | None, *, theirs: bool) -> bool:
        """The same, with what somebody else added to it; a topic that is `theirs` to choose is no trouble of ours."""
        if short := self._is_short(topic, payload, correlation or b""):
            mid = self._link.publish(topic, payload, qos=1, correlation=correlation)
            self._sent[mid] = _Sent("reply" if theirs else "write", topic, self._clock.monotonic())
        return short

    def write_once(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> bool:
        """Send at most once; gives whether it was sent."""
        if fits := self._fits(topic, payload):
            self._link.publish(topic, payload, qos=0, retain=retain, expiry_s=expiry_s)
        return fits

    def ask(self, then: Callable[[], None], *, urgent: bool = False) -> None:
        """Ask whether the broker is awake; `then` is called when it is."""
        self._sent[self._link.ask()] = _Sent("ask", "", self._clock.monotonic(), then, then, urgent)

    def read(
        self, topic: str, *, qos: int = 0, most_bytes: int = PAYLOAD_BYTES, then: Callable[[], None] | None = None
    ) -> None:
        """Subscribe; `then` is called when the broker has answered, whatever it said."""
        mid = self._link.subscribe(topic, qos=qos, most_bytes=most_bytes)
        self._sent[mid] = _Sent("read", topic, self._clock.monotonic(), then, then)

    def leave(self, topic: str) -> None:
        """Unsubscribe."""
        self._sent[self._link.unsubscribe(topic)] = _Sent("leave", topic, self._clock.monotonic())

    def answered(self, mid: int, code: int) -> None:
        """The broker has answered."""
        sent = self._sent.pop(mid, None)
        if sent is None:
            return
        refused = code >= FAILURE
        self.proven |= sent.doing == "write"
        if sent.doing == "ask":
            self.trip_s = self._clock.monotonic() - sent.at
        elif sent.doing not in ("leave", "reply"):
            self.trouble(sent.doing, sent.topic, self._broker.denied(sent.doing, sent.topic) if refused else None)
        if then := sent.refused if refused else sent.taken:
            then()

    def _fits(self, topic: str, payload: bytes) -> bool:
        fits = self._is_short(topic, payload)
        self.trouble("fit", topic, None if fits else self._broker.too_long(topic, self.most_bytes or 0))
        return fits

    def _is_short(self, *parts: str | bytes) -> bool:
        return self.most_bytes is None or sum(map(len, parts)) + _OVERHEAD_BYTES <= self.most_bytes
