# SPDX-License-Identifier: Apache-2.0
"""A process that changes a gallery, says so after each change, and is killed meanwhile.

python support_killed.py FOLDER SEED
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from support_changes import drawn, held, opened  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support_changes import Change, People

CHANGES = 400
"""More than are made before the end."""


def changes(seed: int, people: People) -> Iterator[tuple[Change, People]]:
    """What is done with these people, one after the other, and who is there afterwards."""
    rng = random.Random(seed)
    for number in range(CHANGES):
        change = drawn(rng, people, CHANGES * seed + number)
        people = change.after(people)
        yield change, people


def killed(folder: Path, seed: int, after_s: float) -> int:
    """How many changes the process acknowledged before it was killed, so long after it had begun."""
    command = [sys.executable, __file__, str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        timer = threading.Timer(after_s, process.kill)
        timer.start()
        told = process.stdout.read()
        timer.join()
    return told.count("\n")


def main(folder: Path, seed: int) -> None:
    gallery = opened(folder)
    people = held(gallery)
    print("begin", flush=True)  # noqa: T201
    for change, _ in changes(seed, people):
        change.do(gallery)
        print(flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
