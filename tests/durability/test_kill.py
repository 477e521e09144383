# SPDX-License-Identifier: Apache-2.0
"""The process is killed while the gallery is changed: what it acknowledged is there, nobody is there by half."""

import contextlib
import random
import sqlite3
from itertools import islice

import pytest
from support_changes import FILE, found
from support_killed import changes, killed

MOST_S = 0.15


def kill(folder, times, seed):
    """Kill one process after the other, each going on where the last one was; how many changes were acknowledged."""
    rng, acknowledged = random.Random(seed), 0
    before = found(folder)
    for number in range(times):
        done = killed(folder, number, rng.uniform(0, MOST_S))
        states = [before, *(people for _, people in islice(changes(number, before), done + 1))]
        before = found(folder)
        assert before in states[done:], number
        with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        acknowledged += done
    return acknowledged


def test_kill_takes_nothing_that_was_acknowledged(tmp_path):
    assert kill(tmp_path, 15, seed=1) > 15


@pytest.mark.slow
def test_1000_kills_take_nothing_that_was_acknowledged(tmp_path):
    acknowledged = kill(tmp_path, 1000, seed=2)
    print(f"{acknowledged} changes acknowledged")  # noqa: T201
    assert acknowledged > 1000
