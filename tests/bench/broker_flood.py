# SPDX-License-Identifier: Apache-2.0
"""What it costs whod when somebody floods the topics that it listens to.

    .venv/bin/python tests/bench/broker_flood.py [--seconds 10]

A door in a process of its own, which may be given commands and makes five decisions a second. Before each flood and
while it lasts: the processor's time and the memory that the door takes, how many of its decisions come to a
subscriber, and how late. mosquitto and the machine have their part in that: `elsewhere`, where nobody listens, shows
it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "mqtt"))

from support_broker import Broker, Subscriber, wait_until
from support_door import ALICE, Door, a_decision

OFTEN = 10_000
FLOODS = {
    "elsewhere": ("whod/door/elsewhere", b"ON", OFTEN),
    "a command": ("whod/door/command/pause", b"ON", OFTEN),
    "4 kB of bytes as a command": ("whod/door/command/threshold", bytes(range(256)) * 16, 2500),
    "1 MB as a command": ("whod/door/command/capture", b"\xff" * 1_000_000, 20),
    "birth": ("homeassistant/status", b"online", OFTEN),
    "the latest": ("whod/door/last", b"{}", OFTEN),
    "nobody's presence": ("whod/door/person/nobody/present", b"ON", OFTEN),
}


def door(folder: Path, port: int) -> None:
    """Decide five times a second until killed."""
    made = Door(folder, port, described=True, commands='["pause", "threshold", "capture"]').start()
    while True:
        made.publisher.offer(a_decision(ALICE, captured_at=datetime.now(UTC)))
        time.sleep(0.2)


class Flood:
    """So many messages a second, from a client of no more than a socket."""

    def __init__(self, port: int, topic: str, payload: bytes, per_s: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(_packet(0x10, b"\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x05flood"))
        self._socket.recv(64)
        self._packet = _packet(0x30, len(topic).to_bytes(2, "big") + topic.encode() + b"\x00" + payload)
        self._per_s = per_s
        self.sent = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        since = time.monotonic()
        while not self._ended.wait(0.02):
            due = round((time.monotonic() - since) * self._per_s) - self.sent
            self._socket.sendall(self._packet * due)
            self.sent += due


def _packet(head: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, byte = divmod(left, 128)
        length += bytes([byte | (0x80 if left else 0)])
        if not left:
            return bytes([head]) + length + body


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--door", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.door:
        door(Path(options.door[0]), int(options.door[1]))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as opened:
        (Path(name) / "mosquitto").mkdir()
        broker = opened.enter_context(contextlib.closing(Broker(Path(name) / "mosquitto")))
        broker.start()
        listener = broker.subscriber("whod/door/identified")
        command = [sys.executable, __file__, "--door", name, str(broker.port)]
        with subprocess.Popen(command) as process:
            opened.callback(process.kill)
            wait_until(lambda: len(listener.messages) > 20, "decisions", 60)
            for what, (topic, payload, per_s) in FLOODS.items():
                before = watch(process.pid, listener, options.seconds / 2)
                with contextlib.closing(Flood(broker.port, topic, payload, per_s)) as flood:
                    during = watch(process.pid, listener, options.seconds)
                print(
                    f"{what:27} {flood.sent / options.seconds:6.0f}/s  before: {before}  meanwhile: {during}",
                    flush=True,
                )
            process.kill()


def watch(pid: int, listener: Subscriber, for_s: float) -> str:
    """What the process takes, and its subscriber gets, in this time."""
    seen, since = len(listener.messages), time.monotonic()
    took = cpu_s(pid)
    time.sleep(for_s)
    share = 100 * (cpu_s(pid) - took) / (time.monotonic() - since)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    offset = time.time() - time.monotonic()
    came = listener.messages[seen:]
    ms = [
        1000 * (m.at + offset - datetime.fromisoformat(json.loads(m.payload)["captured_at"]).timestamp())
        for m in came
    ]
    worst = f"p95 {np.percentile(ms, 95):.0f} ms" if ms else "-"
    return f"cpu {share:3.0f} %, {pages * 4096 / 1e6:.0f} MB, {len(ms) / for_s:.1f} decisions/s, {worst}"


def cpu_s(pid: int) -> float:
    """User's and system's time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
