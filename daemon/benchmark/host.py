# SPDX-License-Identifier: Apache-2.0
"""What was measured on: the machine, what it has to do besides, and the versions that count."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from daemon import __version__
from daemon.firmware import throttled
from daemon.machine import temperature_c
from daemon.vision import runtime_name

_BOARD = Path("/proc/device-tree/model")
_PROCESSOR = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/meminfo")
_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)
"""Of the fields in /proc/stat: idle, and waiting for a disk."""
_GUEST = 8
"""From this field on, time that is counted before already."""


@dataclass(frozen=True, slots=True)
class Host:
    """The machine before it was measured. What it does not tell is None."""

    processor: str
    cores: int
    """That this process may use."""
    memory_mb: int | None
    load: float
    """Mean number of busy threads in the last minute."""
    temperature_c: float | None
    throttled: bool | None
    """Held back by its firmware, for heat or a weak power supply."""
    versions: dict[str, str | None]

    @classmethod
    def here(cls) -> Host:
        """This one, now."""
        return cls(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)),
            memory_mb=_memory("MemTotal"),
            load=round(os.getloadavg()[0], 2),
            temperature_c=temperature_c(),
            throttled=throttled(),
            versions=_versions(),
        )


def free_bytes() -> int | None:
    """Memory that a process may still take without others being put out; None if the machine does not tell."""
    megabytes = _memory("MemAvailable")
    return None if megabytes is None else megabytes * 1_000_000


class Neighbours:
    """Tells how many cores others used, from its making to the question."""

    def __init__(self) -> None:
        self._began = time.monotonic(), _busy_s(), _own_s()

    def cores(self) -> float | None:
        """On average; None if the machine does not tell."""
        began, busy_s, own_s = self._began
        now_s = _busy_s()
        if busy_s is None or now_s is None:
            return None
        others_s = now_s - busy_s - (_own_s() - own_s)
        return round(max(0.0, others_s) / max(time.monotonic() - began, 1e-3), 2)


def _processor() -> str:
    """Of a board its name, of a PC that of its processor."""
    for path, key in ((_BOARD, ""), (_PROCESSOR, "model name")):
        for line in _lines(path):
            name, _, value = line.partition(":")
            if not key:
                return line.strip("\0 ")
            if name.strip() == key:
                return value.strip()
    return platform.machine()


def _memory(key: str) -> int | None:
    """In megabytes."""
    for line in _lines(_MEMORY):
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024 // 1_000_000
    return None


def _versions() -> dict[str, str | None]:
    runtime = runtime_name().replace("_", "-")
    return {
        "whod": __version__,
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "opencv": _version("opencv-python-headless"),
        "runtime": f"{runtime} {_version(runtime) or ''}".strip(),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # a library of the system need not say
        return None


def _busy_s() -> float | None:
    """What all processors together have worked since the machine started, in seconds."""
    first, *_ = *_lines(_STAT), ""
    fields = [int(field) for field in first.split()[1:]][:_GUEST]
    return (sum(fields) - sum(fields[_IDLE])) / os.sysconf("SC_CLK_TCK") if fields else None


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
