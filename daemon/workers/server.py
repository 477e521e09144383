# SPDX-License-Identifier: Apache-2.0
"""Runs a server that has a loop of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.workers.base import Pulse


class Server(Protocol):
    """A server that listens already."""

    def run(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class ServerWorker:
    """`listen` opens the server; its loop is the run. It answers for itself, so silence says nothing."""

    stale_after_s = float("inf")
    problem: str | None = None

    def __init__(self, name: str, listen: Callable[[], Server]) -> None:
        self.name = name
        self._listen = listen

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        server = self._listen()
        try:
            pulse.on_stop(server.close)
            pulse.beat()
            if not pulse.stopping:
                server.run()
        finally:
            server.close()
