# SPDX-License-Identifier: Apache-2.0
"""How the machine is, as far as it says. What it does not say is unknown, never an error."""

from __future__ import annotations

import ctypes
import platform
import shutil
import socket
from pathlib import Path

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")

HOT_C = 80.0
"""From here on the Pi's firmware slows the processor down."""


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 8 * 1024 * 1024
"""More than a frame of 1920 x 1080, which comes and goes all the time."""
_FREE_BYTES = 4 * 1024 * 1024
"""What a heap may keep at its end; an enrolment among a thousand samples takes three times that for a moment."""


def temperature_c() -> float | None:
    """Of the processor, in degrees Celsius."""
    text = _read(_THERMAL)
    return round(int(text) / 1000, 1) if text and text.lstrip("-").isdigit() else None


def names() -> tuple[str, ...]:
    """Under which others find this machine: its host name, and that with ``.local``, by which mDNS knows it."""
    name = platform.node().split(".")[0].lower()
    return (name, f"{name}.local") if name else ()


def address() -> str | None:
    """The IPv4 address that others in the network have for this machine; None without a network. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of nobody (RFC 5737): it only asks which way that would be
        except OSError:
            return None
        return str(probe.getsockname()[0])


def disk_free_bytes(folder: Path) -> int | None:
    """What can still be written where `folder` lies."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def urls(listen: str, url: str = "") -> list[str]:
    """Where a browser finds what listens at ``HOST:PORT``, what works most often first; at `url`, if there is one."""
    if url:
        return [f"{url.rstrip('/')}/"]
    host, _, port = listen.rpartition(":")
    if host not in ("0.0.0.0", "[::]"):  # noqa: S104 - looked at, not listened at
        return [f"http://{host}:{port}/"]
    found = [address() or "127.0.0.1", *names()[1:]]
    return [f"http://{name}:{port}/" for name in found]


def share_one_heap() -> None:
    """Let the threads of this process share one heap; to be called before there are any.

    The C library (glibc) would give each of the many threads of the page one of its own, and keep in each what one
    request has needed. What takes time here allocates little, so hardly anybody waits for another.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune:
        tune(_M_ARENA_MAX, 1)


def map_large_blocks() -> None:
    """Let the C library (glibc) map each block of 8 MiB or more by itself, so that it goes back when it is freed.

    It would otherwise take such a block from the heap of the thread that asks, from the second time on, and keep it:
    once for each thread, and `give_back_memory` does not reach the end of those heaps.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune:
        tune(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        tune(_M_TRIM_THRESHOLD, _FREE_BYTES)  # the first call would leave it at 128 KiB: too eager for pictures


def give_back_memory() -> None:
    """Hand the memory that is free in this process back to the system, where the C library can (glibc).

    It keeps the holes that pictures of many sizes leave behind: the longer an import, the more.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
