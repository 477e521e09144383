# SPDX-License-Identifier: Apache-2.0
"""What a door says of itself to Home Assistant, and when."""

from __future__ import annotations

import json

import pytest
from support_broker import wait_until
from support_door import ALICE, BOB, a_decision

from daemon.mqtt import device, ears
from daemon.mqtt.mailbox import Pictures
from daemon.types import InView, Person

pytestmark = pytest.mark.mqtt

BIRTH = "homeassistant/status"


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Waits are shorter than in life."""
    monkeypatch.setattr(device, "READ_BACK_S", 0.2)
    monkeypatch.setattr(device, "EVERY_S", 0.2)
    monkeypatch.setattr(ears, "BIRTH_AFTER_S", (0.1, 0.2))


@pytest.fixture
def door(broker, make_door):
    return make_door(broker.port, described=True)


def components(message):
    return json.loads(message.payload)["cmps"]


def presence_of(person):
    return f"{person.id}_present"


def test_a_door_describes_itself_once_it_is_online(broker, door):
    listener = broker.subscriber()
    door.start()
    (message,) = listener.wait_for(door.device_topic)
    assert (message.qos, message.retain) == (1, False)
    assert presence_of(ALICE) in components(message)
    topics = [each.topic for each in listener.messages]
    assert topics.index(door.topics.availability) < topics.index(door.device_topic)
    late = broker.subscriber(door.device_topic)
    (kept,) = late.wait_for(door.device_topic)
    assert kept.retain


def test_a_door_that_is_to_say_nothing_of_itself_says_nothing(broker, make_door):
    listener = broker.subscriber()
    door = make_door(broker.port, described=True, discovery_prefix="").start()
    listener.wait_for(door.topics.availability, b"online")
    listener.publish(BIRTH, b"online")
    door.publisher.people_changed()
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert {m.topic for m in listener.messages if not m.topic.startswith("whod/")} == {BIRTH}


def test_who_is_enrolled_renamed_and_forgotten_is_described(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.device_topic)
    carol = Person("new-person", "Carol")
    door.people.add(carol)
    door.publisher.people_changed()
    listener.wait_for(door.device_topic, count=2)
    assert door.device(listener)["cmps"][presence_of(carol)]["name"] == "Carol"

    door.people.remove(carol)
    door.people.add(Person(carol.id, "Caroline"))
    door.publisher.people_changed()
    listener.wait_for(door.device_topic, count=3)
    assert door.device(listener)["cmps"][presence_of(carol)]["name"] == "Caroline"

    door.people = {ALICE, BOB}
    door.publisher.people_changed()
    *_, reduced, full = listener.wait_for(door.device_topic, count=5)
    assert components(reduced)[presence_of(carol)] == {"p": "binary_sensor"}
    assert presence_of(carol) not in components(full)


def test_who_was_forgotten_while_nobody_spoke_is_removed_with_the_next_connection(broker, make_door):
    first = make_door(broker.port, described=True).start()
    listener = broker.subscriber()
    listener.wait_for(first.device_topic)
    first.stop()
    second = make_door(broker.port, described=True)
    second.people = {BOB}
    second.start()
    _, reduced, full = listener.wait_for(second.device_topic, count=3)
    assert components(reduced)[presence_of(ALICE)] == {"p": "binary_sensor"}
    assert presence_of(ALICE) not in components(full)
    assert presence_of(BOB) in components(full)


def test_who_was_forgotten_while_the_broker_lost_what_it_retained_is_removed_too(broker, make_door):
    """Home Assistant remembers them all the same."""
    door = make_door(broker.port, described=True).start()
    broker.subscriber().wait_for(door.device_topic)
    wait_until(lambda: door.publisher.problem is None, "the connection")
    broker.kill()
    wait_until(lambda: not door.publisher.connected, "the loss to be seen")
    door.people.remove(BOB)
    door.publisher.people_changed()
    broker.start()
    listener = broker.subscriber()
    reduced, full = (json.loads(m.payload)["cmps"] for m in listener.wait_for(door.device_topic, count=2))
    assert reduced[f"{BOB.id}_present"] == {"p": "binary_sensor"}
    assert f"{BOB.id}_present" not in full


def test_pictures_and_commands_are_described_while_they_are_enabled(broker, make_door):
    listener = broker.subscriber()
    door = make_door(broker.port, described=True, commands='["pause"]', pictures=Pictures(publish=True)).start()
    listener.wait_for(door.device_topic)
    platforms = {component["p"] for component in door.device(listener)["cmps"].values()}
    assert {"image", "switch"} <= platforms
    assert "number" not in platforms
    door.set_pictures(Pictures())
    listener.wait_for(door.device_topic, count=3)
    assert "image" not in {component["p"] for component in door.device(listener)["cmps"].values()}


def test_when_home_assistant_starts_it_is_told_everything_anew_but_nothing_to_act_on(broker, door):
    listener = broker.subscriber()
    door.publisher.set_status({"version": "1"})
    door.start()
    listener.wait_for(door.device_topic)
    door.publisher.offer(a_decision())
    door.publisher.set_view(InView(frozenset({ALICE})))
    listener.wait_for(door.topics.present(ALICE.id), b"ON")
    listener.wait_for(door.topics.identified)
    before = len(listener.messages)
    listener.publish(BIRTH, b"online")
    listener.wait_for(door.topics.availability, b"online", count=2)
    assert [m.topic for m in listener.messages[before + 1 :]] == [
        door.device_topic,
        door.topics.present(BOB.id),
        door.topics.present(ALICE.id),
        door.topics.presence,
        door.topics.status,
        door.topics.last,
        door.topics.availability,
    ]


@pytest.mark.parametrize(("payload", "retain"), [(b"offline", False), (b"online", True)])
def test_other_words_of_home_assistant_and_old_ones_are_not_answered(broker, door, payload, retain):
    listener = broker.subscriber()
    if retain:
        listener.publish(BIRTH, payload, retain=True)
    door.start()
    listener.wait_for(door.device_topic)
    if not retain:
        listener.publish(BIRTH, payload)
    told = len(listener.on(door.device_topic))
    carol = Person("new-person", "Carol")
    door.people.add(carol)
    door.publisher.people_changed()
    listener.wait_for(door.device_topic, count=told + 1)
    assert len(listener.on(door.topics.availability)) == 1


def test_who_leaves_for_good_takes_the_device_away_before_its_topics(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.device_topic)
    before = len(listener.messages)
    door.stop(for_good=True)
    listener.wait_for(door.topics.availability, b"offline")
    assert (listener.messages[before].topic, listener.messages[before].payload) == (door.device_topic, b"")
    late = broker.subscriber()
    late.wait_for(door.topics.availability, b"offline")
    assert [message.topic for message in late.messages] == [door.topics.availability]


def test_what_others_keep_in_our_place_does_no_harm(broker, door):
    listener = broker.subscriber()
    listener.publish(door.device_topic, b'{"cmps": {"x": {"p": "lock"}, "y": {"p": "sensor"}, "z": 7}}', retain=True)
    door.start()
    wait_until(lambda: len(listener.on(door.device_topic)) == 3, "the description")
    _, reduced, full = listener.on(door.device_topic)
    assert components(reduced)["y"] == {"p": "sensor"}
    assert not {"x", "y", "z"} & components(full).keys()


def test_a_broker_that_takes_no_long_messages_gets_a_shorter_description_and_that_is_a_problem(
    stopped_broker, make_door
):
    stopped_broker.configure("allow_anonymous true", "max_packet_size 20000")
    stopped_broker.start()
    door = make_door(stopped_broker.port, described=True)
    door.people = {Person(f"p-{number}", f"P {number}") for number in range(40)}
    door.start()
    listener = stopped_broker.subscriber()
    wait_until(lambda: "told of whod only in part" in (door.publisher.problem or ""), "the problem")
    listener.wait_for(door.device_topic)
    assert not any(component["p"] == "device_automation" for component in door.device(listener)["cmps"].values())
    door.people = {ALICE}
    door.publisher.people_changed()
    wait_until(lambda: door.publisher.problem is None, "the end of the problem")
    assert door.publisher.connected


def test_a_broker_that_lets_nobody_describe_himself_is_a_problem_that_stops_nothing(stopped_broker, make_door):
    rules = stopped_broker.folder / "acl"
    rules.write_text("topic readwrite whod/#\n")
    stopped_broker.configure("allow_anonymous true", f"acl_file {rules}")
    stopped_broker.start()
    door = make_door(stopped_broker.port, described=True).start()
    wait_until(lambda: f"write {door.device_topic}" in (door.publisher.problem or ""), "the problem")
    listener = stopped_broker.subscriber()
    door.publisher.offer(a_decision())
    listener.wait_for(door.topics.identified)
