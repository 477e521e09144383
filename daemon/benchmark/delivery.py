# SPDX-License-Identifier: Apache-2.0
"""The last stretch: from a decision to somebody who has subscribed to it, through a real broker."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clock import SystemClock
from daemon.config import load
from daemon.errors import BrokerError
from daemon.events_db import open_event_store
from daemon.mqtt import messages
from daemon.mqtt.publisher import Publisher
from daemon.mqtt.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daemon.types import DecisionEvent

_HERE = "127.0.0.1"
_PAUSE_S = 0.1
"""Between decisions; brokers hold small messages back that closely follow others."""
_PATIENCE_S = 5.0
_TURN_S = 0.5
_FAREWELL_S = 1.0


class Subscriber:
    """Hears one topic: as much MQTT 3.1.1 as that takes, so that the time is the broker's and the publisher's.

    Raises BrokerError where the broker does not do its part.
    """

    def __init__(self, port: int, topic: str) -> None:
        with _as_broker_error():
            self._socket = socket.create_connection((_HERE, port), _PATIENCE_S)
        self._stream = self._socket.makefile("rb")
        name = uuid.uuid4().hex[:16].encode()
        try:
            self._ask(0x10, b"\x00\x04MQTT\x04\x02\x00\x00" + _text(name), 0x20)
            self._ask(0x82, b"\x00\x01" + _text(topic.encode()) + b"\x00", 0x90)
        except BrokerError:
            self.close()
            raise

    def close(self) -> None:
        """Leave."""
        self._stream.close()
        self._socket.close()

    def wait(self) -> None:
        """Until a message comes."""
        kind, _ = self._packet()
        if kind & 0xF0 != 0x30:  # noqa: PLR2004 - PUBLISH
            raise BrokerError("The broker sent something else than a message.")

    def _ask(self, kind: int, body: bytes, answer: int) -> None:
        with _as_broker_error():
            self._socket.sendall(bytes([kind, len(body)]) + body)
        got, content = self._packet()
        if got != answer or content[-1:] != b"\0":
            raise BrokerError("The broker does not let us listen.")

    def _packet(self) -> tuple[int, bytes]:
        with _as_broker_error():
            kind = self._stream.read(1)[0]
            length = shift = 0
            while True:
                byte = self._stream.read(1)[0]
                length |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:  # noqa: PLR2004 - the last
                    return kind, self._stream.read(length)


@contextlib.contextmanager
def _as_broker_error() -> Iterator[None]:
    try:
        yield
    except (OSError, IndexError) as error:  # the latter where the stream has ended
        raise BrokerError("The broker of our own does not answer.") from error


def measure_delivery(port: int, decisions: Sequence[DecisionEvent]) -> list[float]:
    """The seconds from each decision to a subscriber, by a publisher as in the daemon.

    `port` is that of a broker on this machine. Raises BrokerError where it does not do its part.
    """
    settings = replace(load().settings.mqtt, host=_HERE, port=port, node="bench")
    clock = SystemClock()
    people = {event.person for event in decisions if event.person}
    with tempfile.TemporaryDirectory(prefix="whod-") as folder, contextlib.ExitStack() as stack:
        topic = Topics(settings.base, settings.node_id).identified
        subscriber = stack.enter_context(contextlib.closing(Subscriber(port, topic)))
        events, _ = open_event_store(Path(folder), clock, messages.sighting)
        stack.callback(events.close)
        publisher = Publisher(settings, None, events.outbox, lambda: people, boot_id=str(uuid.uuid4()), clock=clock)
        stack.enter_context(_driven(publisher))
        return [_deliver(publisher, subscriber, event) for event in decisions]


def _deliver(publisher: Publisher, subscriber: Subscriber, event: DecisionEvent) -> float:
    time.sleep(_PAUSE_S)
    began_s, fresh = time.perf_counter(), replace(event, captured_monotonic_s=time.monotonic())
    publisher.offer(fresh)
    subscriber.wait()
    return time.perf_counter() - began_s


@contextlib.contextmanager
def _driven(publisher: Publisher) -> Iterator[None]:
    """Connected, and moved on by a thread."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            publisher.step(_TURN_S)
        publisher.close(_FAREWELL_S)

    thread = threading.Thread(target=run, name="broker")
    thread.start()
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while not publisher.connected:
            if time.monotonic() > deadline:
                raise BrokerError(publisher.problem or "The broker does not answer.")
            time.sleep(0.01)
        yield
    finally:
        stopping.set()
        publisher.wake()
        thread.join()


def _text(value: bytes) -> bytes:
    """As MQTT writes one."""
    return len(value).to_bytes(2, "big") + value
