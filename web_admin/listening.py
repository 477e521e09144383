# SPDX-License-Identifier: Apache-2.0
"""Where an app can be reached: a TCP port or a Unix socket. Raises ListenError."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from daemon.errors import ListenError

if TYPE_CHECKING:
    from pathlib import Path


def listen_tcp(host: str, port: int) -> socket.socket:
    """A socket there; `host` is a name or an address, IPv6 with or without brackets."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        return socket.create_server((bare, port), family=family)
    except OSError as error:
        raise ListenError(_tcp_sentence(f"{host}:{port}", error)) from error


def listen_unix(path: Path) -> socket.socket:
    """A socket that its owner alone may use.

    One that is there already is a dead one's and is removed: the caller owns the folder that it lies in.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o600)  # before it listens, so nobody else gets in between
        listener.listen()
    except OSError as error:
        listener.close()
        raise ListenError(f"{path}: cannot be made as a socket ({error}): {_unix_advice(error)}") from error
    return listener


def _tcp_sentence(address: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"web.listen: address {address} is already in use by another program: choose another port."
        case errno.EACCES:
            return f"web.listen: this user may not listen at {address}: choose a port from 1024 on."
        case _:
            return f"web.listen: cannot listen at {address} ({error.strerror or error}): choose another address."


def _unix_advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "something else has this name; move it away."
    if error.errno is None:  # Python's own check of the length has no number
        return "choose a state folder with a shorter path."
    return "make the state folder writable for this user."
