# SPDX-License-Identifier: Apache-2.0
"""What is measured of a process that runs for long, and whether it grows."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

WARM_UP = 0.2
"""Part of the frames that does not count: whatever is loaded when it is first needed."""
PER = 100_000
DATABASES = ("events.db", "gallery.db")
BLOCKS, T_975 = 20, 2.101
"""Samples that follow one another are alike; the means of so many blocks are less so. Student's t for 18 degrees."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the process and its files; sizes in MB."""

    at_s: float
    frames: int
    memory: float
    """Resident, as the kernel counts it."""
    own: float
    """Of that, what is in no file: heap and stacks."""
    descriptors: int
    threads: int
    events_db: float
    """With its journal, as all databases."""
    gallery_db: float
    other_files: float
    """All else in the state folder: backups, jobs, sessions."""
    cpu_s: float


class Trend(NamedTuple):
    """How much it grows in 100,000 frames, and between which bounds that is with 95 %."""

    slope: float
    low: float
    high: float


def look(process: int, state: Path, at_s: float, frames: int) -> Sample:
    """A sample of now."""
    proc = Path(f"/proc/{process}")
    rollup = _fields(proc / "smaps_rollup")
    ticks = (proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    sizes = {path: _size(path) for path in state.rglob("*")}
    databases = {name: sum(size for path, size in sizes.items() if path.name.startswith(name)) for name in DATABASES}
    return Sample(
        at_s=round(at_s, 2),
        frames=frames,
        memory=rollup["Rss"],
        own=rollup["Anonymous"],
        descriptors=len(list((proc / "fd").iterdir())),
        threads=len(list((proc / "task").iterdir())),
        events_db=databases["events.db"],
        gallery_db=databases["gallery.db"],
        other_files=sum(sizes.values()) - sum(databases.values()),
        cpu_s=(int(ticks[11]) + int(ticks[12])) / 100,
    )


def trend(frames: Sequence[float], values: Sequence[float]) -> Trend:
    """A straight line through the means of blocks of samples; of at least twice as many samples as blocks."""
    if len(frames) < 2 * BLOCKS:
        raise ValueError(f"{len(frames)} samples after the warm-up are too few for a trend: let it run for longer.")
    x, y = (
        np.array([block.mean() for block in np.array_split(np.asarray(row, float), BLOCKS)])
        for row in (frames, values)
    )
    x = (x - x.mean()) / PER
    slope = float(x @ y / (x @ x))
    rest = y - y.mean() - slope * x
    error = T_975 * float(np.sqrt(rest @ rest / (BLOCKS - 2) / (x @ x)))
    return Trend(slope, slope - error, slope + error)


def warm(samples: Sequence[Sample]) -> list[Sample]:
    """Those after the warm-up."""
    return [sample for sample in samples if sample.frames >= WARM_UP * samples[-1].frames]


def append(path: Path, sample: Sample) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(sample)) + "\n")


def read(path: Path) -> list[Sample]:
    return [Sample(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _fields(path: Path) -> dict[str, float]:
    """MB by name."""
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines()[1:])
    return {name.rstrip(":"): int(size) * 1024 / 1e6 for name, size, _ in rows}


def visits(path: Path) -> tuple[int, int]:
    """How many the history holds, and how many there were since the beginning; nothing may have it open."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        (row,) = database.execute("SELECT count(*), coalesce(max(id), 0) FROM visit")
    return row


def _size(path: Path) -> float:
    try:
        return path.stat().st_size / 1e6 if path.is_file() else 0.0
    except FileNotFoundError:
        return 0.0
