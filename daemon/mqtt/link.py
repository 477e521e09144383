# SPDX-License-Identifier: Apache-2.0
"""One connection to a broker, from its start to its end; the only importer of paho.

A new paho client is made for each connection. One that reconnects by itself sends again what was not
acknowledged, with its full expiry, and keeps what was published while offline; here what a connection did not
deliver ends with it, and the outbox alone decides what is sent again.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import MQTTException, Properties  # type: ignore[attr-defined]

from daemon.mqtt.messages import OFFLINE
from daemon.mqtt.problems import Broker, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.client import SocketLike
    from paho.mqtt.reasoncodes import ReasonCode

    from daemon.config import MqttSettings
    from daemon.mqtt.topics import Topics

CONNECT_TIMEOUT_S = 3.0
USER_TIMEOUT_MS = 5000
"""Bytes that nobody acknowledged for so long end the connection: a stalled network delivers nothing later."""

_LOOP_S = 1.0
_FOUND_BYTES = 4096
_NO_MQTT = (MQTTException, ValueError, LookupError, TypeError, struct.error)
"""What paho raises when the other side speaks something else."""


@dataclass(frozen=True, slots=True)
class Up:
    """The broker has accepted us."""

    receive_maximum: int
    """How many QoS 1 messages it takes before it has acknowledged one."""


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker has answered a QoS 1 message, a subscription or a question."""

    mid: int
    code: int
    """The MQTT 5 reason code."""


@dataclass(frozen=True, slots=True)
class Found:
    """A retained message was there before us."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over, or was never made; the last notice."""

    problem: Problem | None
    """Why; None if we left."""


Notice = Up | Acked | Found | Ended


class Link:
    """A connection in a thread of its own. What happens is told to `post`, from that thread.

    No method waits for the network. A connection of a `guest`, by that name, is one beside the usual one: it leaves
    no will, and is told of messages that are not retained too.
    """

    def __init__(
        self,
        settings: MqttSettings,
        password: str | None,
        topics: Topics,
        post: Callable[[Link, Notice], None],
        *,
        guest: str = "",
    ) -> None:
        self._broker = Broker(settings.host, settings.port)
        self._post = post
        self._guest = guest
        self._problem: Problem | None = None
        self._leaving = False
        self._aborted = False
        self._question = topics.identified
        # A broker gives up on us after 1.5 times what it is told, and paho on a broker after up to twice.
        self._keepalive_s = max(1, settings.keepalive_s * 3 // 4)
        self._client = self._new_client(settings, password, topics)

    def start(self) -> None:
        """Begin to connect."""
        threading.Thread(target=self._run, name="mqtt", daemon=True).start()

    def publish(
        self, topic: str, payload: bytes, *, qos: int, retain: bool = False, expiry_s: int | None = None
    ) -> int:
        """Send a message; gives the `mid` of its `Acked`. What finds no connection is lost."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        return self._client.publish(topic, payload, qos, retain, properties).mid

    def ask(self) -> int:
        """Ask whether the broker is there; gives the `mid` of its `Acked`.

        The question is an UNSUBSCRIBE from what was never subscribed: paho tells of no PINGRESP, and a PUBLISH
        would reach others.
        """
        _, mid = self._client.unsubscribe(self._question)
        return mid or 0

    def subscribe(self, topic: str) -> int:
        """Ask for what a topic retains, which comes as `Found`; gives the `mid` of its `Acked`."""
        _, mid = self._client.subscribe(topic, qos=0)
        return mid or 0

    def leave(self) -> None:
        """End the connection in good order, after what was published."""
        self._leaving = True
        self._client.disconnect()

    def abort(self, problem: Problem) -> None:
        """End the connection now, for this reason; bytes not yet sent are thrown away."""
        self._problem = self._problem or problem
        self._aborted = True
        if (sock := self._client.socket()) is not None:
            with contextlib.suppress(OSError):
                cast("socket.socket", sock).shutdown(socket.SHUT_RDWR)

    def _new_client(self, settings: MqttSettings, password: str | None, topics: Topics) -> Client:
        # The client id stays the same: the broker then ends what it still holds of an older connection of ours
        # at once, and not with a late `offline` after our `online`.
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._guest or f"{topics.base}-{topics.node}",
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        if settings.username:
            client.username_pw_set(settings.username, password)
        if not self._guest:
            client.will_set(topics.availability, OFFLINE, qos=1, retain=True)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = 0
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        client.on_socket_open = _on_socket_open
        client.on_socket_close = self._on_socket_close
        # With a callback here, paho leaves all writing to our thread.
        client.on_socket_register_write = _on_register_write
        return client

    def _run(self) -> None:
        client = self._client
        try:
            client.connect(self._broker.host, self._broker.port, self._keepalive_s, clean_start=True)
            while not self._aborted and client.loop(_LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                _acknowledge_at_once(client)
        except (OSError, *_NO_MQTT) as error:
            self._problem = self._problem or self._broker.failed(error)
        finally:
            if not self._leaving:
                self._problem = self._problem or self._broker.lost
            if (sock := client.socket()) is not None:
                sock.close()
            # paho closes what else it opened when it is freed: that must not wait for the garbage collector.
            client.on_connect = client.on_disconnect = client.on_publish = client.on_subscribe = None
            client.on_unsubscribe = client.on_message = client.on_socket_close = None
            self._post(self, Ended(self._problem))

    def _on_connect(
        self, _client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._problem = self._broker.refused(reason.value, str(reason))
        else:
            self._post(self, Up(getattr(properties, "ReceiveMaximum", 65535)))

    def _on_disconnect(
        self, _client: Client, _data: Any, flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._problem = self._broker.closed(reason.value, str(reason))
        elif not self._leaving:
            self._problem = self._problem or self._broker.dropped(reason.value)

    def _on_publish(self, _client: Client, _data: Any, mid: int, reason: ReasonCode, _properties: Properties) -> None:
        self._post(self, Acked(mid, reason.value))

    def _on_subscribe(
        self, _client: Client, _data: Any, mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._post(self, Acked(mid, max(reason.value for reason in reasons)))

    def _on_unsubscribe(
        self, _client: Client, _data: Any, mid: int, _reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._post(self, Acked(mid, 0))

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        # Live messages are our own, or somebody's who writes where only we should.
        if message.retain or self._guest:
            self._post(self, Found(message.topic, bytes(message.payload[:_FOUND_BYTES])))

    def _on_socket_close(self, _client: Client, _data: Any, sock: SocketLike) -> None:
        if not self._leaving:
            # Close with a reset: the kernel would go on trying to deliver what it holds.
            linger = struct.pack("ii", 1, 0)
            cast("socket.socket", sock).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def _on_socket_open(_client: Client, _data: Any, sock: SocketLike) -> None:
    tcp = cast("socket.socket", sock)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def _acknowledge_at_once(client: Client) -> None:
    """Have the kernel acknowledge what it just received, and not 40 ms later.

    mosquitto sends the next answer only then (Nagle, on by default). The kernel drops this wish by itself.
    """
    if (sock := client.socket()) is not None:
        cast("socket.socket", sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _on_register_write(_client: Client, _data: Any, _sock: SocketLike) -> None:
    pass
