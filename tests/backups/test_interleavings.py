# SPDX-License-Identifier: Apache-2.0
"""A restore, an enrolment and a forgetting at once end as they would one after the other, in some order."""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
import threading
import time

import pytest
from support_backups import Home
from support_gallery import seen

from daemon.backup import Wish
from daemon.errors import NoSuchBackup, NoSuchPerson
from daemon.gallery.store import Store
from daemon.types import RestoreMode


@pytest.fixture
def quick_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def held(gallery):
    """How many samples each has."""
    return {person.name: person.samples for person in gallery.people()}


def enrolled(people):
    return {**people, "Ann": people.get("Ann", 0) + 1}


def forgotten(people):
    return {name: count for name, count in people.items() if name != "Bob"}


def restored(people, mode):
    if mode is RestoreMode.REPLACE:
        return {"Ann": 1, "Bob": 2}
    # Carl's one sample is his own; Ann's and Bob's of the backup are one with those that are here.
    return {**people, "Ann": max(people.get("Ann", 0), 1), "Bob": 2}


def orders(start, mode):
    for steps in itertools.permutations([enrolled, forgotten, lambda people: restored(people, mode)]):
        people = start
        for step in steps:
            people = step(people)
        yield people


def interleave(folder, count):
    chance = random.Random(count)
    with Home(folder / "state") as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        home.gallery.enrol("Bob", [seen(2), seen(2, 0.3)], "cli", force=True)
        path = folder / "backup.zip"
        path.write_bytes(home.backup())
        home.gallery.enrol("Carl", [seen(3)], "cli")
        base = folder / "base.zip"
        base.write_bytes(home.backup())
        restorer = home.jobs._runners["restore"]._restorer
        for turn in range(count):
            mode = list(RestoreMode)[turn % 2]
            restorer.restore(Wish(base))
            home.snapshot()
            start = held(home.gallery)
            together(
                chance,
                lambda mode=mode: restorer.restore(Wish(path, mode=mode)),
                lambda turn=turn: home.gallery.enrol("Ann", [seen(1, 0.5 + 0.001 * turn)], "cli", force=True),
                lambda: home.people.forget("Bob"),
                home.backup,
            )
            end = held(home.gallery)
            assert end in list(orders(start, mode)), (mode, end)
            with contextlib.closing(Store(home.folder / "gallery.db")) as store:
                found = store.load()
            names = {person.id: person.name for person in found.people}
            assert {
                name: sum(names[sample.person_id] == name for sample in found.samples) for name in names.values()
            } == end


def together(chance, *works):
    """Do all at once, each after a moment of chance. What a forgetting does not find, or took, is fine."""
    failures = []

    def run(work, pause):
        try:
            time.sleep(pause)
            work()
        except (NoSuchPerson, NoSuchBackup):
            pass
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work, chance.random() * 0.15)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_they_end_as_in_some_order(tmp_path, quick_switches):
    interleave(tmp_path, 6)


@pytest.mark.slow
def test_a_hundred_times_they_end_as_in_some_order(tmp_path, quick_switches):
    interleave(tmp_path, 100)
