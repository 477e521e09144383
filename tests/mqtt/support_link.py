# SPDX-License-Identifier: Apache-2.0
"""One connection, what it tells, and a gate before the broker that speaks MQTT 3.1.1 only."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from support_broker import PATIENCE_S, wait_until

from daemon.config import load
from daemon.mqtt.link import Link
from daemon.mqtt.notices import Acked, Ended
from daemon.mqtt.topics import Topics

MQTT = replace(load().settings.mqtt, host="127.0.0.1", node="door")
TOPICS = Topics("whod", "door")
COMMAND = "whod/door/command/pause"
NOT_FIVE = b"\x20\x02\x00\x01"


class Older:
    """Stands before a broker, and lets through who speaks MQTT 3.1.1; answers others so, and hangs up."""

    def __init__(self, broker_port: int, answer: bytes = NOT_FIVE) -> None:
        self.versions: list[int] = []
        self.lets_through = (4,)
        self._answer = answer
        self._broker = ("127.0.0.1", broker_port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._greet, args=(client,), daemon=True).start()

    def _greet(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = client.recv(4096)
            self.versions.append(head[head.index(b"MQTT") + 4])
            if self.versions[-1] not in self.lets_through:
                client.sendall(self._answer)
                return
            with socket.create_connection(self._broker) as broker:
                broker.sendall(head)
                self._open += [client, broker]
                back = threading.Thread(target=_pipe, args=(broker, client))
                back.start()
                _pipe(client, broker)
                back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


class Talk:
    """A link, and what it told."""

    def __init__(self, port: int, **settings: object) -> None:
        self.notices: list[object] = []
        settings = {"port": port, **settings}
        self.link = Link(replace(MQTT, **settings), None, TOPICS, lambda _, notice: self.notices.append(notice))
        self.link.start()

    def told(self, kind: type, count: int = 1) -> list:
        """Wait for so many notices of a kind."""

        def found() -> list:
            matching = [notice for notice in self.notices if isinstance(notice, kind)]
            return matching if len(matching) >= count else []

        return wait_until(found, f"{count} {kind.__name__}")

    def done(self, mid: int) -> None:
        """Wait for the broker's answer."""
        wait_until(lambda: any(isinstance(n, Acked) and n.mid == mid for n in self.notices), f"the answer to {mid}")

    def close(self) -> None:
        if not any(isinstance(notice, Ended) for notice in self.notices):
            self.link.leave()
            self.told(Ended)


def say(client, topic, payload, *, retain=False, **wishes):
    properties = Properties(PacketTypes.PUBLISH)
    for name, value in wishes.items():
        setattr(properties, name, value)
    client.publish(topic, payload, qos=1, retain=retain, properties=properties).wait_for_publish(PATIENCE_S)
