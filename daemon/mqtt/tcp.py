# SPDX-License-Identifier: Apache-2.0
"""The TCP socket under a connection, and what it must and must not do by itself."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

USER_TIMEOUT_MS = 5000
"""Bytes that nobody acknowledged for so long end the connection: a stalled network delivers nothing later."""


def tune(sock: SocketLike) -> None:
    """Send at once, or give up."""
    tcp = cast("socket.socket", sock)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def stays_here(sock: SocketLike) -> bool:
    """Whether the other end is on this machine, so that nobody on the network can read along."""
    tcp = cast("socket.socket", sock)
    own, peer = tcp.getsockname()[0], tcp.getpeername()[0]
    return own == peer or ipaddress.ip_address(peer).is_loopback


def acknowledge_at_once(sock: SocketLike | None) -> None:
    """Have the kernel acknowledge what it just received, and not 40 ms later.

    mosquitto sends the next answer only then (Nagle, on by default). The kernel drops this wish by itself.
    """
    if sock is not None:
        cast("socket.socket", sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def cut(sock: SocketLike | None) -> None:
    """End the connection while another thread uses it; it finds that out."""
    if sock is not None:
        with contextlib.suppress(OSError):
            # SSLSocket.shutdown would have that thread go on without TLS.
            socket.socket.shutdown(cast("socket.socket", sock), socket.SHUT_RDWR)


def reset_at_close(sock: SocketLike) -> None:
    """Close with a reset: the kernel would go on trying to deliver what it holds."""
    linger = struct.pack("ii", 1, 0)
    cast("socket.socket", sock).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
