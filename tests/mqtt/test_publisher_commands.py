# SPDX-License-Identifier: Apache-2.0
"""What others may ask of a door, and where it answers."""

from __future__ import annotations

import json

import pytest
from support_broker import PATIENCE_S, wait_until

from daemon.types import Answer, Command

pytestmark = pytest.mark.mqtt

ALLOWED = '["pause", "capture"]'


@pytest.fixture
def door(broker, make_door):
    return make_door(broker.port, commands=ALLOWED)


def online(broker, door):
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    return listener


def test_a_command_that_is_allowed_is_heard_and_no_other(broker, door):
    listener = online(broker, door)
    for name in ("restart", "enrol", "threshold", "anything"):
        listener.publish(door.topics.command(name), b"PRESS")
    listener.publish("whod/other/command/pause", b"ON")
    listener.publish(f"{door.topics.command('pause')}/more", b"ON")
    listener.publish(door.topics.command("pause"), b"ON")
    wait_until(lambda: door.commands, "the command")
    listener.publish(door.topics.command("capture"), b"PRESS")
    wait_until(lambda: len(door.commands) == 2, "the command")
    assert door.commands == [Command("pause", b"ON"), Command("capture", b"PRESS")]


def test_nothing_is_heard_where_nothing_is_allowed(broker, make_door):
    door = make_door(broker.port)
    listener = online(broker, door)
    listener.publish(door.topics.command("pause"), b"ON")
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert door.commands == []


def test_a_command_that_the_broker_kept_is_not_heard_but_the_next_one_is(broker, door):
    listener = broker.subscriber()
    listener.publish(door.topics.command("pause"), b"OFF", retain=True)
    online(broker, door)
    listener.publish(door.topics.command("pause"), b"ON")
    wait_until(lambda: door.commands, "the command")
    assert [command.payload for command in door.commands] == [b"ON"]


def test_an_answer_is_told_once_with_what_belongs_to_it(broker, door):
    listener = online(broker, door)
    listener.publish(door.topics.command("pause"), b"ON", correlation=b"\x00\xff7")
    (command,) = wait_until(lambda: door.commands, "the command")
    door.publisher.answer(Answer(command, ok=True, sentence="The camera is closed.", details={"paused": True}))
    (message,) = listener.wait_for(door.topics.response("pause"))
    assert json.loads(message.payload) == {
        "command": "pause",
        "ok": True,
        "sentence": "The camera is closed.",
        "paused": True,
    }
    assert (message.qos, message.retain, message.correlation) == (1, False, b"\x00\xff7")
    assert broker.subscriber(door.topics.response("pause")).messages == []


@pytest.mark.parametrize(
    ("wanted", "answered"),
    [
        ("whod/door/response/kitchen/1", "whod/door/response/kitchen/1"),
        ("whod/door/identified", None),
        ("whod/door/response", None),
        ("whod/door/response/", None),
        ("whod/door/response/../identified", None),
        ("whod/door/responses/x", None),
        ("whod/door/response/x" + "/a" * 300, None),
        ("whod/other/response/pause", None),
        ("homeassistant/device/x/config", None),
        ("zigbee2mqtt/lock/set", None),
    ],
)
def test_an_answer_goes_where_it_is_wanted_but_only_among_our_answers(broker, door, wanted, answered):
    listener = online(broker, door)
    listener.publish(door.topics.command("pause"), b"ON", response_topic=wanted)
    (command,) = wait_until(lambda: door.commands, "the command")
    door.publisher.answer(Answer(command, ok=False, sentence="No."))
    listener.wait_for(answered or door.topics.response("pause"))
    told = [m.topic for m in listener.messages if b'"No."' in m.payload]
    assert told == [answered or door.topics.response("pause")]


def test_an_answer_before_the_end_is_told_before_offline(broker, door):
    listener = broker.subscriber()
    while not listener.on(door.topics.availability):
        door.publisher.step(0.05)
    door.publisher.answer(Answer(Command("restart", b"PRESS"), ok=True, sentence="whod starts anew."))
    door.publisher.close(5.0)
    listener.wait_for(door.topics.availability, b"offline")
    assert [message.topic for message in listener.messages[-2:]] == [
        door.topics.response("restart"),
        door.topics.availability,
    ]


def test_all_answers_come_before_the_end_from_a_broker_that_takes_one_message_at_a_time(stopped_broker, make_door):
    stopped_broker.configure("allow_anonymous true", "max_inflight_messages 1")
    stopped_broker.start()
    door = make_door(stopped_broker.port, commands=ALLOWED)
    listener = online(stopped_broker, door)
    for _ in range(3):
        door.publisher.answer(Answer(Command("pause", b"ON"), ok=True, sentence="Done."))
    door.stop()
    listener.wait_for(door.topics.availability, b"offline")
    assert [message.topic for message in listener.messages[-4:]] == [
        *3 * [door.topics.response("pause")],
        door.topics.availability,
    ]


def test_an_answer_without_a_connection_is_dropped(stopped_broker, make_door):
    door = make_door(stopped_broker.port, commands=ALLOWED)
    door.publisher.answer(Answer(Command("pause", b"ON"), ok=True, sentence="Done."))
    door.publisher.step(0)
    stopped_broker.start()
    listener = online(stopped_broker, door)
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert listener.on(door.topics.response("pause")) == []


def test_a_flood_of_commands_is_mostly_not_heard(broker, door):
    listener = online(broker, door)
    for _ in range(300):
        listener.publish(door.topics.command("capture"), b"PRESS")
    listener.publish(door.topics.command("pause"), b"ON")
    wait_until(lambda: any(command.name == "pause" for command in door.commands), "another command", PATIENCE_S)
    assert sum(command.name == "capture" for command in door.commands) < 150
    assert door.publisher.connected


def test_what_is_to_be_handed_back_ends_no_connection(stopped_broker, make_door):
    stopped_broker.configure("allow_anonymous true", "max_packet_size 2000")
    stopped_broker.start()
    door = make_door(stopped_broker.port, commands=ALLOWED)
    listener = online(stopped_broker, door)
    listener.publish(door.topics.command("pause"), b"ON", correlation=bytes(1900))
    (command,) = wait_until(lambda: door.commands, "the command")
    door.publisher.answer(Answer(command, ok=True, sentence="whod looks at nothing: the camera is closed."))
    door.publisher.answer(Answer(Command("pause", b"ON"), ok=True, sentence="Done."))
    listener.wait_for(door.topics.response("pause"))
    assert [message.payload for message in listener.on(door.topics.availability)] == [b"online"]
    assert door.publisher.problem is None
