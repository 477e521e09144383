# SPDX-License-Identifier: Apache-2.0
"""The queue of records: durable, in order, bounded."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clock import FakeClock
from daemon.errors import StorageError
from daemon.events_db import FILE, MIGRATIONS, open_event_store
from daemon.outbox import Outbox
from daemon.storage import Database, Durability
from daemon.types import Person

START = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)


class Queue:
    """An outbox with a file of its own, and short words for what is done to it."""

    def __init__(self, path, limit=20_000, clock=None):
        self.database = Database(path, Durability.DISPOSABLE, MIGRATIONS)
        self.outbox = Outbox(self.database, clock or FakeClock(START), limit)

    def put(self, **payload):
        with self.database.transaction() as transaction:
            return self.outbox.put(transaction, payload)

    def all(self):
        return self.outbox.pending(0, 100_000)

    def payloads(self):
        return [record.payload for record in self.all()]


@pytest.fixture
def queue(tmp_path):
    queue = Queue(tmp_path / FILE)
    yield queue
    queue.database.close()


def gap(dropped):
    return {"event_type": "gap", "dropped": dropped}


def test_records_come_out_in_the_order_they_went_in(queue):
    seqs = [queue.put(n=n) for n in range(5)]
    records = queue.all()
    assert [record.seq for record in records] == seqs == list(range(seqs[0], seqs[0] + 5))
    assert [record.payload["n"] for record in records] == list(range(5))
    assert len({record.event_id for record in records}) == 5


def test_they_can_be_had_in_parts(queue):
    seqs = [queue.put(n=n) for n in range(5)]
    assert [record.seq for record in queue.outbox.pending(seqs[1], 2)] == seqs[2:4]
    assert queue.outbox.pending(seqs[4], 2) == []


def test_a_confirmed_record_is_gone_whatever_the_order(queue):
    for n in range(4):
        queue.put(n=n)
    records = queue.all()
    queue.outbox.confirm([records[2], records[0]])
    assert queue.all() == [records[1], records[3]]
    queue.outbox.confirm(records)
    assert queue.all() == []


def test_a_number_is_never_given_twice(tmp_path):
    used = []
    for _ in range(3):
        queue = Queue(tmp_path / FILE)
        used += [queue.put(n=1), queue.put(n=2)]
        queue.outbox.confirm(queue.all())
        queue.database.close()
    assert used == list(range(used[0], used[0] + 6))


def test_a_record_keeps_its_event_id_over_a_restart(tmp_path):
    queue = Queue(tmp_path / FILE)
    queue.put(n=1)
    records = queue.all()
    queue.database.close()
    queue = Queue(tmp_path / FILE)
    assert queue.all() == records
    queue.database.close()


def test_a_file_that_was_damaged_goes_on_above_the_old_numbers(tmp_path):
    clock = FakeClock(START)
    store, aside = open_event_store(tmp_path, clock)
    assert aside is None
    old = [put(store, n=n) for n in range(100)]
    store.close()
    (tmp_path / FILE).write_bytes(b"not a database at all" * 1000)
    clock.advance(101)
    store, aside = open_event_store(tmp_path, clock)
    assert aside is not None
    assert put(store, n=0) > max(old)
    store.close()


def put(store, **payload):
    with store._database.transaction() as transaction:
        return store.outbox.put(transaction, payload)


def test_a_wall_clock_that_goes_back_does_not_take_the_numbers_with_it(tmp_path):
    queue = Queue(tmp_path / FILE)
    first = queue.put(n=1)
    queue.database.close()
    queue = Queue(tmp_path / FILE, clock=FakeClock(START - timedelta(days=365)))
    assert queue.put(n=2) == first + 1
    queue.database.close()


def test_a_full_queue_gives_up_the_oldest_and_says_how_many(tmp_path):
    queue = Queue(tmp_path / FILE, limit=4)
    seqs = [queue.put(n=n) for n in range(4)]
    assert len(queue.all()) == 4
    seqs.append(queue.put(n=4))
    assert queue.payloads() == [gap(2), {"n": 2}, {"n": 3}, {"n": 4}]
    assert [record.seq for record in queue.all()] == seqs[1:]
    queue.database.close()


def test_a_gap_grows_as_one_record_with_a_new_event_id(tmp_path):
    queue = Queue(tmp_path / FILE, limit=4)
    ids = set()
    for n in range(10):
        queue.put(n=n)
        ids.add(queue.all()[0].event_id)
    assert queue.payloads() == [gap(7), {"n": 7}, {"n": 8}, {"n": 9}]
    assert len(ids) == 7
    queue.database.close()


def test_an_acknowledgement_of_a_record_that_was_given_up_leaves_the_gap(tmp_path):
    queue = Queue(tmp_path / FILE, limit=4)
    for n in range(4):
        queue.put(n=n)
    on_their_way = queue.all()
    queue.put(n=4)
    queue.outbox.confirm(on_their_way[:2])
    assert queue.payloads()[0] == gap(2)
    queue.database.close()


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(2, 6),
    steps=st.lists(st.sampled_from(["put", "confirm first", "confirm last"]), max_size=40),
)
def test_nothing_is_lost_in_silence(tmp_path_factory, limit, steps):
    queue = Queue(tmp_path_factory.mktemp("queue") / FILE, limit)
    numbers, told, dropped = [], 0, 0
    for step in steps:
        waiting = queue.all()
        if step == "put":
            numbers.append(queue.put(n=len(numbers)))
        elif waiting:
            record = waiting[0 if step == "confirm first" else -1]
            queue.outbox.confirm([record])
            told += record.payload.get("dropped") is None
            dropped += record.payload.get("dropped", 0)
    waiting = queue.all()
    assert len(waiting) <= limit
    assert [record.seq for record in waiting] == sorted({record.seq for record in waiting})
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    dropped += sum(record.payload.get("dropped", 0) for record in waiting)
    assert told + dropped + sum("n" in record.payload for record in waiting) == len(numbers)
    queue.database.close()


def test_a_forgotten_person_is_in_no_record_that_waits(queue):
    queue.put(person_id="a", name="Alice", outcome="identified")
    queue.put(person_id="b", name="Bob", outcome="identified")
    queue.put(person_id=None, name=None, outcome="unknown")
    before = queue.all()
    with queue.database.transaction() as transaction:
        queue.outbox.forget(transaction, "a")
    after = queue.all()
    assert after[0].payload == {"person_id": None, "name": None, "outcome": "identified"}
    assert after[1:] == before[1:]
    assert after[0].event_id == before[0].event_id


def test_records_follow_a_rename_and_a_merge(queue):
    queue.put(person_id="a", name="Alice")
    queue.put(person_id="b", name="Bob")
    with queue.database.transaction() as transaction:
        queue.outbox.relabel(transaction, "a", Person("b", 'Rob "it" Ångström'))
    assert queue.payloads() == [
        {"person_id": "b", "name": 'Rob "it" Ångström'},
        {"person_id": "b", "name": "Bob"},
    ]


def test_nan_does_not_get_in(queue):
    with pytest.raises(ValueError, match="JSON"):
        queue.put(similarity=float("nan"))
    assert queue.all() == []


def test_a_file_that_cannot_be_written_is_no_silent_loss(queue):
    with queue.database.transaction() as transaction:
        transaction.execute("PRAGMA query_only=ON")
    with pytest.raises(StorageError, match="cannot be written"):
        queue.put(n=1)


def fill_until_killed(path, ready):
    queue = Queue(path)
    while True:
        ready.send(queue.put(n=1))


def test_kill_9_loses_nothing_that_was_put(tmp_path):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=fill_until_killed, args=(tmp_path / FILE, theirs))
    process.start()
    theirs.close()
    put = [ours.recv() for _ in range(500)]
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with contextlib.suppress(EOFError), ours:
        while True:
            put.append(ours.recv())
    queue = Queue(tmp_path / FILE)
    assert [record.seq for record in queue.all()][: len(put)] == put
    queue.database.close()
