# SPDX-License-Identifier: Apache-2.0
"""How fast hostile pictures are refused: processor time of the decoder, and time until a running daemon answers.

Usage: `.venv/bin/python tests/bench/hostile.py`
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from support_daemon import EILEEN, Daemon
from support_visited import House
from test_bombs import HARMLESS, REFUSED

from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 5


def _least(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """The least of a few rounds, in ms: what it takes, and not what else the machine does."""
    times = []
    for _ in range(_ROUNDS):
        started = clock()
        with contextlib.suppress(PhotoError):
            work()
        times.append(clock() - started)
    return 1000 * min(times)


def _decoding(data: bytes) -> Callable[[], object]:
    return lambda: decode(Photo("p", data))


def _asking(house: House, data: bytes) -> Callable[[], object]:
    return lambda: house.identify(data)


def main() -> None:
    whole = EILEEN.read_bytes()
    pictures = {
        "empty": b"",
        "1 byte": b"\xff",
        "random 1 MB": random.Random(1).randbytes(10**6),
        **{f"JPEG cut at {percent} %": whole[: len(whole) * percent // 100] for percent in range(100)},
        **REFUSED,
        **HARMLESS,
    }
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Daemon(Path(folder))) as daemon:
        daemon.start("camera.source=demo")
        house = House(daemon.state)
        answers = {name: house.identify(data).status for name, data in pictures.items()}
        rows = [
            (_least(time.thread_time, _decoding(data)), _least(time.perf_counter, _asking(house, data)), name)
            for name, data in pictures.items()
        ]
    print("decoder ms  API ms    bytes  status  picture")
    for decoder, api, name in sorted(rows, reverse=True)[:25]:
        print(f"{decoder:10.1f}  {api:6.1f}  {len(pictures[name]):7}  {answers[name]}     {name}")
    print(f"of {len(rows)}: decoder {max(row[0] for row in rows):.1f} ms, API {max(row[1] for row in rows):.1f} ms")


if __name__ == "__main__":
    main()
