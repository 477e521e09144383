# SPDX-License-Identifier: Apache-2.0
"""A server that is made when somebody first connects."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from web_admin.server import HttpServer


class OnDemandServer:
    """Listens from the start; `make` gives what serves, with all that it needs, for the first who connects.

    They wait for that, a second or some; most of a machine's life nobody asks, and the memory is free for others.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], Callable[[socket.socket], HttpServer]]) -> None:
        self._listener, self._make = listener, make
        self._wake, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._server: HttpServer | None = None
        self._closed = False

    def run(self) -> None:
        """Answer requests until `close` is called; once only."""
        try:
            if self._somebody_comes():
                server = self._make()(self._listener)
                with self._lock:
                    self._server = server
                if self._closed:
                    server.close()
                server.run()
        finally:
            with self._lock:
                self._closed = True
                for end in (self._listener, self._wake, self._woken):
                    end.close()

    def close(self) -> None:
        """See `HttpServer.close`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._server:
                self._server.close()
            else:
                self._wake.send(b"\0")

    def _somebody_comes(self) -> bool:
        """Wait for that; False if it is closed before."""
        waiting = select.poll()
        for end in (self._listener, self._woken):
            waiting.register(end, select.POLLIN)
        waiting.poll()
        return not self._closed
