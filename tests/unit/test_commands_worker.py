# SPDX-License-Identifier: Apache-2.0
"""Commands that wait: one after the other, not too many, and not too old."""

from __future__ import annotations

import threading

import pytest
from support_broker import wait_until
from support_workers import running

from daemon.clock import FakeClock
from daemon.types import Command
from daemon.workers import CommandsWorker
from daemon.workers.commands import AT_ONCE, EVERY_S


class Commander:
    """Notes what it is asked; the first command named so takes until `go_on`."""

    def __init__(self):
        self.done, self.refused = [], []
        self.threads = set()
        self.busy, self.go_on = threading.Event(), threading.Event()

    def do(self, command):
        self.threads.add(threading.current_thread())
        if command.payload == b"slow":
            self.busy.set()
            assert self.go_on.wait(10)
        self.done.append((command.name, command.payload))

    def refuse(self, command, error):
        self.refused.append((command.name, command.payload, error.slug))


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def commander():
    return Commander()


@pytest.fixture
def worker(commander, clock):
    worker = CommandsWorker(commander, clock)
    with running(worker):
        yield worker
        commander.go_on.set()


def offer(worker, name, *payloads):
    for payload in payloads:
        worker.offer(Command(name, payload))


def numbered(count, start=0):
    return [str(number).encode() for number in range(start, start + count)]


def test_each_is_done_in_order_and_by_another_thread(worker, commander):
    offer(worker, "pause", b"ON", b"OFF")
    offer(worker, "threshold", b"0.6")
    wait_until(lambda: len(commander.done) == 3)
    assert commander.done == [("pause", b"ON"), ("pause", b"OFF"), ("threshold", b"0.6")]
    assert threading.current_thread() not in commander.threads


def test_of_a_flood_the_first_are_done_one_is_refused_and_the_rest_is_not_heeded(worker, commander):
    offer(worker, "capture", *numbered(AT_ONCE))
    wait_until(lambda: len(commander.done) == AT_ONCE)
    offer(worker, "capture", *numbered(10_000, AT_ONCE))
    offer(worker, "pause", b"ON")  # another command is not held up by it
    wait_until(lambda: ("pause", b"ON") in commander.done)
    assert commander.done == [*(("capture", payload) for payload in numbered(AT_ONCE)), ("pause", b"ON")]
    assert commander.refused == [("capture", str(AT_ONCE).encode(), "too-many-commands")]


def test_after_a_while_it_is_heeded_again(worker, commander, clock):
    offer(worker, "capture", *numbered(AT_ONCE + 5))
    wait_until(lambda: commander.refused)
    clock.advance(2 * EVERY_S)
    offer(worker, "capture", b"a", b"b", b"c", b"d")
    wait_until(lambda: len(commander.refused) == 2)
    assert [payload for _, payload in commander.done[AT_ONCE:]] == [b"a", b"b"]
    assert [payload for _, payload, _ in commander.refused] == [str(AT_ONCE).encode(), b"c"]


def test_what_waited_too_long_is_not_done(worker, commander, clock):
    offer(worker, "enrol", b"slow", b"Alice")
    assert commander.busy.wait(5)
    clock.advance(11)
    offer(worker, "pause", b"OFF")
    commander.go_on.set()
    wait_until(lambda: ("pause", b"OFF") in commander.done)
    assert ("enrol", b"Alice") not in commander.done
    assert commander.refused == [("enrol", b"Alice", "too-many-commands")]


def test_what_waits_is_bounded_while_one_takes_long(worker, commander):
    offer(worker, "enrol", b"slow")
    assert commander.busy.wait(5)
    for name in "abcdefgh":
        offer(worker, name, *numbered(AT_ONCE))
    assert len(worker._waiting) < 50
