# SPDX-License-Identifier: Apache-2.0
"""The power goes while a backup takes the place of a damaged gallery: it is there after the next start."""

import contextlib
import random

import pytest
from support_changes import FILE, D, Enrol, held, opened, put
from support_disk import Disk
from support_gallery import MODEL, SETTINGS
from support_tape import Tape, taped

from daemon.backup import Maker, Recoverer, Snapshots
from daemon.clock import FakeClock
from daemon.config import load
from daemon.jobs import Staging

CLOCK = FakeClock()


@pytest.fixture
def recoverer(memory):
    """Gives one for a folder; all have the backup of a gallery with Ann."""
    staging = Staging(put({}, memory / "home"))
    snapshots = Snapshots(memory / "home" / "backups", 3, None, staging, own=True)
    with contextlib.closing(opened(memory / "home")) as gallery:
        Enrol("Ann", 1).do(gallery)
        snapshots.add(Maker(gallery, load().settings, staging, CLOCK).write, CLOCK.now())
    return lambda folder: Recoverer(folder, MODEL, D, SETTINGS, snapshots, staging, CLOCK)


@pytest.mark.parametrize("left", ["half", "nothing"])
def test_the_backup_is_there_after_the_next_start(recoverer, memory, left):
    good = (memory / "home" / FILE).read_bytes()
    tape = Tape(put({FILE: good[: len(good) // 2 if left == "half" else 0]}, memory / "state"))
    with taped(tape):
        recoverer(tape.folder).open_or_recover().close()
    disk, rng = Disk(tape.before), random.Random(8)
    for operation in tape.operations:
        disk.apply(operation)
        for _ in range(2):
            again = recoverer(put(disk.cut(rng), memory / "left"))
            with contextlib.closing(again.open_or_recover()) as gallery:
                assert held(gallery) == {"Ann": (1, 1, 1)}
            assert again.recovered() is not None
