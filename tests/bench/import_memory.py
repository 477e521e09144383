# SPDX-License-Identifier: Apache-2.0
"""How much memory the daemon takes while it imports many pictures, and how soon progress is seen.

    .venv/bin/python tests/bench/import_memory.py [--pictures N] FOLDER

FOLDER has a folder for each person. A zip of N pictures is made of them, again and again under other names where
they are too few (most of those are then refused as somebody else's), and given to a daemon of its own whose camera
shows an empty doorway. Told are the daemon's resident memory before, at most and after, and the time from the answer
to the upload to the first progress.
"""

import argparse
import itertools
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support_daemon import Daemon, play

from daemon.cli.files import pictures
from daemon.client import RemotePeople


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "it.zip")
        pack(archive, given.folder, given.pictures)
        daemon = Daemon(Path(folder))
        try:
            daemon.start(play(Path(folder, "day"), (None, 5)), "camera.loop=true", "camera.fps=1")
            measure(daemon, archive)
        finally:
            daemon.close()


def pack(archive: Path, folder: Path, count: int) -> None:
    """A zip of so many pictures."""
    with zipfile.ZipFile(archive, "w") as packed:
        for number, path in enumerate(itertools.islice(itertools.cycle(list(pictures([folder]))), count)):
            around = path.relative_to(folder)
            packed.write(path, Path(f"{around.parts[0]} {number // 7000}", f"{number}{path.suffix}"))


def measure(daemon: Daemon, archive: Path) -> None:
    """Import it and look."""
    jobs = RemotePeople(daemon.state / "whod.sock").jobs
    time.sleep(5)
    before = highest = resident(daemon)
    with archive.open("rb") as file:
        job = jobs.import_zip(file)
    began, first = time.monotonic(), None
    while not job.state.ended:
        time.sleep(0.2)
        job = jobs.get(job.id)
        first = first or (job.done and time.monotonic() - began)
        highest = max(highest, resident(daemon))
    took = time.monotonic() - began
    print(f"{job.state}: {job.result}, {job.done / took:.1f} pictures a second, first progress after {first:.2f} s")
    print(f"resident: {before} MB before, {highest} MB at most, {resident(daemon)} MB after")


def resident(daemon: Daemon) -> int:
    """In MB."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1000


if __name__ == "__main__":
    main()
