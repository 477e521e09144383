# SPDX-License-Identifier: Apache-2.0
"""The camera of a running daemon goes wrong: it is told, the camera is opened again, and people are named after.

How long each takes: tests/bench/faults.py.
"""

import time

import pytest
from support_broker import wait_until
from support_faults import FAULTS, fed

QUICK = ("fail", "frozen")


@pytest.mark.parametrize(
    "faults", [QUICK, pytest.param(tuple(sorted(set(FAULTS) - set(QUICK))), marks=pytest.mark.slow)]
)
def test_whatever_a_camera_does_it_is_told_and_comes_back(door, faults):
    door.start()
    process = door.daemon.process
    for fault in faults:
        door.times(fault)
    assert process.poll() is None
    assert door.daemon.log.read_text().count("Traceback") == faults.count("crash")


def test_a_slow_camera_names_people_still(door):
    door.start("camera.read_timeout_s=8")
    named = door.named()
    door.wrong("absent")
    wait_until(door.red)
    door.wrong("slow", read_s=0.6)
    wait_until(lambda: door.named() > named, "a name")
    wait_until(lambda: not door.red(), "green health")


@pytest.mark.slow
def test_an_unplugged_camera_never_ends_the_process(door):
    door.start()
    process, opened = door.daemon.process, door.opened()
    door.wrong("absent")
    wait_until(door.red)
    for _ in range(40):  # longer than systemd's patience
        assert fed(door.daemon)
        time.sleep(1)
    assert process.poll() is None
    assert door.opened() == opened
    assert door.daemon.log.read_text().count("is not there") == 1
