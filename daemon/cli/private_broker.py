# SPDX-License-Identifier: Apache-2.0
"""A mosquitto of our own, for trying things out: on this machine alone, and gone when we are."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from daemon.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPBACK = "127.0.0.1"

_START_LIMIT_S = 5.0
_END_LIMIT_S = 2.0


def find_mosquitto() -> str | None:
    """The broker's program; Debian puts it where a user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port of the loopback interface that nobody uses at the moment."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def private_broker(program: str, folder: Path) -> Iterator[int]:
    """Run mosquitto with its configuration in `folder`; gives the port, on which it listens by then.

    Anybody on this machine may use it, and it keeps nothing. It ends with the context, and with this process, however
    that ends. Raises BrokerError if it does not start.
    """
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(_config(port), encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 - no shell, and the words are ours
        [*_bound_to_us(), program, "-c", os.fspath(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A Ctrl-C is for us: we say goodbye to the broker, then end it.
        start_new_session=True,
    )
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _config(port: int) -> str:
    lines = [f"listener {port} {LOOPBACK}", "allow_anonymous true", "persistence false", "log_dest none"]
    if os.geteuid() == 0:
        # It would change its user, and the kernel then forgets what it is to do when we end.
        lines.append("user root")
    return "\n".join((*lines, ""))


def _bound_to_us() -> tuple[str, ...]:
    """What to put before a command so that the kernel ends it when we are gone, even killed."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM") if setpriv else ()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.02)
    raise BrokerError("mosquitto was started and does not answer.")
