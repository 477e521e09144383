# SPDX-License-Identifier: Apache-2.0
"""What a connection agrees on with its broker: MQTT 5, else 3.1.1; and what it leaves."""

from __future__ import annotations

import contextlib
import gc
import queue
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode
from support_broker import PATIENCE_S, wait_until
from support_door import a_decision, a_visit
from support_link import MQTT, NOT_FIVE, TOPICS, Older, Talk

from daemon.clock import SystemClock
from daemon.mqtt.link import Link
from daemon.mqtt.notices import Ended, Up
from daemon.mqtt.problems import Broker
from daemon.mqtt.trial import try_broker

pytestmark = pytest.mark.mqtt


def test_mqtt_5_is_spoken_where_the_broker_does(broker, talk):
    (up,) = talk(broker.port).told(Up)
    assert up.mqtt5
    assert up.receive_maximum >= 1


def test_the_longest_packet_is_told(stopped_broker, talk):
    stopped_broker.configure("allow_anonymous true", "max_packet_size 12345")
    stopped_broker.start()
    (up,) = talk(stopped_broker.port).told(Up)
    assert up.maximum_packet_bytes == 12345


@pytest.mark.parametrize("answer", [NOT_FIVE, b"\x20\x03\x00\x84\x00", b""])
def test_a_broker_that_speaks_only_3_1_1_is_spoken_to_in_it(older, broker, make_door, answer):
    gate = older(answer)
    listener = broker.subscriber()
    door = make_door(gate.port).start()
    listener.wait_for(door.topics.availability, b"online")
    assert gate.versions == [5, 4]
    door.publisher.offer(a_decision())
    (message,) = listener.wait_for(door.topics.identified)
    assert (message.qos, message.retain, message.expiry_s) == (0, False, None)
    door.leave(a_visit())
    listener.wait_for(door.topics.sighting)
    wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
    gate.cut()
    listener.wait_for(door.topics.availability, b"offline")


def test_a_broker_that_was_updated_is_spoken_to_in_mqtt_5_at_the_next_connect(older, broker, make_door):
    gate = older()
    listener = broker.subscriber()
    door = make_door(gate.port).start()
    listener.wait_for(door.topics.availability, b"online")
    gate.lets_through = (4, 5)
    gate.cut()
    wait_until(lambda: gate.versions == [5, 4, 5], "the next connect")
    listener.wait_for(door.topics.availability, b"online", count=2)
    door.publisher.offer(a_decision())
    (message,) = listener.wait_for(door.topics.identified)
    assert message.expiry_s is not None


def test_one_that_speaks_neither_is_a_problem_in_a_sentence(older):
    gate = older()
    gate.lets_through = ()
    trial = try_broker(replace(MQTT, port=gate.port), None, SystemClock(), 4.0)
    assert trial.kind == "old"
    assert "MQTT 5, nor 3.1.1" in trial.sentence
    assert gate.versions == [5, 4]


def test_a_wrong_password_is_one_in_3_1_1_too(stopped_broker):
    stopped_broker.configure("allow_anonymous false")
    stopped_broker.start()
    with contextlib.closing(Older(stopped_broker.port)) as gate:
        trial = try_broker(replace(MQTT, port=gate.port, username="whod"), "wrong", SystemClock(), 4.0)
    assert trial.kind == "no-entry"


def test_the_broker_trial_works_in_3_1_1(older):
    assert try_broker(replace(MQTT, port=older().port), None, SystemClock(), 4.0).works


@pytest.mark.parametrize(("ours", "theirs"), [(2, 600), (600, 1), (2, 0)])
def test_an_idle_connection_is_asked_after_as_often_as_either_side_wants(ours, theirs):
    """A broker that wants it less often is asked as often as we want: a stall is to be seen in time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        talk = Talk(server.getsockname()[1], keepalive_s=ours)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            connection.recv(4096)
            connection.sendall(b"\x20\x06\x00\x00\x03\x13" + theirs.to_bytes(2, "big"))
            assert connection.recv(2) == b"\xc0\x00"
    talk.told(Ended)


@pytest.mark.parametrize("spoken", [5, 4])
def test_a_connection_leaves_nothing_open_though_no_garbage_is_collected(broker, older, spoken):
    port = broker.port if spoken == 5 else older().port

    def open_files():
        return len(list(Path("/proc/self/fd").iterdir()))

    gc.disable()
    try:
        before = open_files()
        told = queue.SimpleQueue()
        link = Link(replace(MQTT, port=port), None, TOPICS, lambda _, notice: told.put(notice))
        link.start()
        assert isinstance(told.get(timeout=PATIENCE_S), Up)
        link.leave()
        assert told.get(timeout=PATIENCE_S) == Ended(None)
        wait_until(lambda: open_files() <= before, "all to be closed", 5)
    finally:
        gc.enable()


def test_a_connection_that_is_left_before_it_stands_is_not_made(broker):
    told = queue.SimpleQueue()
    link = Link(replace(MQTT, port=broker.port), None, TOPICS, lambda _, notice: told.put(notice))
    link.leave()
    link.start()
    assert told.get(timeout=PATIENCE_S) == Ended(None)


def test_what_a_connection_did_not_deliver_ends_with_it_whenever_it_is_given_up(monkeypatch):
    """Also between two looks at the socket; else the kernel goes on delivering to who wakes up later."""
    stop, stopped = threading.Event(), threading.Event()
    loop = Client.loop

    def looks_no_more(client, timeout=1.0):
        if not stop.is_set():
            return loop(client, 0.01)
        stopped.set()
        time.sleep(0.01)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    monkeypatch.setattr(Client, "loop", looks_no_more)
    with socket.create_server(("127.0.0.1", 0)) as server:
        talk = Talk(server.getsockname()[1])
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            connection.recv(4096)
            connection.sendall(b"\x20\x03\x00\x00\x00")
            talk.told(Up)
            talk.link.publish("whod/door/snapshot", bytes(50_000_000), qos=0)
            assert connection.recv(1)
            stop.set()
            assert stopped.wait(PATIENCE_S)
            talk.link.abort(Broker("hub", 1883).silent)
            talk.told(Ended)
            with pytest.raises(ConnectionResetError):
                list(iter(lambda: connection.recv(1_000_000), b""))
