# SPDX-License-Identifier: Apache-2.0
"""How much memory whod takes on a small machine, and whether it can live with little.

    sudo .venv/bin/python tests/bench/small_memory.py [--profiles small full] [--limit 150] [--minutes 1]

For each profile (`machine.profile`) a daemon of its own sees pictures of the profile's size, on every other 50 or 100
of which an enrolled person stands, and tells a broker. Resident memory is told with visits alone, and after a command
and the page have asked it. It runs in a control group that may take LIMIT MB in all, without swap (0: no limit), and
has to live with that. The Pi's camera library, libcamera, is not in it.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_broker import Broker
from support_daemon import DEMO, EILEEN, Daemon, broker_settings, play

from daemon.config import load

GROUPS = Path("/sys/fs/cgroup")
PHASE_S = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", nargs="+", default=["small", "full"])
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("--minutes", type=float, default=1)
    given = parser.parse_args()
    for profile in given.profiles:
        with Cage(given.limit) as cage:
            told = measured(profile, given.minutes, cage)
            print(f"{profile}: {told}; {cage.told()}")


class Cage:
    """A control group whose processes together may take so many MB."""

    def __init__(self, limit_mb: int) -> None:
        self._limit = limit_mb * 1_000_000
        old = GROUPS / "memory"
        self._old = old.exists()
        self._folder = (old if self._old else GROUPS) / f"whod-{os.getpid()}"

    def __enter__(self) -> Self:
        self._folder.mkdir()
        if self._limit:
            names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if self._old else ("memory.max",)
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    (self._folder / name).write_text(str(self._limit))
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.rmdir()

    def program(self) -> tuple[str, str]:
        """What Python runs: whod, in it from the start."""
        into = f"import os, runpy; open({str(self._folder / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))"
        return "-c", f"{into}; runpy.run_module('daemon', run_name='__main__')"

    def told(self) -> str:
        peak = self._folder / ("memory.max_usage_in_bytes" if self._old else "memory.peak")
        return f"peak of what is charged to it {int(peak.read_text()) / 1e6:.1f} MB of {self._limit / 1e6:.0f} MB"


def measured(profile: str, minutes: float, cage: Cage) -> str:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        state = Path(folder)
        (state / "mosquitto").mkdir()
        broker = stack.enter_context(contextlib.closing(Broker(state / "mosquitto")))
        broker.start()
        daemon = stack.enter_context(contextlib.closing(Daemon(state)))
        for picture in sorted(DEMO.glob("*.jpg")):
            daemon.whod("enrol", picture.stem, picture)
        daemon.program = cage.program()
        wanted = f"machine.profile={profile}"
        camera = load(None, [wanted]).settings.camera
        frames = round(PHASE_S * camera.fps)
        visitor, nobody = pictures(state, *camera.size)
        source = play(state / "door", (visitor, frames), (nobody, frames))
        daemon.start(wanted, source, "camera.loop=true", *broker_settings(broker.port))
        pause(daemon, 60 * minutes)
        assert " identified " in daemon.log.read_text(), daemon.log.read_text()
        alone = resident(daemon)
        daemon.get("/login", Accept="text/html", Cookie="none=1")
        pause(daemon, PHASE_S)
        page = resident(daemon)
        assert daemon.process.poll() is None
        return f"resident {alone:.1f} MB, with the page {page:.1f} MB, the most {peak(daemon):.1f} MB"


def pictures(folder: Path, width: int, height: int) -> tuple[Path, Path]:
    """Somebody at the door, and nobody, as the camera would give it."""
    visitor, nobody = folder / "visitor.png", folder / "nobody.png"
    empty = np.full((height, width, 3), 90, np.uint8)
    cv2.imwrite(str(nobody), empty)
    face = cv2.imread(str(EILEEN))[:height]
    empty[-face.shape[0] :, : face.shape[1]] = face
    cv2.imwrite(str(visitor), empty)
    return visitor, nobody


def pause(daemon: Daemon, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        daemon.heard("")  # as systemd does, which takes each message at once
        time.sleep(0.5)


def resident(daemon: Daemon) -> float:
    return field(daemon, "VmRSS:")


def peak(daemon: Daemon) -> float:
    return field(daemon, "VmHWM:")


def field(daemon: Daemon, name: str) -> float:
    """In MB."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition(name)[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
