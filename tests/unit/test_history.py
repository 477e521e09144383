# SPDX-License-Identifier: Apache-2.0
"""The visits that are kept, and their records beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support_visits import ALICE, BOB, NOW, visit

from daemon import history
from daemon.clock import FakeClock
from daemon.events_db import FILE, open_event_store
from daemon.types import Best, Outcome, Person


def describe(sighting):
    return {"sighting_id": sighting.sighting_id, "person_id": sighting.person and sighting.person.id}


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def store(tmp_path, clock):
    store, _ = open_event_store(tmp_path, clock, describe)
    yield store
    store.close()


def people(store):
    return [sighting.person for sighting in store.history.recent(99)]


def test_a_visit_comes_back_as_it_was(store):
    visits = [visit(), visit(None, simulated=True, clock_synced=False)]
    for each in visits:
        store.record(each)
    assert store.history.recent(9) == visits[::-1]


def test_a_visit_and_its_record_are_kept_together(store):
    seen = visit()
    store.record(seen)
    (record,) = store.outbox.pending(0, 9)
    assert record.payload == {"sighting_id": seen.sighting_id, "person_id": "a"}


def test_a_visit_whose_record_fails_is_not_kept_either(tmp_path, clock):
    store, _ = open_event_store(tmp_path, clock, lambda _: {"similarity": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        store.record(visit())
    assert store.history.recent(9) == []
    store.close()


def test_without_a_broker_nothing_waits(tmp_path, clock):
    store, _ = open_event_store(tmp_path, clock)
    store.record(visit())
    assert len(store.history.recent(9)) == 1
    assert store.outbox.pending(0, 9) == []
    store.close()


def test_visits_come_in_pages_newest_first(store):
    visits = [visit() for _ in range(7)]
    for each in visits:
        store.record(each)
    pages, before = [], None
    while page := store.history.recent(3, before):
        pages.append(page)
        before = page[-1].sighting_id
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [each for page in pages for each in page] == visits[::-1]
    assert store.history.recent(3, "no such visit") == []


def test_the_order_is_that_of_what_happened_also_when_the_clock_jumps(store):
    visits = [visit(ended_at=NOW), visit(ended_at=datetime(1970, 1, 1, tzinfo=UTC)), visit(ended_at=NOW)]
    for each in visits:
        store.record(each)
    assert store.history.recent(9) == visits[::-1]


def test_when_each_person_was_seen_last(store):
    assert store.history.last_seen() == {}
    for minutes, person in enumerate([ALICE, BOB, None, ALICE, None]):
        store.record(visit(person, NOW + timedelta(minutes=minutes)))
    assert store.history.last_seen() == {
        "a": NOW + timedelta(minutes=3),
        "b": NOW + timedelta(minutes=1),
    }


def test_a_forgotten_person_has_no_visits_and_is_in_no_record(store):
    for person in (ALICE, BOB, None):
        store.record(visit(person))
    store.forget("a")
    assert people(store) == [None, BOB]
    assert store.history.last_seen().keys() == {"b"}
    assert [record.payload["person_id"] for record in store.outbox.pending(0, 9)] == [None, "b", None]


def test_a_rename_is_followed(store):
    store.record(visit(ALICE))
    store.relabel("a", Person("a", "Alicia"))
    assert people(store) == [Person("a", "Alicia")]


def test_a_merge_is_followed(store):
    for person in (ALICE, BOB, None):
        store.record(visit(person))
    store.relabel("a", BOB)
    assert people(store) == [None, BOB, BOB]
    assert store.history.last_seen().keys() == {"b"}


def test_old_visits_are_pruned(store, clock):
    for _ in range(5):
        store.record(visit(ended_at=clock.now()))
        clock.advance(timedelta(days=1).total_seconds())
    assert store.prune(timedelta(days=2.5), timedelta(days=2.5)) == 3
    assert len(store.history.recent(9)) == 2
    assert store.prune(timedelta(days=2.5), timedelta(days=2.5)) == 0


def test_there_are_never_more_than_a_bound(store, monkeypatch):
    monkeypatch.setattr(history, "KEPT", 3)
    for _ in range(5):
        store.record(visit(clock_synced=False))
    assert store.prune(timedelta(days=30), timedelta(days=30)) == 2
    assert len(store.history.recent(9)) == 3


def test_visits_are_there_after_a_restart(tmp_path, clock):
    store, _ = open_event_store(tmp_path, clock)
    seen = visit()
    store.record(seen)
    store.close()
    store, aside = open_event_store(tmp_path, clock)
    assert aside is None
    assert store.history.recent(9) == [seen]
    store.close()


def test_a_damaged_file_is_set_aside_and_begun_again(tmp_path, clock):
    (tmp_path / FILE).write_bytes(b"rubbish" * 4096)
    store, aside = open_event_store(tmp_path, clock, describe)
    assert aside is not None
    assert aside.read_bytes().startswith(b"rubbish")
    store.record(visit())
    assert len(store.history.recent(9)) == 1
    store.close()


def test_scores_are_those_of_residents_by_a_clock_that_was_right(store):
    old, new = NOW - timedelta(days=3), NOW - timedelta(days=1)
    for each in (
        visit(ended_at=old),
        visit(BOB, ended_at=new, best=Best(0.66, 0.3, 0.8)),
        visit(None, ended_at=new),
        visit(ended_at=new, clock_synced=False),
        visit(ended_at=new, outcome=Outcome.FAMILIAR),
    ):
        store.record(each)
    assert store.history.scores(NOW - timedelta(days=2)) == [(BOB.id, new, 0.66)]
