# SPDX-License-Identifier: Apache-2.0
"""A daemon before whose camera somebody enrolled stands, and whose camera goes wrong when it is told to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from support_broker import wait_until
from support_daemon import EILEEN, Daemon, play

FAULTS = ("block", "fail", "crash", "absent", "black", "frozen")
"""After each of which nothing is seen (daemon.camera.script.What)."""


class Times(NamedTuple):
    """Seconds: from the fault to red health and to another opening of the camera; from its end to a name."""

    red_s: float
    opened_s: float
    named_s: float


class FaultyDoor:
    """Eileen is in view, but while the camera does not give her picture."""

    def __init__(self, folder: Path) -> None:
        self.daemon = Daemon(folder)
        self._script = folder / "camera.toml"
        self._folder = folder
        play(folder / "eileen", (EILEEN, 1))

    def start(self, *settings: str) -> None:
        """Wait until she is named for the first time."""
        self.right()
        assert self.daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
        self.run(*settings)
        wait_until(self.named, "the first name")

    def run(self, *settings: str) -> None:
        """With who is enrolled."""
        self.daemon.start(
            f"camera.source=script:{self._script}", "tracking.sighting_gap_s=1", "log.level=debug", *settings
        )

    def wrong(self, what: str, **keys: float) -> None:
        """From now on the camera does this."""
        more = "".join(f"{key} = {value}\n" for key, value in keys.items())
        self._save(f'[[fault]]\nwhat = "{what}"\n{more}')

    def right(self) -> None:
        """From now on nothing is wrong."""
        self._save("")

    def named(self) -> int:
        """How often she was named until now."""
        return self.daemon.log.read_text().count("identified ")

    def opened(self) -> int:
        """How often the camera was opened until now."""
        return self.daemon.log.read_text().count(" is open\n")

    def threads(self) -> int:
        """How many the daemon has."""
        return len(list(Path(f"/proc/{self.daemon.process.pid}/task").iterdir()))

    def red(self) -> bool:
        """Whether the health says that whod does not work."""
        return self.daemon.get("/health")[0] == 503

    def times(self, what: str, last_s: float = 0.0) -> Times:
        """Have this happen until all has been seen, for `last_s` at least, and end."""
        opened, began_s = self.opened(), time.monotonic()
        self.wrong(what)
        wait_until(self.red, f"red health: {what}")
        red_s = time.monotonic() - began_s
        if what == "absent":
            opened_s = float("nan")
        else:
            wait_until(lambda: self.opened() > opened, f"the camera to be opened again: {what}")
            opened_s = time.monotonic() - began_s
        time.sleep(max(0.0, last_s - (time.monotonic() - began_s)))
        named, ended_s = self.named(), time.monotonic()
        self.right()
        wait_until(lambda: self.named() > named, f"a name after {what}", 120)
        named_s = time.monotonic() - ended_s
        wait_until(lambda: not self.red(), f"green health after {what}")
        return Times(red_s, opened_s, named_s)

    def close(self) -> None:
        self.daemon.close()

    def _save(self, faults: str) -> None:
        """In one step, so that no half of it is read."""
        new = self._script.with_suffix(".new")
        new.write_text(f'source = "folder:eileen"\n{faults}')
        new.replace(self._script)


def fed(daemon: Daemon, seconds: float = 5.0) -> bool:
    """Whether the watchdog is fed from now on within so long."""
    daemon.heard("")
    daemon.notified.clear()
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if daemon.heard("WATCHDOG=1"):
            return True
        time.sleep(0.05)
    return False
