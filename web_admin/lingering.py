# SPDX-License-Identifier: Apache-2.0
"""A client that is refused before all of its request has come gets to read why.

Whoever closes a connection on which data still comes has the kernel say so to the other side, at once; a browser or a
proxy that is still sending then throws the answer away. So the rest is taken in for a while, and thrown away here.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from waitress.channel import HTTPChannel

_LINGER_S = 20.0
"""How long the rest may take."""
_LINGER_BYTES = 16_000_000
"""How much of it is taken in."""


class LingeringChannel(HTTPChannel):  # type: ignore[misc]
    """waitress's channel; one that is `refused` closes its own side first."""

    adj: Any
    socket: Any
    refused = False
    """Set by who answers a request of which the rest may still come."""
    lingers_until_s: float | None = None
    _thrown_away = 0

    def readable(self) -> bool:
        """Whether anything is to be taken in."""
        return self.lingers_until_s is not None or bool(super().readable())

    def writable(self) -> bool:
        """Whether anything is to be sent, or the connection to be closed."""
        if self.lingers_until_s is not None:
            return time.monotonic() >= self.lingers_until_s
        return bool(super().writable())

    def handle_read(self) -> None:
        """Take in what has come; while it lingers, for nothing."""
        if self.lingers_until_s is None:
            super().handle_read()
            return
        try:
            self._thrown_away += len(self.recv(self.adj.recv_bytes))  # closes by itself at the end
            if self._thrown_away > _LINGER_BYTES:
                self.handle_close()
        except OSError:
            self.handle_close()

    def handle_write(self) -> None:
        """Send what waits, and close what is to be closed."""
        if self.lingers_until_s is not None:
            self.handle_close()
            return
        if self.refused and self.close_when_flushed:
            self._flush_exception(self._flush_some)
            if self.will_close or self.total_outbufs_len:
                return
            self._linger()
            return
        super().handle_write()

    def _linger(self) -> None:
        self.lingers_until_s = time.monotonic() + _LINGER_S
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
