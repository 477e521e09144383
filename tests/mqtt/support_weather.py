# SPDX-License-Identifier: Apache-2.0
"""The network between a publisher and its broker, as bad as a test wants it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: close with a reset."""


class Weather:
    """Carries bytes between `port`, its own, and a broker's: at once, late, not now, or no more."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._flows = threading.Event()
        self._is_cut = self._closed = False
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.up_s = self.down_s = 0.0
        """What a piece takes to the broker, and back."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port = self._listener.getsockname()[1]
        self.clear()
        self._spawn(self._accept)

    def clear(self) -> None:
        """All passes, also what was held back."""
        self._is_cut = False
        self._flows.set()

    def stall(self) -> None:
        """Nothing passes; nobody is told. New connections are made, and hear nothing."""
        self._flows.clear()

    def cut(self) -> None:
        """Reset every connection and throw away what was held back; new ones are reset too."""
        with self._lock:
            self._is_cut = True
            reset(*self._ends)
            self._ends.clear()
        self._flows.set()

    def close(self) -> None:
        """End."""
        self._closed = True
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _spawn(self, work, *arguments) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=arguments)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                self._join(self._listener.accept()[0])

    def _join(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection(("127.0.0.1", self._broker_port), 1)
        except OSError:
            reset(client)
            return
        with self._lock:
            if self._is_cut:
                reset(client, broker)
                return
            self._ends += (client, broker)
        for end in (client, broker):
            end.settimeout(None)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._spawn(self._carry, client, broker, "up_s")
        self._spawn(self._carry, broker, client, "down_s")

    def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        """One way of one connection, until either side ends it."""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                time.sleep(getattr(self, way))
                self._flows.wait()
                sink.sendall(piece)
        self._flows.wait()
        with self._lock:
            self._ends = [end for end in self._ends if end not in (source, sink)]
            reset(source, sink)


def reset(*ends: socket.socket) -> None:
    """Close with a reset, also under a thread that reads."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.shutdown(socket.SHUT_RD)
        end.close()
