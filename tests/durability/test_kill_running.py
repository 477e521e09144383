# SPDX-License-Identifier: Apache-2.0
"""The daemon is killed while it is asked, over its socket, to enrol, rename, forget and restore."""

import contextlib
import io
import random
import statistics
import threading
import time

import pytest
from support_daemon import BARACK, EILEEN, JOE, Daemon, play

from daemon.client import RemotePeople
from daemon.errors import OwnerUnreachable
from daemon.types import Photo

PICTURES = (EILEEN, BARACK, JOE)
NAMES = ("Ann", "Bo", "Cy", "Dee")
MOST_S = 3.0


def enrol(name, number):
    return lambda whod, _: whod.enrol(name, [Photo(name, PICTURES[number].read_bytes())], force=True)


def rename(name, new):
    return lambda whod, _: whod.rename(name, new)


def forget(name):
    return lambda whod, _: whod.forget(name)


def restore(whod, backup):
    job = whod.jobs.wait(whod.backups.restore(io.BytesIO(backup)).id, 30)
    assert job.state == "done", job.error


def drawn(rng, people, backed_up):
    """Something to ask for, and how many samples everybody has once it is done."""
    free = [name for name in NAMES if name not in people]
    kind = rng.choice(("enrol", "enrol", "rename", "forget", "restore"))
    if kind == "restore":
        return restore, backed_up
    if kind == "enrol" or not people or not free:
        name = rng.choice(NAMES)
        return enrol(name, rng.randrange(3)), {**people, name: people.get(name, 0) + 1}
    name = rng.choice(sorted(people))
    others = {other: count for other, count in people.items() if other != name}
    if kind == "forget":
        return forget(name), others
    return rename(name, free[0]), {**others, free[0]: people[name]}


def kill(tmp_path, times):
    """Kill it so often; how many changes were acknowledged, and the seconds until it served again each time."""
    rng, acknowledged, again_s = random.Random(6), 0, []
    with contextlib.closing(Daemon(tmp_path)) as daemon:
        day = play(tmp_path / "day", (None, 2))
        daemon.start(day)
        whod = RemotePeople(daemon.state / "whod.sock")
        enrol("Ann", 0)(whod, None)
        with whod.backups.fetch(whod.jobs.wait(whod.backups.make().id, 30).id) as file:
            backup = file.read()
        people = backed_up = {"Ann": 1}
        for _ in range(times):
            timer = threading.Timer(rng.uniform(0, MOST_S), daemon.process.kill)
            timer.start()
            while True:
                change, after = drawn(rng, people, backed_up)
                try:
                    change(whod, backup)
                except OwnerUnreachable:
                    break
                people, acknowledged = after, acknowledged + 1
            timer.join()
            daemon.process.wait()
            begun_s = time.monotonic()
            daemon.start(day)
            again_s.append(time.monotonic() - begun_s)
            there = {person.name: person.samples for person in whod.people()}
            assert there in (people, after)
            people = there
        assert daemon.end() == 0
    return acknowledged, again_s


def test_kill_of_the_daemon_takes_nothing_that_was_acknowledged(tmp_path):
    kill(tmp_path, 1)


@pytest.mark.slow
def test_50_kills_of_the_daemon_take_nothing_that_was_acknowledged(tmp_path):
    acknowledged, again_s = kill(tmp_path, 50)
    print(f"{acknowledged} changes acknowledged; it served again after {statistics.median(again_s):.1f} s, ", end="")  # noqa: T201
    print(f"at most {max(again_s):.1f} s")  # noqa: T201
    assert acknowledged > 50
