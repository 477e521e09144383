# SPDX-License-Identifier: Apache-2.0
"""A real broker for tests, and somebody who listens to it; see the fixture `broker`."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 60.0
"""A machine that does other things besides is slow, not wrong."""
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def wait_until(condition: Callable[[], object], what: str = "it", timeout_s: float = PATIENCE_S) -> Any:
    """Wait for `condition` to be true and give what it gave; fail after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s for {what}", pytrace=True)
        time.sleep(0.005)
    return result


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@dataclass(frozen=True)
class Received:
    """A message as a subscriber saw it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    expiry_s: int | None
    at: float
    """By the monotonic clock."""
    correlation: bytes | None = None


class Subscriber:
    """Listens to everything, at QoS 2, and keeps it in `messages`.

    With a `session` of that name the broker keeps what comes while the subscriber is away.
    """

    def __init__(self, port: int, topic: str = "#", session: str = "", **credentials: str) -> None:
        self.messages: list[Received] = []
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=session, protocol=MQTTProtocolVersion.MQTTv5)
        if credentials:
            self._client.username_pw_set(**credentials)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=2)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.on_message = self._keep
        wishes = Properties(PacketTypes.CONNECT)
        wishes.SessionExpiryInterval = 86400 if session else 0
        self._client.connect("127.0.0.1", port, clean_start=not session, properties=wishes)
        self._client.loop_start()
        assert self._subscribed.wait(PATIENCE_S)

    @property
    def listens(self) -> bool:
        """Whether it would hear now."""
        return self._subscribed.is_set()

    def on(self, topic: str) -> list[Received]:
        """What came on one topic."""
        return [message for message in self.messages if message.topic == topic]

    def wait_for(self, topic: str, payload: bytes | None = None, count: int = 1) -> list[Received]:
        """Wait for `count` messages on a topic, with this payload if one is given."""

        def found() -> list[Received]:
            matching = [m for m in self.on(topic) if payload is None or m.payload == payload]
            return matching if len(matching) >= count else []

        return wait_until(found, f"{count} on {topic}: {payload!r}")

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        response_topic: str | None = None,
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        if correlation is not None:
            properties.CorrelationData = correlation
        if response_topic is not None:
            properties.ResponseTopic = response_topic
        self._client.publish(topic, payload, 1, retain, properties).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _keep(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        properties = message.properties
        expiry_s = getattr(properties, "MessageExpiryInterval", None)
        correlation = getattr(properties, "CorrelationData", None)
        self.messages.append(
            Received(
                message.topic,
                bytes(message.payload),
                message.qos,
                message.retain,
                expiry_s,
                time.monotonic(),
                correlation,
            )
        )


class Broker:
    """A mosquitto of our own, on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._open = contextlib.ExitStack()
        self.configure("allow_anonymous true")

    def configure(self, *lines: str) -> None:
        """Set what the configuration holds beside the listener; for the next start."""
        common = (f"listener {self.port} 127.0.0.1", "user root", "log_dest stderr")
        (self.folder / "mosquitto.conf").write_text("\n".join((*common, *lines, "")))

    def start(self) -> None:
        """Start, and wait until it listens."""
        assert MOSQUITTO is not None
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        wait_until(self._listens, "mosquitto to listen")

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill and start."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Have it do nothing; connections stay open and what is sent to it piles up."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._running.send_signal(signal.SIGCONT)

    def subscriber(self, topic: str = "#", **credentials: str) -> Subscriber:
        """Somebody who listens; closed at the end of the test."""
        subscriber = Subscriber(self.port, topic, **credentials)
        self._open.callback(subscriber.close)
        return subscriber

    def close(self) -> None:
        """End it, if it runs, and everybody who listens."""
        self._open.close()
        if self._process is not None:
            self.resume()
            self.kill()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker was not started"
        return self._process

    def _end(self, number: signal.Signals) -> None:
        self._running.send_signal(number)
        self._running.wait(PATIENCE_S)
        self._process = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False
