# SPDX-License-Identifier: Apache-2.0
"""One connection to a broker, from its start to its end; the only importer of paho.

A new paho client is made for each connection. One that reconnects by itself sends again what was not
acknowledged, with its full expiry, and keeps what was published while offline; here what a connection did not
deliver ends with it, and the outbox alone decides what is sent again.
"""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import MQTTException, Properties  # type: ignore[attr-defined]
from paho.mqtt.subscribeoptions import SubscribeOptions

from daemon.errors import BrokerError, ConfigError
from daemon.mqtt import tcp
from daemon.mqtt.hearing import PAYLOAD_BYTES, Hearing
from daemon.mqtt.messages import OFFLINE
from daemon.mqtt.notices import Acked, Ended, Heard, Notice, Up
from daemon.mqtt.problems import Broker, Problem
from daemon.mqtt.tls import TlsSocket, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.client import SocketLike
    from paho.mqtt.reasoncodes import ReasonCode

    from daemon.config import MqttSettings
    from daemon.mqtt.topics import Topics

CONNECT_TIMEOUT_S = 3.0
LARGEST_BYTES = 2_000_000
"""What is read of any message; MQTT 5 brokers are told."""

_LOOP_S = 1.0
_OVERHEAD_BYTES = 1000
"""Of a packet besides its payload: topic and properties."""
_PERHAPS_OLD = ("old", "lost")
"""A broker that knows no MQTT 5 says so, or just hangs up."""
_NO_GREETING = ("lost", "strange")
_NO_MQTT = (MQTTException, ValueError, LookupError, TypeError, struct.error)
"""What paho raises when the other side speaks something else."""


