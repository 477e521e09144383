# SPDX-License-Identifier: Apache-2.0
"""What a subscriber sees of a door whose broker is well."""

from __future__ import annotations

import json
import logging
import threading
import uuid

import pytest
from support_broker import wait_until
from support_door import ALICE, BOB, BOOT_ID, a_decision, a_visit

from daemon.mqtt import messages
from daemon.types import EventType, InView, Person

pytestmark = pytest.mark.mqtt


@pytest.fixture
def door(broker, make_door):
    return make_door(broker.port)


def topics_of(messages):
    return [message.topic for message in messages]


def test_a_connection_begins_with_everybody_off_and_ends_its_announcement_with_online(broker, door):
    listener = broker.subscriber()
    door.publisher.set_status({"version": "1"})
    door.publisher.set_view(InView(frozenset({BOB})))
    door.start()
    listener.wait_for(door.topics.availability, b"online")

    assert [(m.topic, m.payload) for m in listener.messages] == [
        (door.topics.present(ALICE.id), b"OFF"),
        (door.topics.present(BOB.id), b"ON"),
        (door.topics.presence, messages.as_bytes(messages.presence([BOB], 0))),
        (door.topics.status, b'{"version":"1"}'),
        (door.topics.availability, b"online"),
    ]
    assert door.publisher.connected
    assert door.publisher.problem is None


def test_what_is_retained_and_how_it_is_sent(broker, door):
    listener = broker.subscriber()
    door.publisher.set_status({"version": "1"})
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    door.publisher.offer(a_decision())
    door.leave(a_visit())
    listener.wait_for(door.topics.identified)
    listener.wait_for(door.topics.sighting)
    assert {(m.topic.removeprefix("whod/door/"), m.qos) for m in listener.messages} == {
        ("availability", 1),
        ("status", 1),
        (f"person/{ALICE.id}/present", 1),
        (f"person/{BOB.id}/present", 1),
        ("presence", 1),
        ("last", 1),
        ("identified", 0),
        ("sighting", 1),
    }

    late = broker.subscriber()
    late.wait_for(door.topics.last)
    assert all(message.retain for message in late.messages)
    assert set(topics_of(late.messages)) == set(topics_of(listener.messages)) - {
        door.topics.identified,
        door.topics.sighting,
    }


