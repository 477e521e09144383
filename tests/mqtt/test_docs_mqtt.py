# SPDX-License-Identifier: Apache-2.0
"""docs/mqtt.md says what the code does."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support_broker import wait_until
from support_device import STATUS, TOPICS
from support_door import ALICE, BOB, BOOT_ID, a_decision, a_visit

from daemon.clock import FakeClock
from daemon.commanding import Commander, Hands
from daemon.config import COMMANDS, load
from daemon.mqtt import discovery, messages
from daemon.mqtt.mailbox import Pictures
from daemon.mqtt.topics import Topics
from daemon.outbox import LIMIT, Record
from daemon.types import (
    Answer,
    Command,
    EventType,
    InView,
    SettingsChange,
    Snapshot,
)

DOCS = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
SAY = {"node": "front-door", "clock_synced": True}
EVENT = a_decision(event_id="b7a4b9f2-6a0e-4a35-9df5-0d3c8e6c4b11")
VISIT = a_visit(sighting_id=EVENT.sighting_id)
RETRACTION = replace(
    EVENT,
    event_type=EventType.RETRACTED,
    event_id="0c5f9d6e-9a83-4a3e-8f0d-6f1f6f0f2a77",
    retracts=EVENT.event_id,
)
EVERYTHING = discovery.About(TOPICS, "0.1.0", COMMANDS, pictures=True)
A_PART = discovery.About(TOPICS, "0.1.0", ("pause",), pictures=False, page_url="http://front-door.local:8737/")


def answered(*commands: tuple[str, bytes]) -> list[dict[str, object]]:
    """What is said to these commands."""
    answers: list[Answer] = []

    class Desk:
        def change(self, values: dict[str, object]) -> SettingsChange:
            return SettingsChange(tuple(values), ())

    def never(*_: object) -> None:
        pytest.fail("nobody asked for that")

    hands = Hands(never, never, never, answers.append, never, note=lambda *_: None, last=never)
    settings = load(overrides=[f"mqtt.commands={json.dumps(COMMANDS)}"]).settings
    commander = Commander(settings, Desk(), hands, FakeClock())
    for name, payload in commands:
        commander.do(Command(name, payload))
    return [messages.response(answer) for answer in answers]


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return re.search(rf"^#+ `?{re.escape(heading)}`?\n(.*?)(?=^#+ |\Z)", DOCS, re.DOTALL | re.MULTILINE)[1]


def samples(heading: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", section(heading), re.DOTALL | re.MULTILINE)


def rows() -> dict[str, tuple[bool, int]]:
    """Topic: whether it is retained, and its QoS."""
    found = re.findall(r"^\| `([a-z/<>]+)` \| (yes|no) \| (\d) \|", DOCS, re.MULTILINE)
    return {topic: (retained == "yes", int(qos)) for topic, retained, qos in found}


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        (
            "identified",
            [messages.identified(event, **SAY, boot_id=BOOT_ID, age_ms=84) for event in (EVENT, RETRACTION)],
        ),
        ("last", [messages.last(EVENT, **SAY)]),
        ("status", [STATUS.as_json()]),
        ("presence", [messages.presence([ALICE, BOB], 1)]),
        ("response/<name>", answered(("pause", b"ON"), ("threshold", b"high"))),
        (
            "sighting",
            [
                messages.record(Record(seq, event_id, payload), node="front-door")
                for seq, event_id, payload in (
                    (1795289417, "5e0f9a2c-7d64-4c0e-b6b3-1a6a0f6f7d10", messages.sighting(VISIT)),
                    (1795289418, "f2b1c6d0-31a5-4b6f-9b0a-8a9e3d1c2b4f", {"event_type": "gap", "dropped": 37}),
                )
            ],
        ),
    ],
)
def test_the_sample_messages_are_what_the_code_says(heading, said):
    shown = [json.loads(sample) for sample in samples(heading, "json")]
    assert shown == [json.loads(messages.as_bytes(message)) for message in said]
    assert [list(each) for each in shown] == [list(each) for each in said]


def test_the_plain_messages_are_what_the_code_says():
    assert samples("availability", "text") == [f"{messages.ONLINE.decode()}\n"]
    assert samples("person/<id>/present", "text") == [f"{messages.ON.decode()}\n"]


def test_every_topic_is_in_the_table_and_has_a_section():
    topics = Topics("b", "n")
    made = {
        getattr(topics, name)
        for name, member in inspect.getmembers(Topics)
        if isinstance(member, property) and name != "any_present"
    }
    made.add(topics.present("id").replace("/id/", "/<id>/"))
    made.add(topics.response("name").replace("/name", "/<name>"))
    assert {topic.removeprefix("b/n/") for topic in made} == set(rows())
    for topic in rows():
        assert section(topic).strip()


def test_every_kind_of_event_and_the_bound_are_named():
    assert all(f"`{kind}`" in section("identified") for kind in EventType)
    assert f"{LIMIT:,} records" in section("sighting")


def test_the_description_is_what_home_assistant_gets():
    (shown,) = map(json.loads, samples("Home Assistant", "json"))
    whole = json.loads(messages.as_bytes(discovery.device_message(A_PART, [ALICE])))
    assert shown.pop("cmps").items() <= whole.pop("cmps").items()
    assert shown == whole


def components() -> dict[str, tuple[str, str]]:
    """Component: what it is, and where it is there."""
    found = re.findall(r"^\| (`.+`) \| ([\w ]+)(?: \(\w+\))? \| (.+) \|$", section("Home Assistant"), re.MULTILINE)
    return {key: (kind, where) for keys, kind, where in found for key in re.findall(r"`([\w<>]+)`", keys)}


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize("cameras", [(), ("garden",)])
def test_each_component_is_in_the_table_and_there_when_that_says_so(command, pictures, cameras):
    about = replace(EVERYTHING, commands=(command,) if command else (), pictures=pictures, cameras=cameras)
    stranger_to_doors = replace(BOB, familiar=True)
    made = discovery.device_message(about, [ALICE, stranger_to_doors])["cmps"]

    def is_there(where: str) -> bool:
        asked, shown = "mqtt.commands" in where, "privacy.publish_snapshots" in where
        of_several = "camera" in where
        allowed = not asked or f"`{command}` in" in where
        return allowed and (not shown or pictures) and (not of_several or bool(cameras))

    told = components()
    expected = {key for key, (_, where) in told.items() if is_there(where)}
    found = {key.replace(ALICE.id, "<id>").replace("garden", "<name>") for key in made if BOB.id not in key}
    assert found == expected
    assert {key.replace(BOB.id, "<id>") for key in made if BOB.id in key} == {"<id>_present"}
    kinds = {"device_automation": "device trigger"}
    for key, component in made.items():
        kind = kinds.get(component["p"], component["p"].replace("_", " "))
        assert told[re.sub(r"^[0-9a-f-]{36}", "<id>", key).replace("garden", "<name>")][0] == kind


def test_each_command_is_told_with_its_payload():
    assert re.findall(r"^\| `(\w+)` \|", section("Commands"), re.MULTILINE) == list(COMMANDS)


def access_list() -> str:
    """The rules of the docs, of both users."""
    (rules,) = (text for text in samples("What the broker must allow", "text") if text.startswith("user "))
    return rules


@pytest.mark.mqtt
def test_the_table_is_what_a_subscriber_sees_and_the_access_list_is_enough(stopped_broker, make_door):
    acl = stopped_broker.folder / "acl"
    acl.write_text(f"{access_list()}\nuser watcher\ntopic read #\n")
    acl.chmod(0o600)
    stopped_broker.configure("allow_anonymous true", f"acl_file {acl}")
    stopped_broker.start()
    listener = stopped_broker.subscriber(username="watcher")
    commander = stopped_broker.subscriber(username="homeassistant")
    door = make_door(
        stopped_broker.port,
        node=TOPICS.node,
        username="whod",
        commands=json.dumps(["pause"]),
        described=True,
        pictures=Pictures(publish=True),
    )
    door.people = {ALICE}
    door.publisher.set_status(STATUS.as_json())
    door.start()
    listener.wait_for(TOPICS.availability, b"online")
    listener.wait_for(door.device_topic)
    door.publisher.set_view(InView(frozenset({ALICE})))
    door.publisher.offer(a_decision())
    door.publisher.show(Snapshot(b"\xff\xd8\xff\xd9", ALICE.id))
    door.leave(a_visit())
    commander.publish(TOPICS.command("pause"), b"ON")
    wait_until(lambda: door.commands, "the command")
    door.publisher.answer(Answer(door.commands[0], ok=True, sentence="Done."))
    for topic in (TOPICS.identified, TOPICS.last, TOPICS.sighting, TOPICS.snapshot, TOPICS.response("pause")):
        listener.wait_for(topic)
    listener.wait_for(TOPICS.present(ALICE.id), b"ON")

    late = stopped_broker.subscriber(username="watcher")
    wait_until(lambda: len(late.messages) >= 6, "what is retained")
    retained = {message.topic for message in late.messages}
    seen = {m.topic: (m.topic in retained, m.qos) for m in listener.messages if m.topic != TOPICS.command("pause")}
    assert seen.pop(door.device_topic) == (True, 1)
    known = {TOPICS.present(ALICE.id): TOPICS.present("id").replace("/id/", "/<id>/")}
    known[TOPICS.response("pause")] = TOPICS.response("name").replace("/name", "/<name>")
    assert {known.get(t, t).removeprefix("whod/front-door/"): how for t, how in seen.items()} == rows()
    assert door.publisher.problem is None
