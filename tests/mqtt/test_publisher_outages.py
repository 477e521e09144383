# SPDX-License-Identifier: Apache-2.0
"""Brokers that are away, die and come back: nobody upstream notices, and nothing comes late."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from support_broker import PATIENCE_S, wait_until
from support_door import ALICE, BOB, a_decision, a_visit

from daemon.mqtt import retry
from daemon.types import InView

pytestmark = pytest.mark.mqtt


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.4)


def test_a_broker_that_comes_later_gets_the_state_and_the_records_but_no_old_decision(stopped_broker, make_door):
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: "Nothing listens" in (door.publisher.problem or ""), "the problem")
    assert not door.publisher.connected
    decision = a_decision()
    door.publisher.offer(decision)
    door.publisher.set_view(InView(frozenset({BOB})))
    visit = a_visit()
    door.leave(visit)

    stopped_broker.start()
    listener = stopped_broker.subscriber()
    (record,) = listener.wait_for(door.topics.sighting)
    assert json.loads(record.payload)["sighting_id"] == visit.sighting_id
    listener.wait_for(door.topics.present(BOB.id), b"ON")
    (last,) = listener.wait_for(door.topics.last)
    assert json.loads(last.payload)["event_id"] == decision.event_id
    fresh = a_decision(BOB)
    door.publisher.offer(fresh)
    (message,) = listener.wait_for(door.topics.identified)
    assert json.loads(message.payload)["event_id"] == fresh.event_id
    assert door.publisher.problem is None


def test_a_broker_that_dies_gets_every_record_in_order_and_doubles_share_their_id(broker, make_door):
    door = make_door(broker.port).start()
    listeners = [broker.subscriber()]
    visits = 0
    for _ in range(3):
        for _ in range(30):
            door.leave(a_visit())
        visits += 30
        broker.restart()
        door.publisher.offer(a_decision(event_id="made-without-a-broker"))
        listeners.append(broker.subscriber())
        wait_until(lambda: door.publisher.connected, "the connection")
    wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
    door.publisher.set_status({"all": "told"})
    listeners[-1].wait_for(door.topics.status)

    ids = set()
    for listener in listeners:
        records = [json.loads(m.payload) for m in listener.on(door.topics.sighting)]
        first_seen = list(dict.fromkeys(record["seq"] for record in records))
        assert first_seen == sorted(first_seen)
        ids.update((record["seq"], record["event_id"]) for record in records)
    assert len(ids) == len(dict(ids))
    # A broker may take a record and die before it has told anybody: that is not ours to know.
    assert visits // 2 < len(ids) <= visits
    told = [json.loads(m.payload)["event_id"] for each in listeners for m in each.on(door.topics.identified)]
    assert "made-without-a-broker" not in told


def test_the_will_speaks_for_a_publisher_that_was_killed(broker, tmp_path):
    listener = broker.subscriber()
    program = f"""
        import sys
        from pathlib import Path
        from support_door import Door
        door = Door(Path({str(tmp_path)!r}), {broker.port}).start()
    """
    environment = {"PYTHONPATH": ":".join([*sys.path, str(Path(__file__).parent)])}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], env=environment) as process:
        listener.wait_for("whod/door/availability", b"online")
        process.kill()
    (message,) = listener.wait_for("whod/door/availability", b"offline")
    assert message.qos == 1


def test_a_connection_that_the_broker_still_holds_does_not_make_the_next_one_look_offline(broker, make_door):
    """A device that lost its power comes back before the broker has missed it."""
    listener = broker.subscriber()
    with socket.create_connection(("127.0.0.1", broker.port)) as half_open:
        half_open.sendall(_connect_packet("whod-door", "whod/door/availability"))
        assert half_open.recv(4)[0] == 0x20
        door = make_door(broker.port).start()
        listener.wait_for(door.topics.availability, b"online")
    door.publisher.set_status({})
    listener.wait_for(door.topics.status)
    assert listener.on(door.topics.availability)[-1].payload == b"online"


def _connect_packet(client_id: str, will_topic: str) -> bytes:
    def text(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    flags = 0x02 | 0x04 | 0x08 | 0x20  # clean start, a will, its QoS 1, retained
    body = text("MQTT") + bytes([5, flags, 0, 60, 0]) + text(client_id) + b"\0" + text(will_topic) + text("offline")
    return bytes([0x10, len(body)]) + body


def test_each_state_is_logged_once(stopped_broker, make_door, caplog):
    caplog.set_level(logging.INFO, "daemon.mqtt")
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: "Nothing listens" in (door.publisher.problem or ""), "the problem")
    time.sleep(0.8)
    stopped_broker.start()
    wait_until(lambda: door.publisher.problem is None, "the connection")
    door.stop()
    lines = [(record.levelname, record.getMessage().split(" at ")[0]) for record in caplog.records]
    assert lines == [("WARNING", "Nothing listens"), ("INFO", "Connected to the broker")]


def test_an_outbox_that_fails_is_tried_again_and_loses_no_notice(broker, make_door, monkeypatch):
    door = make_door(broker.port)
    asked = []

    def broken():
        asked.append(None)
        if len(asked) == 1:
            raise OSError("the disk fails")
        return [ALICE]

    monkeypatch.setattr(door.publisher, "_people", broken)
    failures = 0
    deadline = time.monotonic() + PATIENCE_S
    while door.publisher.problem is not None and time.monotonic() < deadline:
        try:
            door.publisher.step(0.1)
        except OSError:
            failures += 1
    assert failures == 1
    listener = broker.subscriber()
    door.start()
    listener.wait_for(door.topics.availability, b"online")