def test_a_fresh_decision_is_told_with_its_age_and_expires(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    event = a_decision(age_s=1.5)
    door.publisher.offer(event)
    (message,) = listener.wait_for(door.topics.identified)
    told = json.loads(message.payload)
    assert told["event_id"] == event.event_id
    assert told["boot_id"] == BOOT_ID
    assert 1500 <= told["age_ms"] < 3500
    assert 1 <= message.expiry_s <= 4
    assert json.loads(listener.wait_for(door.topics.last)[0].payload)["event_id"] == event.event_id


def test_a_decision_that_is_not_fresh_is_shown_and_not_told(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    old, fresh = a_decision(age_s=5.1), a_decision(BOB)
    door.publisher.offer(old)
    (shown,) = listener.wait_for(door.topics.last)
    assert json.loads(shown.payload)["event_id"] == old.event_id
    door.publisher.offer(fresh)
    listener.wait_for(door.topics.identified)
    assert [json.loads(m.payload)["event_id"] for m in listener.on(door.topics.identified)] == [fresh.event_id]


def test_decisions_keep_their_order_and_a_retraction_names_what_it_takes_back(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    taken_back = str(uuid.uuid4())
    door.publisher.offer(a_decision(event_id=taken_back))
    door.publisher.offer(a_decision(event_type=EventType.RETRACTED, retracts=taken_back))
    door.publisher.offer(a_decision(None))
    told = [json.loads(m.payload) for m in listener.wait_for(door.topics.identified, count=3)]
    assert [message["event_type"] for message in told] == ["identified", "retracted", "unknown"]
    assert told[1]["retracts"] == taken_back
    assert told[2]["person_id"] is told[2]["name"] is None


def test_presence_is_told_as_it_changes_and_only_then(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    topic = door.topics.present(ALICE.id)
    for present in ({ALICE}, {ALICE, BOB}, {BOB}):
        door.publisher.set_view(InView(frozenset(present)))
        listener.wait_for(topic, b"ON" if ALICE in present else b"OFF")
        listener.wait_for(door.topics.present(BOB.id), b"ON" if BOB in present else b"OFF")
    listener.wait_for(topic, b"OFF", count=2)
    assert [m.payload for m in listener.on(topic)] == [b"OFF", b"ON", b"OFF"]


def test_the_same_status_is_told_each_time(broker, door):
    listener = broker.subscriber()
    door.start()
    for count in (1, 2):
        door.publisher.set_status({"version": "1"})
        listener.wait_for(door.topics.status, count=count)


def test_records_come_in_order_and_leave_the_outbox(broker, door):
    listener = broker.subscriber()
    visits = [a_visit() for _ in range(100)]
    for visit in visits:
        door.events.record(visit)
    door.start()
    wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
    records = [json.loads(m.payload) for m in listener.wait_for(door.topics.sighting, count=100)]
    assert [record["sighting_id"] for record in records] == [visit.sighting_id for visit in visits]
    assert [record["seq"] for record in records] == list(range(records[0]["seq"], records[0]["seq"] + 100))
    assert len({record["event_id"] for record in records}) == 100
    assert {record["node"] for record in records} == {"door"}


def test_a_forgotten_person_leaves_nothing_on_the_broker(broker, door):
    door.start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    door.publisher.set_view(InView(frozenset({ALICE})))
    door.publisher.offer(a_decision(ALICE))
    listener.wait_for(door.topics.last)
    door.people.remove(ALICE)
    door.publisher.people_changed()
    listener.wait_for(door.topics.present(ALICE.id), b"")
    listener.wait_for(door.topics.last, b"")

    late = broker.subscriber()
    late.wait_for(door.topics.availability)
    assert set(topics_of(late.messages)) == {
        door.topics.availability,
        door.topics.presence,
        door.topics.present(BOB.id),
    }


def test_a_decision_that_was_under_way_when_its_person_was_forgotten_is_not_retained(broker, door):
    door.start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    door.people.remove(ALICE)
    door.publisher.people_changed()
    listener.wait_for(door.topics.present(ALICE.id), b"")
    door.publisher.offer(a_decision(ALICE))
    listener.wait_for(door.topics.identified)
    door.publisher.set_status({"version": "2"})
    listener.wait_for(door.topics.status, b'{"version":"2"}')
    late = broker.subscriber()
    late.wait_for(door.topics.status)
    assert door.topics.last not in topics_of(late.messages)


def test_somebody_new_is_told_off_at_once(broker, door):
    door.start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    door.people.add(Person("new-person", "Carol"))
    door.publisher.people_changed()
    listener.wait_for(door.topics.present("new-person"), b"OFF")


def test_what_older_runs_left_of_people_who_are_forgotten_is_cleared(broker, door):
    listener = broker.subscriber()
    gone, stays = door.topics.present("gone"), door.topics.present(BOB.id)
    for topic in (gone, stays, "whod/other/person/gone/present"):
        listener.publish(topic, b"ON", retain=True)
    listener.publish(door.topics.last, json.dumps({"person_id": "gone", "name": "Carol"}).encode(), retain=True)
    door.start()
    listener.wait_for(gone, b"")
    listener.wait_for(door.topics.last, b"")
    late = broker.subscriber()
    late.wait_for(door.topics.availability)
    wait_until(lambda: len(late.messages) == 5, "everything that is retained")
    assert {(m.topic, m.payload) for m in late.messages} == {
        (door.topics.availability, b"online"),
        (door.topics.present(ALICE.id), b"OFF"),
        (door.topics.presence, messages.as_bytes(messages.presence([], 0))),
        (stays, b"OFF"),
        ("whod/other/person/gone/present", b"ON"),
    }


def test_what_others_write_on_our_topics_changes_nothing(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    gone = door.topics.present("gone")
    listener.publish(gone, b"\xff" * 1_000_000)
    listener.publish(door.topics.last, b'{"person_id": "gone"}')
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert [len(m.payload) for m in listener.on(gone)] == [1_000_000]
    assert len(listener.on(door.topics.last)) == 1


@pytest.mark.parametrize("payload", [b"\xff\x00", b"[]", b'{"person_id": 7}', b"[" * 100_000, b'{"person_id": null}'])
def test_a_last_that_names_nobody_stays(broker, door, payload):
    listener = broker.subscriber()
    listener.publish(door.topics.last, payload, retain=True)
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert [m.payload for m in listener.on(door.topics.last)] == [payload]


def test_a_clean_stop_says_offline_and_needs_no_will(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    door.stop()
    assert [m.payload for m in listener.on(door.topics.availability)] == [b"online", b"offline"]
    assert not door.publisher.connected
    assert "mqtt" not in {thread.name for thread in threading.enumerate()}


def test_nobody_can_put_nan_on_the_wire(broker, door):
    with pytest.raises(ValueError, match="JSON"):
        door.publisher.set_status({"fps": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        door.publisher.offer(a_decision(similarity=float("nan")))


def test_who_leaves_for_good_leaves_nothing_retained(broker, door):
    door.people |= {Person(f"p-{number}", f"P {number}") for number in range(50)}
    door.publisher.set_status({"version": "1"})
    door.publisher.set_view(InView(frozenset({BOB})))
    door.start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    door.publisher.offer(a_decision())
    listener.wait_for(door.topics.last)
    door.stop(for_good=True)

    late = broker.subscriber()
    late.wait_for(door.topics.availability, b"offline")
    assert topics_of(late.messages) == [door.topics.availability]
    assert listener.on(door.topics.availability)[-1].payload == b"offline"


def test_who_leaves_for_good_takes_along_what_an_older_run_showed_last(broker, door):
    listener = broker.subscriber()
    listener.publish(door.topics.last, json.dumps({"person_id": ALICE.id}).encode(), retain=True)
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    door.stop(for_good=True)
    assert listener.on(door.topics.last)[-1].payload == b""


def test_who_is_forgotten_while_the_broker_is_away_leaves_nothing_in_a_large_house(broker, door, caplog):
    """What is told is not heard again: that would look like a flood, and end the reading back."""
    caplog.set_level(logging.WARNING)
    door.people = {Person(f"p-{number}", f"P {number}") for number in range(600)}
    listener = broker.subscriber()
    for number in range(500, 800):
        listener.publish(door.topics.present(f"p-{number}"), b"OFF", retain=True)
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    for number in range(600, 800):
        listener.wait_for(door.topics.present(f"p-{number}"), b"")
    assert caplog.text == ""
