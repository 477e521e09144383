# SPDX-License-Identifier: Apache-2.0
"""Brokers that refuse, lie, or are none: a problem in a sentence that says what to do."""

from __future__ import annotations

import functools
import logging
import socket
import subprocess

import pytest
from support_broker import free_port, wait_until
from support_door import a_visit
from support_server import a_broker_that, a_server_that

from daemon.mqtt import retry

pytestmark = pytest.mark.mqtt


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.4)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "does not answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, "no MQTT broker"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "does not answer"),
        (bytes(range(256)) * 4, "no MQTT broker"),
        (b"\x20\x02\x00\x01", "does not speak MQTT 5"),
        (b"\x20\x03\x00\x86\x00", "does not let us in"),
        (b"\x20\x03\x00\x89\x00", "refuses the connection"),
        (b"\x20\x03\x00\xee\x00", "no MQTT broker"),
        (b"\x20\x03\x00\x00\x00" + b"\xe0\x01\x8e", "give each its own mqtt.node"),
        (b"\x20\x03\x00\x00\x00" + b"\xe0\x01\x8b", "closed the connection"),
        (None, "wants TLS at this port"),
    ],
)
def test_what_is_no_broker_or_does_not_want_us_is_a_problem_in_a_sentence(make_door, answer, says):
    with a_server_that(
        socket.socket.close if answer is None else lambda connection: connection.sendall(answer)
    ) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: says in (door.publisher.problem or ""), says)
        assert not door.publisher.connected
        door.stop()


def test_a_broker_that_does_not_let_us_read_is_a_problem_that_stops_nothing(make_door):
    with a_server_that(functools.partial(a_broker_that, acknowledges=True, lets_read=False)) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: "read whod/door/" in (door.publisher.problem or ""), "the problem")
        door.leave(a_visit())
        wait_until(lambda: not door.events.outbox.pending(0, 1), "the outbox to be empty")
        assert door.publisher.connected
        door.stop()


@pytest.mark.parametrize("host", ["a..b", "x" * 300])
def test_a_host_that_cannot_be_is_a_problem_too(make_door, host):
    door = make_door(free_port(), host=host).start()
    wait_until(lambda: "check mqtt.host" in (door.publisher.problem or ""), "the problem")


def test_a_wrong_password_is_a_problem_and_is_never_written_down(stopped_broker, make_door, caplog):
    caplog.set_level(logging.DEBUG)
    passwords = stopped_broker.folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "whod", "right"], check=True)
    stopped_broker.configure("allow_anonymous false", f"password_file {passwords}")
    stopped_broker.start()
    door = make_door(stopped_broker.port, "wr0ng-s3cret", username="whod").start()
    wait_until(lambda: "check mqtt.username" in (door.publisher.problem or ""), "the problem")
    assert "wr0ng-s3cret" not in caplog.text + repr(door.publisher) + door.publisher.problem
    door.stop()

    door = make_door(stopped_broker.port, "right", username="whod").start()
    wait_until(lambda: door.publisher.connected, "the connection")
    door.stop()


def test_a_topic_that_is_denied_is_a_problem_and_its_records_wait(stopped_broker, make_door):
    rules = stopped_broker.folder / "acl"
    rules.write_text(
        "topic write whod/door/availability\ntopic read whod/#\n"
        "topic write whod/door/person/+/present\ntopic write whod/door/presence\n"
    )
    stopped_broker.configure("allow_anonymous true", f"acl_file {rules}")
    stopped_broker.start()
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: door.publisher.connected and door.publisher.problem is None, "the connection")
    door.leave(a_visit())
    wait_until(lambda: "write whod/door/sighting" in (door.publisher.problem or ""), "the problem")
    assert len(door.events.outbox.pending(0, 9)) == 1
    assert door.publisher.connected


def test_a_broker_that_takes_only_short_messages_is_a_problem_and_what_is_too_long_waits(stopped_broker, make_door):
    stopped_broker.configure("allow_anonymous true", "max_packet_size 500")
    stopped_broker.start()
    door = make_door(stopped_broker.port).start()
    listener = stopped_broker.subscriber()
    door.leave(a_visit())
    wait_until(lambda: "too few for whod/door/sighting" in (door.publisher.problem or ""), "the problem")
    listener.wait_for(door.topics.availability, b"online")
    assert len(door.events.outbox.pending(0, 9)) == 1
    assert door.publisher.connected
