# SPDX-License-Identifier: Apache-2.0
"""A door in a process of its own, which ends visits, says so after each, and is killed.

python support_killed_door.py FOLDER PORT VISITS
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from support_door import Door, a_visit  # noqa: E402


def killed_after(folder: Path, port: int, visits: int) -> list[str]:
    """The ids of so many visits, all that it said were kept; it is killed at once then."""
    command = [sys.executable, __file__, str(folder), str(port), str(visits)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        kept = [process.stdout.readline().strip() for _ in range(visits)]
        process.kill()
        return kept + process.stdout.read().split()


def main(folder: Path, port: int, visits: int) -> None:
    """End these visits, and then wait."""
    door = Door(folder, port).start()
    for _ in range(visits):
        visit = a_visit()
        door.leave(visit)
        print(visit.sighting_id, flush=True)  # noqa: T201
    time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
