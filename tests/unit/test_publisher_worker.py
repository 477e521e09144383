# SPDX-License-Identifier: Apache-2.0
"""How often the broker is told how whod is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support_status import STATUS

from daemon.clock import FakeClock
from daemon.types import CameraStatus, State
from daemon.workers import PublisherWorker, Pulse

STEADY = replace(
    STATUS,
    cameras=(CameraStatus("main", State.OK, "demo", 10.0), CameraStatus("yard", State.OK, "demo", 10.0)),
).as_json()


def first(**change):
    return {"camera": STEADY["camera"] | change}


def second(**change):
    cameras = STEADY["cameras"]
    return {"cameras": cameras | {"yard": cameras["yard"] | change}}


class Whod:
    """A status that a test changes; each step of the publisher takes a second, of so many."""

    place = "here"
    problem = None

    def __init__(self):
        self.clock = FakeClock()
        self.pulse = Pulse(self.clock)
        self.now = dict(STEADY)
        self.each_second = dict
        self.told = []
        self._left = 0

    def as_json(self):
        return self.now

    def set_status(self, status):
        self.told.append(status)

    def step(self, _timeout_s):
        self.clock.advance(1.0)
        self.now = self.now | self.each_second()
        self._left -= 1
        if not self._left:
            self.pulse.stop()

    def close(self, _timeout_s, *, for_good=False):
        pass

    def wake(self):
        pass

    def run(self, seconds):
        self._left = seconds
        PublisherWorker(lambda: self, lambda: self, self.clock).run(self.pulse)
        return len(self.told)


@pytest.fixture
def whod():
    return Whod()


def test_what_stays_is_told_every_minute(whod):
    assert whod.run(130) == 3


@pytest.mark.parametrize(
    "restless",
    [
        lambda number: {"frames": number},
        lambda number: first(fps=10 + number / 10),
        lambda number: second(fps=10 + number / 10),
        lambda number: {"latency_ms": {"p50": number, "p95": number}},
        lambda number: {"temperature_c": 50 + number / 10},
        lambda number: {"disk_free_bytes": 10_000_000 - number},
    ],
)
def test_what_changes_all_the_time_is_told_every_minute_too(whod, restless):
    numbers = iter(range(1000))
    whod.each_second = lambda: restless(next(numbers))
    assert whod.run(130) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"paused": True},
        {"threshold": 0.6},
        {"problem": "camera: gone"},
        first(state="lost"),
        second(state="lost"),
    ],
)
def test_a_change_is_told_at_once(whod, change):
    changes = iter([{}, {}, {}, change])
    whod.each_second = lambda: next(changes, {})
    assert whod.run(10) == 2
    assert whod.told[-1] == STEADY | change
