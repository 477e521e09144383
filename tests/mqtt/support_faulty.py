# SPDX-License-Identifier: Apache-2.0
"""A broker that goes by a script, and the scripts of bad ones."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_weather import reset

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ = 0x10, 0x30, 0x80, 0xA0, 0xC0
DENIED = 0x87


@dataclass(frozen=True)
class Packet:
    """What the other side sent."""

    kind: int
    flags: int
    body: bytes

    @property
    def topic(self) -> str:
        """Of a PUBLISH; else empty."""
        return self.body[2 : 2 + self._topic_length].decode() if self.kind == PUBLISH else ""

    @property
    def mid(self) -> bytes:
        """Of a PUBLISH at QoS 1, a SUBSCRIBE or an UNSUBSCRIBE."""
        at = 2 + self._topic_length if self.kind == PUBLISH else 0
        return self.body[at : at + 2]

    @property
    def payload(self) -> bytes:
        """Of a PUBLISH with less than 128 bytes of properties."""
        properties = self.body[2 + self._topic_length + (2 if self.wants_answer else 0) :]
        return properties[1 + properties[0] :]

    @property
    def wants_answer(self) -> bool:
        return self.kind != PUBLISH or self.flags & 0x06 != 0

    @property
    def _topic_length(self) -> int:
        return int.from_bytes(self.body[:2], "big")


class Peer:
    """One connection, packet by packet."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self) -> Packet:
        """The next packet. Raises ConnectionError at the end."""
        head = self._take(1)[0]
        length = shift = 0
        while True:
            byte = self._take(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return Packet(head & 0xF0, head & 0x0F, self._take(length))

    def write(self, answer: bytes, byte_s: float = 0) -> None:
        """At once, or byte by byte."""
        if not byte_s:
            self._connection.sendall(answer)
            return
        for byte in answer:
            time.sleep(byte_s)
            self._connection.sendall(bytes([byte]))

    def reset(self) -> None:
        reset(self._connection)

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            piece = self._connection.recv(count - len(taken))
            if not piece:
                raise ConnectionError("the other side has gone")
            taken += piece
        return taken


class FaultyBroker:
    """Listens, and goes by `script` with each connection, over TLS if `tls` is given; counts the `tries`.

    `tried_at` is the time of the first, by the monotonic clock.
    """

    def __init__(self, script: Callable[[Peer], None], tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self._tls = tls
        self.tries = 0
        self.tried_at = 0.0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept)

    def close(self) -> None:
        """End."""
        self._listener.shutdown(socket.SHUT_RDWR)
        reset(*self._open)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _spawn(self, work, *arguments) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.tried_at = self.tried_at or time.monotonic()
                self.tries += 1
                self._open.append(connection)
                self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self.script(Peer(connection))


def says_nothing(peer: Peer) -> None:
    """The connection is made, and that is all."""
    while True:
        peer.read()


def resets(peer: Peer) -> None:
    """At the first packet."""
    peer.read()
    peer.reset()


def talks_nonsense(peer: Peer) -> None:
    peer.read()
    peer.write(bytes(range(256)) * 4)
    says_nothing(peer)


def refuses(code: int) -> Callable[[Peer], None]:
    """A script that does not let in."""

    def script(peer: Peer) -> None:
        peer.read()
        peer.write(bytes([0x20, 3, 0, code, 0]))

    return script


def answers(
    *, only: int = 0xFF, denied: Callable[[Packet], bool] = lambda _packet: False, byte_s: float = 0
) -> Callable[[Peer], None]:
    """A script that lets in and answers rightly: `only` one kind of packet, no to what is `denied`, slowly."""

    def script(peer: Peer) -> None:
        while packet := peer.read():
            if packet.wants_answer and only in (0xFF, packet.kind):
                peer.write(answer_to(packet, DENIED if denied(packet) else 0), byte_s)

    return script


def answer_to(packet: Packet, code: int = 0) -> bytes:
    """By MQTT 5."""
    match packet.kind:
        case 0x10:
            return b"\x20\x03\x00\x00\x00"
        case 0x30:
            return b"\x40\x04" + packet.mid + bytes([code, 0])
        case 0x80:
            return b"\x90\x04" + packet.mid + b"\x00" + bytes([code])
        case 0xA0:
            return b"\xb0\x04" + packet.mid + b"\x00\x00"
        case 0xC0:
            return b"\xd0\x00"
    return b""