class Link:
    """A connection in a thread of its own. What happens is told to `post`, from that thread.

    No method but `join` waits for the network. A connection of a `guest`, by that name, is one beside the usual
    one: it leaves no will, and is told of messages that are not retained too.
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
        self._settings = settings
        self._password = password if settings.username else None
        self._topics = topics
        self._broker = Broker(settings.host, settings.port)
        self._post = post
        self._guest = guest
        self._problem: Problem | None = None
        self._accepted = False
        self._leaving = False
        self._aborted = False
        self._mqtt5 = True
        self._hearing = Hearing()
        # A broker gives up on us after 1.5 times what it is told, and paho on a broker after up to twice.
        self._keepalive_s = max(1, settings.keepalive_s * 3 // 4)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._client: Client | None = None
        """While there is a connection, or is to be one."""

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the connection, which somebody has asked for."""
        self._thread.join(timeout_s)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool = False,
        expiry_s: int | None = None,
        correlation: bytes | None = None,
    ) -> int:
        """Send a message; gives the `mid` of its `Acked`. What finds no connection is lost.

        `expiry_s` and `correlation` are sent to a broker that speaks MQTT 5.
        """
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        if correlation is not None:
            properties.CorrelationData = correlation
        if (client := self._client) is None:
            return 0
        if retain and not self._mqtt5:
            self._hearing.said()
        return client.publish(topic, payload, qos, retain, properties if self._mqtt5 else None).mid

    def ask(self) -> int:
        """Ask whether the broker is there; gives the `mid` of its `Acked`.

        The question is an UNSUBSCRIBE from what was never subscribed: paho tells of no PINGRESP, and a PUBLISH
        would reach others.
        """
        return self.unsubscribe(self._topics.identified)

    def subscribe(self, topic: str, qos: int = 0, *, most_bytes: int = PAYLOAD_BYTES) -> int:
        """Ask for what a topic retains, and, if `hear` was told, for what comes; gives the `mid` of its `Acked`.

        Of each payload at most `most_bytes` are given; more than 4096 only where `topic` is no filter.
        """
        self._hearing.ask(topic, qos, most_bytes)
        if (client := self._client) is None:
            return 0
        # What we say ourselves is to be heard by a guest only.
        _, mid = client.subscribe(
            (topic, SubscribeOptions(qos, noLocal=not self._guest)) if self._mqtt5 else (topic, qos)
        )
        return mid or 0

    def unsubscribe(self, topic: str) -> int:
        """Ask for nothing more of a topic; gives the `mid` of its `Acked`."""
        if (client := self._client) is None:
            return 0
        _, mid = client.unsubscribe(topic)
        return mid or 0

    def hear(self, topics: Iterable[str]) -> None:
        """Give live messages on exactly these topics too, at most `LIVE_PER_S` each; others are dropped."""
        self._hearing.hear(topics)

    def leave(self) -> None:
        """End the connection in good order, after what was published."""
        self._leaving = True
        client = self._client
        if client is None or client.disconnect() == MQTTErrorCode.MQTT_ERR_NO_CONN:
            self._aborted = True  # it is yet to be made

    def abort(self, problem: Problem) -> None:
        """End the connection now, for this reason; bytes not yet sent are thrown away."""
        self._problem = self._problem or problem
        self._aborted = True
        if client := self._client:
            tcp.cut(client.socket())

    def _new_client(self) -> Client:
        # The client id stays the same: the broker then ends what it still holds of an older connection of ours
        # at once, and not with a late `offline` after our `online`.
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._guest or f"{self._topics.base}-{self._topics.node}",
            protocol=MQTTProtocolVersion.MQTTv5 if self._mqtt5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        if self._settings.username:
            client.username_pw_set(self._settings.username, self._password)
        if not self._guest:
            client.will_set(self._topics.availability, OFFLINE, qos=1, retain=True)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = 0
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        # With a callback here, paho leaves all writing to our thread.
        client.on_socket_register_write = _on_register_write
        return client

    def _run(self) -> None:
        problem: Problem | None = self._broker.lost
        try:
            problem = self._converse()
            if problem is not None and problem.kind in _PERHAPS_OLD and not (self._accepted or self._leaving):
                problem = self._converse_in_older(problem)
            if problem is not None and problem.kind in _NO_GREETING and not self._accepted:
                problem = self._broker.no_greeting(tls=self._settings.tls)
        finally:
            self._post(self, Ended(problem))

    def _converse_in_older(self, first: Problem) -> Problem | None:
        self._problem, self._mqtt5 = None, False
        problem = self._converse()
        understood = problem is None or self._accepted or problem.kind in ("no-entry", "closed")
        return problem if understood else first

    def _converse(self) -> Problem | None:
        """A connection from its start to its end; gives why it ended, None if we left."""
        client = self._client = self._new_client()
        try:
            if self._settings.tls:
                client.tls_set_context(tls_context(self._settings))
            client.connect(self._broker.host, self._broker.port, self._keepalive_s, **self._terms())
            while not self._aborted and client.loop(_LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                tcp.acknowledge_at_once(client.socket())
                self._hearing.listen_again(client.subscribe)
        except (OSError, ConfigError, *_NO_MQTT) as error:
            self._problem = self._problem or self._broker.failed(error)
        finally:
            if not self._leaving:
                self._problem = self._problem or self._broker.lost
            if (sock := client.socket()) is not None:
                self._on_socket_close(client, None, sock)
                sock.close()
            # paho closes what else it opened when it is freed: whoever still has this link must not hinder that.
            client.on_socket_close = None
            self._client = None
        return self._problem

    def _terms(self) -> dict[str, Any]:
        """What only MQTT 5 brokers are told."""
        if not self._mqtt5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = LARGEST_BYTES + _OVERHEAD_BYTES
        return {"clean_start": True, "properties": properties}

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._problem = self._broker.refused(reason.value, str(reason))
        else:
            self._accepted = True
            # paho would heed it also where it is so long that a stall is seen too late.
            asked = getattr(properties, "ServerKeepAlive", 0) or self._keepalive_s
            client._keepalive = min(asked, self._keepalive_s)  # noqa: SLF001
            self._post(
                self,
                Up(
                    getattr(properties, "ReceiveMaximum", 65535),
                    getattr(properties, "MaximumPacketSize", None),
                    self._mqtt5,
                ),
            )

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

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        if (
            message.retain
            or self._guest
            or self._hearing.heeds(message.topic, len(message.payload), client.unsubscribe)
        ):
            self._post(
                self,
                Heard(
                    message.topic,
                    bytes(message.payload[: self._hearing.most_bytes(message.topic)]),
                    message.retain,
                    getattr(message.properties, "CorrelationData", None),
                    getattr(message.properties, "ResponseTopic", None),
                ),
            )

    def _on_socket_open(self, _client: Client, _data: Any, sock: SocketLike) -> None:
        tcp.tune(sock)
        settings = self._settings
        if self._password and not (settings.tls or settings.plain_password or tcp.stays_here(sock)):
            self._problem = self._broker.plain
            raise BrokerError(self._problem.sentence)  # before the password is sent

    def _on_socket_close(self, _client: Client, _data: Any, sock: SocketLike) -> None:
        if isinstance(sock, TlsSocket) and sock.fault is not None and not self._accepted:
            self._problem = self._problem or self._broker.failed(sock.fault)
        if not self._leaving:
            tcp.reset_at_close(sock)


def _on_register_write(_client: Client, _data: Any, _sock: SocketLike) -> None:
    pass
