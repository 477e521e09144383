# SPDX-License-Identifier: Apache-2.0
"""Serves an app on a TCP port or on a Unix socket, each with its own small waitress."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore

from web_admin import limits
from web_admin.bodies import SLACK, Allowance, channel_class
from web_admin.crowd import accept_waves, make_room
from web_admin.listening import listen_tcp, listen_unix

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from flask import Flask

_GRACE_S = 0.5
"""How long requests that are being answered may go on when the server is closed."""

_TURN_S = 1.0

_THREADS = 4 + limits.LISTENERS

_ADJUSTMENTS: dict[str, Any] = {
    "ident": None,  # nobody needs to know what serves
    "connection_limit": limits.CONNECTIONS,  # idle ones cost a descriptor each, no thread
    "channel_timeout": 30,  # the page polls five times a second: whoever is silent so long is gone
    "cleanup_interval": 10,
    "max_request_header_size": 16_384,
    "clear_untrusted_proxy_headers": False,  # `proxies` does, and knows networks and prefixes
    "log_socket_errors": False,  # a browser that goes away is no event
}


class HttpServer:
    """Listens from the start; `run` answers until `close`."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).setLevel(logging.ERROR)  # the rest is about load, and comes in floods
        self.address: Any = listener.getsockname()
        self._watched: dict[int, Any] = {}
        allowance = Allowance.of(app)
        self._server = create_server(
            app,
            map=self._watched,
            sockets=[listener],
            threads=_THREADS,
            max_request_body_size=allowance.large + SLACK,
            **_ADJUSTMENTS,
        )
        self._server.channel_class = channel_class(allowance)
        accept_waves(self._server)
        self._lock = threading.Lock()
        self._running = False
        self._closed = False

    def run(self) -> None:
        """Answer requests until `close` is called; once only."""
        with self._lock:
            if self._closed:
                return
            self._running = True
        try:
            while not self._closed:
                # poll(), because select() fails from descriptor 1024 on
                wasyncore.loop(_TURN_S, use_poll=True, map=self._watched, count=1)
                make_room(self._server)
        finally:
            with self._lock:
                self._closed = True
                self._release()

    def close(self) -> None:
        """Stop listening, drop the connections and let `run` end, within a second. From any thread, any time."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._running:
                self._server.pull_trigger()
            else:
                self._release()

    def _release(self) -> None:
        """Give everything back, the trigger last.

        Whoever is still answering pulls it, and by then the number of its descriptor could be another file's.
        """
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        wasyncore.dispatcher.close(self._server)
        workers = self._server.task_dispatcher
        workers.shutdown(timeout=_GRACE_S)
        if not workers.threads:
            self._server.trigger.close()


def serve_tcp(app: Flask, host: str, port: int) -> HttpServer:
    """Listen at a TCP port; see `listen_tcp`."""
    return HttpServer(app, listen_tcp(host, port))


def serve_unix(app: Flask, path: Path) -> HttpServer:
    """Listen at a Unix socket; see `listen_unix`."""
    return HttpServer(app, listen_unix(path))
