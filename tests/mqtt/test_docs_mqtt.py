# SPDX-License-Identifier: Apache-2.0
"""docs/mqtt.md says what the code does."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support_broker import wait_until
from support_door import ALICE, BOOT_ID, a_decision, a_visit

from daemon.mqtt import messages
from daemon.mqtt.topics import Topics
from daemon.outbox import LIMIT, Record
from daemon.types import EventType, PartHealth, State, Status

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
STATUS = Status(
    version="0.1.0",
    boot_id=BOOT_ID,
    node="front-door",
    started_at=datetime(2026, 11, 21, 19, 0, tzinfo=UTC),
    simulated=False,
    camera="picamera2",
    fps=10.0,
    frames=18230,
    frames_dropped=12,
    latency_p50_ms=61.0,
    latency_p95_ms=84.0,
    people=4,
    samples=19,
    models=("blazeface_full_int8", "mobilefacenet_int8"),
    temperature_c=51.2,
    throttled=False,
    clock_synced=True,
    parts=(PartHealth("camera", State.OK),),
    disk_free_bytes=21_474_836_480,
)


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
    assert {topic.removeprefix("b/n/") for topic in made} == set(rows())
    for topic in rows():
        assert section(topic).strip()


def test_every_kind_of_event_and_the_bound_are_named():
    assert all(f"`{kind}`" in section("identified") for kind in EventType)
    assert f"{LIMIT:,} records" in section("sighting")


@pytest.mark.mqtt
def test_the_table_is_what_a_subscriber_sees_and_the_access_list_is_enough(stopped_broker, make_door):
    (rules,) = samples("The broker", "text")
    (stopped_broker.folder / "acl").write_text("topic read #\n" + rules.replace("user whod\n", ""))
    stopped_broker.configure("allow_anonymous true", f"acl_file {stopped_broker.folder / 'acl'}")
    stopped_broker.start()
    listener = stopped_broker.subscriber()
    door = make_door(stopped_broker.port)
    door.people = {ALICE.id}
    door.publisher.set_status(STATUS.as_json())
    door.start()
    listener.wait_for(door.topics.availability, b"online")
    door.publisher.offer(a_decision())
    door.leave(a_visit())
    for topic in (door.topics.identified, door.topics.last, door.topics.sighting):
        listener.wait_for(topic)
    late = stopped_broker.subscriber()
    wait_until(lambda: len(late.messages) >= 4, "what is retained")

    retained = {message.topic for message in late.messages}
    seen = {m.topic: (m.topic in retained, m.qos) for m in listener.messages}
    prefix = "whod/door/"
    assert {t.removeprefix(prefix).replace(ALICE.id, "<id>"): how for t, how in seen.items()} == rows()
    assert door.publisher.problem is None
