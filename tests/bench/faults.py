# SPDX-License-Identifier: Apache-2.0
"""How soon a daemon tells what is wrong with its camera, opens it anew, and names people after; how soon it ends.

    .venv/bin/python tests/bench/faults.py [camera] [hang] [clock] [start] [end]

camera: each fault of the script (docs/faults.md) three times, in turns, for 12 s at least: the median and the worst.
hang: a camera that blocks for ever: when systemd is fed no more.
clock: the processor's time before and after the wall clock was set by ten years, with libfaketime.
start: from the process to READY, ten times.
end: SIGTERM with visitors in 60 frames a second, enrolments under way and a broker that is not there, answers
nothing, or was stopped, five times each.
"""

import contextlib
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from support_broker import Broker, free_port, wait_until
from support_daemon import EILEEN, Daemon, play
from support_ending import busy, end, enrolled
from support_faults import FAULTS, FaultyDoor, fed
from support_set_clock import WallClock

ROUNDS = 5
CAMERA_ROUNDS = 3
TICKS_S = os.sysconf("SC_CLK_TCK")


def camera(folder: Path) -> None:
    with contextlib.closing(FaultyDoor(folder)) as door:
        door.start()
        times = {fault: [] for fault in FAULTS}
        for _ in range(CAMERA_ROUNDS):
            for fault in FAULTS:
                times[fault].append(door.times(fault, 12))
                if fault in ("block", "crash", "black", "frozen"):
                    time.sleep(32)  # what follows is a first failure again
    for fault, rounds in times.items():
        told = [f"{statistics.median(of):5.1f} ({max(of):4.1f}) s" for of in zip(*rounds, strict=True)]
        print(f"{fault:8} red {told[0]}   opened anew {told[1]}   named again {told[2]}")


def hang(folder: Path) -> None:
    os.environ["WATCHDOG_USEC"] = "30000000"
    try:
        with contextlib.closing(FaultyDoor(folder)) as door:
            door.start()
            door.wrong("block")
            begun_s = time.monotonic()
            wait_until(lambda: not fed(door.daemon, 2), "the watchdog to be fed no more", 180)
            print(f"hang     systemd is fed no more after {time.monotonic() - begun_s - 2:.0f} s")
    finally:
        del os.environ["WATCHDOG_USEC"]


def clock(folder: Path) -> None:
    wall = WallClock(folder)
    os.environ.update(wall.environ)
    try:
        with contextlib.closing(FaultyDoor(folder)) as door:
            door.start()
            time.sleep(5)
            usual = load(door.daemon.process.pid)
            for days in (3650, -3650):
                wall.shift(days)
                after = load(door.daemon.process.pid)
                print(f"clock    set by {days:+} days: {100 * after:.0f} % of a core, before {100 * usual:.0f} %")
    finally:
        for name in wall.environ:
            del os.environ[name]


def load(process: int, seconds: float = 20.0) -> float:
    """The processor's seconds that it takes in a second."""
    before, begun_s = ticks(process), time.monotonic()
    time.sleep(seconds)
    return (ticks(process) - before) / TICKS_S / (time.monotonic() - begun_s)


def ticks(process: int) -> int:
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def start(folder: Path) -> None:
    seconds, worked = [], []
    with contextlib.closing(Daemon(folder)) as daemon:
        day = play(folder / "day", (EILEEN, 2))
        for _ in range(2 * ROUNDS):
            daemon.start(day)
            seconds.append(time.monotonic() - daemon.started_s)
            worked.append(ticks(daemon.process.pid) / TICKS_S)
            daemon.end()
    took = f"{statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s"
    print(f"start    READY after {took}; {statistics.median(worked):.2f} s of the processor")


def ending(folder: Path) -> None:
    for weather in ("absent", "silent", "stopped"):
        seconds, lost = [], 0
        for number in range(ROUNDS):
            place = folder / f"{weather}{number}"
            (place / "mosquitto").mkdir(parents=True)
            with contextlib.ExitStack() as stack:
                daemon = stack.enter_context(contextlib.closing(Daemon(place)))
                clients = busy(daemon, place, port_of(weather, place / "mosquitto", stack))
                time.sleep(random.uniform(0, 2))
                code, took_s, acknowledged = end(daemon, clients)
                assert code == 0
                seconds.append(took_s)
                lost += len(acknowledged - enrolled(daemon, place))
                daemon.end()
        took = f"{statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s"
        print(f"end      broker {weather}: {took}; {lost} acknowledged enrolments lost")


def port_of(weather: str, folder: Path, stack: contextlib.ExitStack) -> int:
    """Of a broker that nobody can use."""
    if weather == "absent":
        return free_port()
    if weather == "silent":
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        return server.getsockname()[1]
    broker = stack.enter_context(contextlib.closing(Broker(folder)))
    broker.start()
    broker.pause()
    return broker.port


PARTS = {"camera": camera, "hang": hang, "clock": clock, "start": start, "end": ending}


def main(wanted: list[str]) -> None:
    for part in wanted or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
