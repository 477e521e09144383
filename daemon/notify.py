# SPDX-License-Identifier: Apache-2.0
"""Tells systemd how the service is; does nothing when not under systemd. Protocol: sd_notify(3)."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)

_PATIENCE_S = 0.5
"""systemd may be busy; the supervisor must not wait for it."""


class Notifier:
    """Sends to the socket that systemd names in NOTIFY_SOCKET."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._heard = self._ready = True
        self.watched = bool(self._address and os.environ.get("WATCHDOG_USEC"))
        """Whether systemd starts whod again when it is not told for long enough that it is alive."""

    def ready(self) -> None:
        """The service is up; said again with the next `alive` where nobody heard it, since systemd waits for it."""
        self._ready = self._send("READY=1")

    def need(self, seconds: float) -> None:
        """The start may take so long from now on; more often said, the latest counts."""
        self._send(f"EXTEND_TIMEOUT_USEC={seconds * 1e6:.0f}")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        if not self._ready:
            self.ready()
        self._send("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """For `systemctl status`."""
        self._send(f"STATUS={' '.join(sentence.split())}")  # each line is a message of its own

    def _send(self, message: str) -> bool:
        """Whether systemd has it, or is not there."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_PATIENCE_S)
                # Unconnected, it counts as writable while systemd reads nothing: the wait would burn the processor.
                sender.connect(self._address)
                sender.send(message.encode())
        except OSError as error:
            if self._heard:
                log.warning("systemd cannot be told %r: %s", message, error)
            self._heard = False
        else:
            self._heard = True
        return self._heard
