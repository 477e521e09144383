# SPDX-License-Identifier: Apache-2.0
"""Servers that answer as a test wants: brokers of few words, and what is none."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def a_server_that(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """Listens, and calls `answer` with each connection; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
                while True:
                    connection = opened.enter_context(server.accept()[0])
                    connection.settimeout(1)
                    with contextlib.suppress(OSError):
                        connection.recv(1024)
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def a_broker_that(connection: socket.socket, *, acknowledges: bool, lets_read: bool) -> None:
    """A broker of few words: accepts, answers pings, and else what it is told to."""
    stream = connection.makefile("rwb", buffering=0)
    stream.write(b"\x20\x03\x00\x00\x00")
    with contextlib.suppress(OSError):
        while head := stream.read(1):
            length = stream.read(1)[0]
            if length & 0x80:
                length = length & 0x7F | stream.read(1)[0] << 7
            body = stream.read(length)
            match head[0] & 0xF0:
                case 0xC0:
                    stream.write(b"\xd0\x00")
                case 0x80:
                    stream.write(b"\x90\x04" + body[:2] + b"\x00" + (b"\x00" if lets_read else b"\x87"))
                case 0x30 if acknowledges and head[0] & 0x06:
                    topic_length = int.from_bytes(body[:2], "big")
                    stream.write(b"\x40\x02" + body[2 + topic_length : 4 + topic_length])
