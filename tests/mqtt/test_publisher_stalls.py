# SPDX-License-Identifier: Apache-2.0
"""Brokers that stall: nobody waits for them, they are given up, and nothing comes late."""

from __future__ import annotations

import functools
import json
import socket
import threading
import time

import pytest
from support_broker import PATIENCE_S, wait_until
from support_door import ALICE, a_decision, a_visit
from support_server import a_broker_that, a_server_that

from daemon.mqtt import retry
from daemon.types import InView

pytestmark = pytest.mark.mqtt


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.4)


def seqs(listener, door):
    return [json.loads(m.payload)["seq"] for m in listener.on(door.topics.sighting)]


def test_a_broker_that_stalls_holds_nobody_up_and_lets_no_decision_through_late(broker, make_door):
    door = make_door(broker.port, fresh_s=0.5, keepalive_s=60).start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    broker.pause()
    started = time.monotonic()
    for number in range(40):
        door.publisher.offer(a_decision())
        door.publisher.set_view(InView(frozenset({ALICE} if number % 2 else {})))
        door.publisher.set_status({"number": number})
        door.leave(a_visit())
    assert time.monotonic() - started < 2
    time.sleep(0.7)
    broker.resume()

    wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
    fresh = a_decision()
    door.publisher.offer(fresh)
    listener.wait_for(door.topics.identified)
    assert [json.loads(m.payload)["event_id"] for m in listener.on(door.topics.identified)] == [fresh.event_id]
    assert len(set(seqs(listener, door))) == 40
    assert door.publisher.connected


def test_a_broker_that_stalls_for_long_is_given_up_and_found_again(broker, make_door):
    door = make_door(broker.port, fresh_s=0.5, keepalive_s=2).start()
    wait_until(lambda: door.publisher.connected, "the connection")
    broker.pause()
    started = time.monotonic()
    door.leave(a_visit())
    door.publisher.offer(a_decision())
    wait_until(lambda: not door.publisher.connected, "the stall to be seen")
    assert time.monotonic() - started < 1.5 * 2 + 1
    wait_until(lambda: "does not answer" in (door.publisher.problem or ""), "the problem")
    broker.resume()
    listener = broker.subscriber()
    wait_until(lambda: door.publisher.connected, "the connection")
    wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
    assert listener.on(door.topics.identified) == []


def test_an_idle_connection_that_stalls_is_noticed_too(broker, make_door):
    door = make_door(broker.port, keepalive_s=2).start()
    wait_until(lambda: door.publisher.connected, "the connection")
    time.sleep(0.1)
    broker.pause()
    started = time.monotonic()
    wait_until(lambda: not door.publisher.connected, "the stall to be seen")
    assert time.monotonic() - started < 1.5 * 2 + 2


def test_a_broker_that_acknowledges_nothing_is_given_up_though_it_answers_pings(make_door):
    with a_server_that(functools.partial(a_broker_that, acknowledges=False, lets_read=True)) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: door.publisher.connected, "the connection")
        wait_until(lambda: "does not answer" in (door.publisher.problem or ""), "the problem")
        assert not door.publisher.connected
        door.stop()


def test_a_broker_that_drips_is_given_up(make_door):
    def drip(connection):
        for _ in range(40):
            connection.sendall(b"\x20")
            time.sleep(0.1)

    with a_server_that(drip) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: "does not answer" in (door.publisher.problem or ""), "the problem")
        door.stop()


def test_a_stop_does_not_wait_for_a_broker_that_does_not_answer(make_door):
    with a_server_that(socket.socket.getpeername) as port:
        door = make_door(port).start()
        wait_until(lambda: "mqtt" in {thread.name for thread in threading.enumerate()}, "a connection")
        started = time.monotonic()
        door.stop()
        assert time.monotonic() - started < 2
        wait_until(lambda: "mqtt" not in {thread.name for thread in threading.enumerate()}, "its end")


def test_a_connection_that_is_given_up_is_reset_so_that_nothing_on_its_way_arrives(make_door):
    ends = []

    def listen(connection):
        connection.settimeout(PATIENCE_S)
        try:
            ends.append(connection.recv(1))
        except ConnectionResetError:
            ends.append("reset")

    with a_server_that(listen) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: ends, "the end")
        door.stop()
    assert ends[0] == "reset"
