# SPDX-License-Identifier: Apache-2.0
"""The power goes while visits are recorded: the last ones may be lost, none is by half, and who was forgotten is."""

import contextlib
import random

import pytest
from support_changes import put
from support_disk import Disk
from support_tape import Tape, taped
from support_visits import ALICE, BOB, NOW, around, event, face, visit, why

from daemon.clock import FakeClock
from daemon.events_db import open_event_store


def store(folder):
    """The events, of which no file was damaged."""
    events, aside = open_event_store(folder, FakeClock(NOW), lambda seen: seen.as_json())
    assert aside is None
    return events


def come(events, person, count):
    """Visits with all that is kept of them."""
    for _ in range(count):
        seen = visit(person, face=face([around(1)] * 15), why=why(ALICE, BOB))
        events.decide(event(person, sighting_id=seen.sighting_id, why=why(ALICE, BOB)))
        events.record(seen)


def left(folder):
    """The ids of the visits that are there, newest first, and all names in them and in what waits to be published."""
    with contextlib.closing(store(folder)) as events:
        visits, records = events.history.recent(100), [record.payload for record in events.outbox.pending(0, 100)]
        assert {seen.sighting_id for seen in visits} <= {record["sighting_id"] for record in records}
        names = [*(seen.person.name for seen in visits if seen.person), *(record["name"] for record in records)]
        return [seen.sighting_id for seen in visits], set(names) - {None}


@pytest.mark.parametrize("cuts", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_visits_are_lost_from_the_end_only_and_who_was_forgotten_stays_so(cuts, memory):
    tape = Tape(put({}, memory / "state"))
    with taped(tape), contextlib.closing(store(tape.folder)) as events:
        begun = len(tape.operations)
        come(events, BOB, 10)
        come(events, ALICE, 10)
        before = [seen.sighting_id for seen in events.history.recent(100)]
        events.forget(ALICE.id)
        forgotten = len(tape.operations)
        come(events, BOB, 10)
        after = [seen.sighting_id for seen in events.history.recent(100)]
    disk, rng, position = Disk(tape.before), random.Random(9), 0
    for moment in sorted(rng.randrange(begun, len(tape.operations) + 1) for _ in range(cuts)):
        for operation in tape.operations[position:moment]:
            disk.apply(operation)
        position = moment
        ids, names = left(put(disk.cut(rng), memory / "left"))
        assert ids in (before[len(before) - len(ids) :], after[len(after) - len(ids) :])
        if moment >= forgotten:
            assert names == {BOB.name}
            assert len(ids) >= 10
