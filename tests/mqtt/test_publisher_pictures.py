# SPDX-License-Identifier: Apache-2.0
"""Pictures of faces at the broker: only if they may be, and no longer than they may be."""

from __future__ import annotations

import time

import pytest
from support_broker import wait_until
from support_door import ALICE, BOB, a_decision

from daemon.mqtt.mailbox import Pictures
from daemon.types import Snapshot

pytestmark = pytest.mark.mqtt

JPEG = b"\xff\xd8" + bytes(2000) + b"\xff\xd9"
PUBLISHED, KEPT = Pictures(publish=True), Pictures(publish=True, retain=True)


def picture_of(person, jpeg=JPEG):
    return Snapshot(jpeg, person.id if person else None)


def online(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    return listener


def end_of(listener, door):
    """What was told until now has come: with the first status a question may be asked, with the second it is over."""
    for _ in range(2):
        door.publisher.set_status({"end": time.monotonic()})
        listener.wait_for(door.topics.status, count=len(listener.on(door.topics.status)) + 1)


def kept(broker, door):
    late = broker.subscriber()
    late.publish("end", b"of what is retained")
    late.wait_for("end")
    return [message.payload for message in late.on(door.topics.snapshot)]


@pytest.mark.parametrize("person", [ALICE, None])
def test_a_picture_is_told_as_it_is_and_not_kept(broker, make_door, person):
    door = make_door(broker.port, pictures=PUBLISHED)
    listener = online(broker, door)
    door.publisher.show(picture_of(person))
    (message,) = listener.wait_for(door.topics.snapshot)
    assert (message.payload, message.qos) == (JPEG, 0)
    assert kept(broker, door) == []


@pytest.mark.parametrize(
    ("pictures", "picture"),
    [
        (Pictures(), picture_of(ALICE)),
        (Pictures(retain=True), picture_of(ALICE)),
        (KEPT, Snapshot(JPEG, "forgotten")),
        (KEPT, picture_of(ALICE, bytes(100_001))),
    ],
    ids=["not-wanted", "not-wanted-but-kept", "of-somebody-forgotten", "too-large"],
)
def test_a_picture_that_may_not_be_told_is_not(broker, make_door, pictures, picture):
    door = make_door(broker.port, pictures=pictures)
    listener = online(broker, door)
    door.publisher.show(picture)
    end_of(listener, door)
    assert listener.on(door.topics.snapshot) == []


def test_a_picture_without_a_broker_is_not_told_later(stopped_broker, make_door):
    door = make_door(stopped_broker.port, pictures=PUBLISHED)
    door.publisher.show(picture_of(ALICE))
    door.publisher.step(0)
    stopped_broker.start()
    listener = online(stopped_broker, door)
    end_of(listener, door)
    assert listener.on(door.topics.snapshot) == []


def test_of_pictures_that_a_broker_did_not_take_in_time_the_newest_is_told(broker, make_door):
    door = make_door(broker.port, pictures=PUBLISHED, keepalive_s=60)
    listener = online(broker, door)
    broker.pause()
    for number in range(200):
        door.publisher.show(picture_of(ALICE, bytes([number]) * 90_000))
        time.sleep(0.002)
    broker.resume()
    end_of(listener, door)
    listener.wait_for(door.topics.snapshot, bytes([199]) * 90_000)
    assert len(listener.on(door.topics.snapshot)) <= 2


def test_a_decision_goes_before_its_picture(broker, make_door):
    door = make_door(broker.port, pictures=PUBLISHED)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    door.publisher.offer(a_decision())
    listener.wait_for(door.topics.snapshot)
    listener.wait_for(door.topics.identified)


def test_a_picture_is_kept_if_it_may_be_and_goes_with_whoever_is_forgotten(broker, make_door):
    door = make_door(broker.port, pictures=KEPT)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    listener.wait_for(door.topics.snapshot)
    assert kept(broker, door) == [JPEG]
    door.people.remove(BOB)
    door.publisher.people_changed()
    listener.wait_for(door.topics.snapshot, b"")
    assert kept(broker, door) == []


def test_who_is_forgotten_while_the_broker_is_asked_is_not_shown_any_more(broker, make_door):
    door = make_door(broker.port, pictures=KEPT)
    listener = broker.subscriber()
    while not (listener.on(door.topics.availability) and door.publisher._session.exchange.idle):
        door.publisher.step(0.05)
    door.publisher.show(picture_of(ALICE))
    door.publisher.step(0)  # asks whether the broker is awake
    wait_until(lambda: door.publisher._mailbox._mail.notices, "the answer")
    door.people.remove(ALICE)
    door.publisher.people_changed()
    door.publisher.step(0)
    door.publisher.close(5)
    listener.wait_for(door.topics.availability, b"offline")
    assert JPEG not in [message.payload for message in listener.on(door.topics.snapshot)]


def test_who_is_forgotten_is_not_shown_any_more_by_those_who_heard_of_it_either(broker, make_door):
    door = make_door(broker.port, pictures=PUBLISHED)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    listener.wait_for(door.topics.snapshot, JPEG)
    door.people.remove(ALICE)
    door.publisher.people_changed()
    listener.wait_for(door.topics.snapshot, b"")
    assert kept(broker, door) == []


@pytest.mark.parametrize("pictures", [PUBLISHED, Pictures(), Pictures(retain=True)])
def test_a_picture_goes_when_it_may_not_be_kept_any_more(broker, make_door, pictures):
    door = make_door(broker.port, pictures=KEPT)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    listener.wait_for(door.topics.snapshot)
    door.set_pictures(pictures)
    listener.wait_for(door.topics.snapshot, b"")
    door.publisher.show(picture_of(ALICE))
    end_of(listener, door)
    assert kept(broker, door) == []


def test_a_picture_of_an_older_run_goes_for_nobody_knows_of_whom_it_is(broker, make_door):
    broker.subscriber().publish("whod/door/snapshot", JPEG, retain=True)
    door = make_door(broker.port, pictures=KEPT)
    listener = online(broker, door)
    listener.wait_for(door.topics.snapshot, b"")
    assert kept(broker, door) == []


def test_a_picture_that_is_kept_outlives_the_connection(broker, make_door):
    door = make_door(broker.port, pictures=KEPT, keepalive_s=2)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    listener.wait_for(door.topics.snapshot)
    broker.pause()
    wait_until(lambda: not door.publisher.connected, "the stall to be seen")
    broker.resume()
    listener.wait_for(door.topics.availability, b"online", count=2)
    end_of(listener, door)
    assert kept(broker, door) == [JPEG]


def test_who_leaves_for_good_leaves_no_picture(broker, make_door):
    door = make_door(broker.port, pictures=KEPT)
    listener = online(broker, door)
    door.publisher.show(picture_of(ALICE))
    listener.wait_for(door.topics.snapshot)
    door.stop(for_good=True)
    assert kept(broker, door) == []
