# SPDX-License-Identifier: Apache-2.0
"""Records: none is lost, none overtakes another, and what was given up is counted."""

from __future__ import annotations

import contextlib
import json
import random
import time

import pytest
from support_broker import wait_until
from support_door import a_decision, a_visit
from support_faulty import FaultyBroker, answer_to
from support_killed_door import killed_after
from support_losses import KEPT, a_street

from daemon.clock import FakeClock
from daemon.mqtt import retry


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.2)


def records(listener, door):
    return [json.loads(m.payload) for m in listener.on(door.topics.sighting)]


def all_told(door):
    return not door.events.outbox.pending(0, 1)


@pytest.mark.mqtt
def test_after_four_hours_without_a_broker_all_records_come_in_order_and_one_counts_those_given_up(
    stopped_broker, make_door, monkeypatch
):
    clock = FakeClock()
    door = make_door(stopped_broker.port, clock=clock).start()
    monkeypatch.setattr(door.events.outbox, "_limit", 200)
    for _ in range(250):
        clock.advance(4 * 3600 / 250)
        door.leave(a_visit())
        door.publisher.offer(a_decision(captured_monotonic_s=clock.monotonic()))
    assert door.events.outbox.waiting() == 200

    stopped_broker.start()
    listener = stopped_broker.subscriber()
    clock.advance(60)
    wait_until(lambda: len(records(listener, door)) >= 200, "the records")
    clock.advance(60)
    wait_until(lambda: all_told(door), "the outbox to be empty")
    gap, *rest = records(listener, door)
    assert (gap["event_type"], gap["dropped"]) == ("gap", 51)
    assert [record["seq"] for record in rest] == list(range(gap["seq"] + 1, gap["seq"] + 200))
    assert listener.on(door.topics.identified) == []


def test_a_broker_that_flaps_gets_every_record_in_order_and_doubles_share_their_id(make_door):
    taken = []
    chance = random.Random(7)

    def flap(peer):
        for _ in range(chance.randint(5, 60)):
            taken.append(packet := peer.read())
            if packet.wants_answer:
                peer.write(answer_to(packet))
        taken.append(peer.read())
        peer.reset()

    with contextlib.closing(FaultyBroker(flap)) as broker:
        door = make_door(broker.port).start()
        for _ in range(200):
            door.leave(a_visit())
            time.sleep(0.01)
        wait_until(lambda: all_told(door), "the outbox to be empty")
        assert broker.tries > 5
        door.stop()
    came = [json.loads(packet.payload) for packet in taken if packet.topic == door.topics.sighting]
    seqs = [record["seq"] for record in came]
    first_seen = list(dict.fromkeys(seqs))
    assert first_seen == list(range(first_seen[0], first_seen[0] + 200))
    assert len({(record["seq"], record["event_id"]) for record in came}) == 200
    assert len(seqs) > 200, "none came twice: the broker never went while it owed an answer"


def test_what_a_broker_acknowledged_just_before_it_died_is_sent_once_again(make_door):
    taken = []

    def dies_after_a_record(peer):
        while not (packet := peer.read()).topic.endswith("/sighting"):
            peer.write(answer_to(packet) if packet.wants_answer else b"")
        taken.append(json.loads(packet.payload)["event_id"])
        peer.write(answer_to(packet))
        time.sleep(0.2)
        peer.reset()

    with contextlib.closing(FaultyBroker(dies_after_a_record)) as broker:
        door = make_door(broker.port).start()
        door.leave(a_visit())
        wait_until(lambda: all_told(door), "the outbox to be empty")
        door.stop()
    assert len(taken) == 2
    assert len(set(taken)) == 1


@pytest.mark.mqtt
@pytest.mark.parametrize("up", [False, True])
def test_a_daemon_that_is_killed_has_its_unsent_records_sent_by_the_next(stopped_broker, make_door, tmp_path, up):
    if up:
        stopped_broker.start()
        listener = stopped_broker.subscriber()
    kept = killed_after(tmp_path, stopped_broker.port, 500)
    if not up:
        stopped_broker.start()
        listener = stopped_broker.subscriber()
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: all_told(door), "the outbox to be empty")
    wait_until(lambda: {record["sighting_id"] for record in records(listener, door)} >= set(kept), "all records")
    seqs = list(dict.fromkeys(record["seq"] for record in records(listener, door)))
    assert len(kept) >= 500
    assert seqs == sorted(seqs)


LONGER = [pytest.param(each, marks=pytest.mark.slow) for each in ("stall", "late stall", "stop")]


@pytest.mark.mqtt
@pytest.mark.parametrize("misfortune", ["cut", "restart", *LONGER])
def test_no_record_is_lost_with_a_broker_that_keeps_its_sessions(tmp_path, misfortune):
    with a_street(tmp_path / "street", *KEPT, keepalive_s=2, fresh_s=1) as street:
        with street.busy(decision_s=0.1, visit_s=0.02):
            for for_s in (0.2, 3.5):
                street.suffer(misfortune, for_s)
                street.wait_for_return()
        seen = street.seen()
    assert seen.lost == 0
    assert seen.recorded > 50
    assert seen.in_order
