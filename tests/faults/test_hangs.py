# SPDX-License-Identifier: Apache-2.0
"""A worker of a running daemon hangs, and each run that takes its place does too."""

import pytest
from support_broker import wait_until
from support_faults import fed

IMPATIENT = ("camera.read_timeout_s=0.5", "camera.open_timeout_s=1")


@pytest.mark.slow
def test_systemd_is_fed_no_more_and_health_is_red(door, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    door.start(*IMPATIENT)
    door.wrong("block")
    wait_until(lambda: not fed(door.daemon), "the watchdog to be fed no more", 120)
    assert door.red()
    assert door.daemon.process.poll() is None  # systemd ends it, 30 s after
    assert door.daemon.log.read_text().count("no sign of life") >= 1


@pytest.mark.slow
def test_without_a_watchdog_it_ends_to_begin_anew(door):
    door.start(*IMPATIENT)
    door.wrong("block")
    assert door.daemon.process.wait(120) == 0
    assert "camera hangs, and is not got out of it: whod begins anew" in door.daemon.log.read_text()


def test_a_hang_that_ends_leaves_one_camera_and_everybody_is_named_again(door):
    door.start(*IMPATIENT)
    threads = door.threads()
    door.times("block", 6.0)
    wait_until(lambda: door.threads() == threads, "the thread that hung to end")
