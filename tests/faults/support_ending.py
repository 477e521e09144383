# SPDX-License-Identifier: Apache-2.0
"""A daemon that has much to do, and is told to end in the middle of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from support_daemon import BARACK, EILEEN, JOE, Daemon, broker_settings, play

from daemon.client import RemotePeople
from daemon.errors import WhodError
from daemon.types import Photo

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = (EILEEN, BARACK, JOE)
CLIENTS = 2


class Enroller(threading.Thread):
    """Enrols one person after the other until nobody answers; `done` are the names that were acknowledged."""

    def __init__(self, daemon: Daemon, number: int) -> None:
        super().__init__()
        self._whod = RemotePeople(daemon.state / "whod.sock")
        self._number = number
        self.done: list[str] = []
        self.begun = threading.Event()

    def run(self) -> None:
        photos = [Photo(picture.name, picture.read_bytes()) for picture in PICTURES]
        for count in range(10_000):
            name = f"Person {self._number} {count}"
            try:
                self._whod.enrol(name, [photos[count % len(photos)]], force=True)
            except WhodError:
                return
            self.done.append(name)
            self.begun.set()


def busy(daemon: Daemon, folder: Path, port: int) -> list[Enroller]:
    """Start it with visitors in 60 frames a second, a broker that is not there and enrolments that go on."""
    day = play(folder / "day", (EILEEN, 40), (None, 40), (BARACK, 40), (None, 40))
    daemon.start(day, "camera.loop=true", "camera.fps=60", "tracking.sighting_gap_s=0.3", *broker_settings(port))
    clients = [Enroller(daemon, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        assert client.begun.wait(60)
    return clients


def end(daemon: Daemon, clients: list[Enroller]) -> tuple[int, float, set[str]]:
    """Send SIGTERM: the exit code, the seconds it took, and who was acknowledged until then."""
    began_s = time.monotonic()
    code = daemon.end(timeout_s=60)
    seconds = time.monotonic() - began_s
    for client in clients:
        client.join()
    return code, seconds, {name for client in clients for name in client.done}


def enrolled(daemon: Daemon, folder: Path) -> set[str]:
    """Start it again: who is there."""
    daemon.start(play(folder / "night", (None, 2)))
    return {person.name for person in RemotePeople(daemon.state / "whod.sock").people()}
