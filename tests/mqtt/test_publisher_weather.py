# SPDX-License-Identifier: Apache-2.0
"""Brokers that are away, that stall, that lie, that refuse: nobody upstream notices, and nothing comes late."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from support_broker import PATIENCE_S, free_port, wait_until
from support_door import ALICE, BOB, a_decision, a_visit

from daemon.mqtt import retry

pytestmark = pytest.mark.mqtt


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Retries come sooner than in life."""
    monkeypatch.setattr(retry, "LONGEST_S", 0.4)


@contextlib.contextmanager
def a_server_that(answer):
    """Listens, and calls `answer` with each connection; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
                while True:
                    connection = opened.enter_context(server.accept()[0])
                    connection.settimeout(1)
                    with contextlib.suppress(OSError):
                        connection.recv(1024)
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def seqs(listener, door):
    return [json.loads(m.payload)["seq"] for m in listener.on(door.topics.sighting)]


def test_a_broker_that_comes_later_gets_the_state_and_the_records_but_no_old_decision(stopped_broker, make_door):
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: "Nothing listens" in (door.publisher.problem or ""), "the problem")
    assert not door.publisher.connected
    decision = a_decision()
    door.publisher.offer(decision)
    door.publisher.set_present(frozenset({BOB.id}))
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


def test_a_broker_that_stalls_holds_nobody_up_and_lets_no_decision_through_late(broker, make_door):
    door = make_door(broker.port, fresh_s=0.5, keepalive_s=60).start()
    listener = broker.subscriber()
    listener.wait_for(door.topics.availability, b"online")
    broker.pause()
    started = time.monotonic()
    for number in range(40):
        door.publisher.offer(a_decision())
        door.publisher.set_present(frozenset({ALICE.id} if number % 2 else {}))
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
        (None, "is lost"),
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


def a_broker_that(connection, *, acknowledges, lets_read):
    """A broker of few words: accepts, answers pings, and else what it is told to."""
    stream = connection.makefile("rwb", buffering=0)
    stream.write(b"\x20\x03\x00\x00\x00")
    with contextlib.suppress(OSError):
        while head := stream.read(1):
            length = stream.read(1)[0]
            if length & 0x80:
                length = length & 0x7F | stream.read(1)[0] << 7
            body = stream.read(length)
            match head[0] & 0xF0:
                case 0xC0:
                    stream.write(b"\xd0\x00")
                case 0x80:
                    stream.write(b"\x90\x04" + body[:2] + b"\x00" + (b"\x00" if lets_read else b"\x87"))
                case 0x30 if acknowledges and head[0] & 0x06:
                    topic_length = int.from_bytes(body[:2], "big")
                    stream.write(b"\x40\x02" + body[2 + topic_length : 4 + topic_length])


def test_a_broker_that_acknowledges_nothing_is_given_up_though_it_answers_pings(make_door):
    with a_server_that(functools.partial(a_broker_that, acknowledges=False, lets_read=True)) as port:
        door = make_door(port, keepalive_s=2).start()
        wait_until(lambda: door.publisher.connected, "the connection")
        wait_until(lambda: "does not answer" in (door.publisher.problem or ""), "the problem")
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
        "topic write whod/door/availability\ntopic read whod/#\ntopic write whod/door/person/+/present\n"
    )
    stopped_broker.configure("allow_anonymous true", f"acl_file {rules}")
    stopped_broker.start()
    door = make_door(stopped_broker.port).start()
    wait_until(lambda: door.publisher.connected and door.publisher.problem is None, "the connection")
    door.leave(a_visit())
    wait_until(lambda: "write whod/door/sighting" in (door.publisher.problem or ""), "the problem")
    assert len(door.events.outbox.pending(0, 9)) == 1
    assert door.publisher.connected


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
        return [ALICE.id]

    monkeypatch.setattr(door.publisher, "_known_person_ids", broken)
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
