# SPDX-License-Identifier: Apache-2.0
"""Restore, enrol, forget and rename at once: as if they had come one after the other, in some order."""

import contextlib
import itertools
import random
import sys
import threading
import time

import pytest
from support_backup import Backup
from support_changes import Enrol, Forget, Rename, found, held, opened, put

from daemon.errors import InputError

BEFORE = (Enrol("Ann", 1), Enrol("Bo", 2))
BACKED_UP = (Enrol("Cy", 3), Enrol("Dee", 4))
LONGEST_S = 0.15
"""About what the restore takes, so that the others come before it, meanwhile and after it."""
CHANGES = (Enrol("Ann", 5), Forget("Ann"), Enrol("Eli", 6), Rename("Cy", "Flo"))


@pytest.fixture(autouse=True)
def _hasty():
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def in_order(changes, people):
    """As `at_once`, one after the other."""
    made = set()
    for place, change in changes:
        if not isinstance(change, Forget | Rename) or change.name in people:
            people = change.after(people)
            made.add(place)
    return people, made


def at_once(gallery, changes, rng):
    """Who is there after these changes, each made by a thread of its own, and which of them were made."""
    barrier, made = threading.Barrier(len(changes)), set()
    waits = [rng.choice((0, rng.uniform(0, LONGEST_S))) for _ in changes]

    def make(place, change, wait_s):
        barrier.wait()
        time.sleep(wait_s)
        with contextlib.suppress(InputError):
            change.do(gallery)
            made.add(place)

    threads = [
        threading.Thread(target=make, args=(*change, wait)) for change, wait in zip(changes, waits, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return held(gallery), made


def interleavings(memory, count):
    """Make them at once, so often; how many different ends there were."""
    rng, ends = random.Random(5), []
    for _ in range(count):
        folder = put({}, memory / "state")
        with contextlib.closing(opened(folder)) as gallery:
            for change in BACKED_UP:
                change.do(gallery)
            backup = Backup.of(gallery, folder)
            for change in (*(Forget(enrolled.name) for enrolled in BACKED_UP), *BEFORE):
                change.do(gallery)
            before, changes = held(gallery), tuple(enumerate((backup.restored(), *CHANGES)))
            end = at_once(gallery, changes, rng)
        assert end in [in_order(order, before) for order in itertools.permutations(changes)]
        assert found(folder) == end[0]
        if end not in ends:
            ends.append(end)
    return len(ends)


def test_what_is_done_at_once_is_as_if_done_in_some_order(memory):
    assert interleavings(memory, 15) > 1


@pytest.mark.slow
def test_100_interleavings_are_each_as_if_done_in_some_order(memory):
    ends = interleavings(memory, 100)
    print(f"{ends} different ends")  # noqa: T201
    assert ends > 3
