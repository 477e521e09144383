# SPDX-License-Identifier: Apache-2.0
"""How fast `whod import` is against `whod embed`: alone, and by a daemon whose camera is idle.

    .venv/bin/python tests/bench/import_speed.py [--pictures N] [--rounds N] FOLDER

FOLDER has a folder for each person; N of its pictures are embedded, and imported from a zip into a new state folder,
in turns. Of `embed` the time from its first line to its last counts, of an import that of its job; the ratios are of
the medians. The daemon's camera shows an empty doorway, ten times a second.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_daemon import Daemon, play

from daemon.cli.files import pictures
from daemon.client import RemotePeople
from daemon.types import Job

WHOD = [sys.executable, "-m", "daemon"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    paths = list(itertools.islice(pictures([given.folder]), given.pictures))
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "it.zip")
        with zipfile.ZipFile(archive, "w") as packed:
            for path in paths:
                packed.write(path, path.relative_to(given.folder))
        for number in range(given.rounds):
            state = Path(folder, str(number))
            speeds.append((embed(paths), alone(archive, state), running(archive, state)))
            print(
                "embed {:.1f}, import {:.1f}, by the daemon {:.1f} pictures a second".format(*speeds[-1]), flush=True
            )
    embedded, *imported = np.median(speeds, axis=0)
    words = [
        f"{kind} {speed:.1f} ({speed / embedded:.0%})"
        for kind, speed in zip(("alone", "daemon"), imported, strict=True)
    ]
    print(f"{len(paths)} pictures: embed {embedded:.1f} a second, import {', '.join(words)}")


def embed(paths: list[Path]) -> float:
    """Pictures a second from the first line to the last."""
    with subprocess.Popen([*WHOD, "embed", "--jsonl", *map(str, paths)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        began = time.perf_counter()
        more = sum(1 for _ in process.stdout)
        return more / (time.perf_counter() - began)


def alone(archive: Path, state: Path) -> float:
    """Pictures a second of an import while no daemon runs."""
    whod = [*WHOD, "--state-dir", str(state)]
    subprocess.run([*whod, "import", str(archive)], check=True, capture_output=True)
    (job,) = json.loads(subprocess.run([*whod, "jobs", "--json"], check=True, capture_output=True).stdout)
    return speed(Job.from_json(job))


def running(archive: Path, folder: Path) -> float:
    """Pictures a second of an import by a daemon."""
    daemon = Daemon(folder)
    daemon.state = folder / "daemon"
    try:
        daemon.start(play(folder / "day", (None, 5)), "camera.loop=true", "camera.fps=10")
        jobs = RemotePeople(daemon.state / "whod.sock").jobs
        with archive.open("rb") as file:
            job = jobs.import_zip(file)
        return speed(jobs.wait(job.id))
    finally:
        daemon.close()


def speed(job: Job) -> float:
    return job.done / (job.ended_at - job.started_at).total_seconds()


if __name__ == "__main__":
    main()
