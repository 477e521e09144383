# SPDX-License-Identifier: Apache-2.0
"""Scripted bad brokers: each is seen, told once however often it is tried again, and forgotten when it is well."""

from __future__ import annotations

import contextlib
import logging
import ssl
from datetime import timedelta

import pytest
from support_broker import wait_until
from support_certificates import Authority
from support_door import ALICE, a_decision, a_visit
from support_faulty import (
    CONNECT,
    FaultyBroker,
    answers,
    refuses,
    resets,
    says_nothing,
    talks_nonsense,
)

from daemon.mqtt import retry
from daemon.types import InView

FAULTS = {
    "says nothing": (says_nothing, "does not answer"),
    "lets in and says no more": (answers(only=CONNECT), "does not answer"),
    "a byte a second": (answers(byte_s=1), "does not answer"),
    "resets": (resets, "not up"),
    "nonsense": (talks_nonsense, "no MQTT broker"),
    "wrong password": (refuses(0x86), "check mqtt.username"),
    "unavailable": (refuses(0x88), "refuses the connection"),
}


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.2)
    monkeypatch.setattr(retry, "LASTING_S", 0.2)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_broker_is_tried_for_ever_and_told_of_once(make_door, caplog, fault):
    script, says = FAULTS[fault]
    with contextlib.closing(FaultyBroker(script)) as broker:
        door = make_door(broker.port, keepalive_s=2).start()
        wait_until(lambda: says in (door.publisher.problem or ""), says)
        tried = broker.tries
        wait_until(lambda: broker.tries >= tried + 4, "more tries")
        door.stop()
    assert len(warnings(caplog)) == 1, warnings(caplog)
    assert says in warnings(caplog)[0]


def test_a_certificate_that_has_expired_is_told_of_once_and_nothing_is_said_to_it(make_door, tmp_path, caplog):
    authority = Authority(tmp_path)
    files = authority.sign("broker", "127.0.0.1", until=-timedelta(hours=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    heard = []
    with contextlib.closing(FaultyBroker(lambda peer: heard.append(peer.read()), context)) as broker:
        door = make_door(broker.port, "s3cret", username="whod", tls="true", ca_file=authority.cert).start()
        wait_until(lambda: "expired" in (door.publisher.problem or ""), "the problem")
        wait_until(lambda: broker.tries >= 3, "more tries")
        door.stop()
    assert len(warnings(caplog)) == 1, warnings(caplog)
    assert heard == []


@pytest.mark.parametrize("topic", ["sighting", "last", "present", "status"])
def test_a_topic_that_is_denied_is_told_of_once_and_the_others_are_used(make_door, caplog, topic):
    told = []

    def denied(packet):
        told.append(packet.topic)
        return packet.topic.endswith(f"/{topic}")

    with contextlib.closing(FaultyBroker(answers(denied=denied))) as broker:
        door = make_door(broker.port).start()
        wait_until(lambda: door.publisher.connected, "the connection")
        door.leave(a_visit())
        door.leave(a_visit())
        for number in range(3):
            door.publisher.set_view(InView(people=(ALICE,) if number % 2 else ()))
            door.publisher.set_status({"number": number})
            door.publisher.offer(a_decision(ALICE))
            wait_until(lambda n=number: told.count("whod/door/status") > n, "the status")
        wait_until(lambda: "whod/door/sighting" in told, "the records")
        wait_until(lambda: door.events.outbox.waiting() == (2 if topic == "sighting" else 0), "the outbox")
        door.stop()
    assert len(warnings(caplog)) == 1, warnings(caplog)
    assert "let us write whod/door/" in warnings(caplog)[0]


def test_a_broker_that_is_well_again_is_told_of_too(make_door, caplog):
    caplog.set_level(logging.INFO, "daemon.mqtt")
    with contextlib.closing(FaultyBroker(resets)) as broker:
        door = make_door(broker.port).start()
        door.leave(a_visit())
        wait_until(lambda: broker.tries >= 3, "some tries")
        broker.script = answers()
        wait_until(lambda: door.publisher.problem is None, "the connection")
        wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
        door.stop()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
