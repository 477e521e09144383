# SPDX-License-Identifier: Apache-2.0
"""Whether a broker can be used, and if not, why."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace

import pytest
from support_broker import free_port, wait_until

from daemon.clock import SystemClock
from daemon.config import Kept, load
from daemon.mqtt.trial import try_broker
from daemon.service import SettingsDesk
from daemon.types import BrokerTrial

MQTT = replace(load().settings.mqtt, host="127.0.0.1", node="door", username="whod")


def tried(port, password="secret", limit_s=4.0, **more):
    return try_broker(replace(MQTT, port=port, **more), password, SystemClock(), limit_s)


@pytest.mark.mqtt
def test_one_that_works_is_left_as_it_was(broker):
    subscriber = broker.subscriber()
    trial = tried(broker.port)
    assert (trial.works, trial.kind, trial.place) == (True, "works", f"127.0.0.1:{broker.port}")
    wait_until(lambda: subscriber.messages, "what it published")
    assert {message.topic.split("/")[2] for message in subscriber.messages} == {"person"}
    assert not any(message.retain for message in broker.subscriber().messages)
    assert subscriber.on("whod/door/availability") == []


@pytest.mark.mqtt
def test_a_wrong_password(stopped_broker, tmp_path):
    stopped_broker.configure("allow_anonymous false")
    stopped_broker.start()
    trial = tried(stopped_broker.port)
    assert (trial.works, trial.kind) == (False, "no-entry")
    assert "mqtt.username and its password" in trial.sentence


ACL = ("topic write whod/+/availability", "topic readwrite whod/+/last")


@pytest.mark.mqtt
@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ((*ACL, "topic readwrite whod/+/person/+/present"), "works"),
        ((*ACL, "topic read whod/+/person/+/present"), "denied-write"),
        ((*ACL, "topic write whod/+/person/+/present"), "denied-read"),
    ],
)
def test_what_it_may_not_do_there(stopped_broker, tmp_path, rules, kind):
    acl = tmp_path / "acl"
    acl.write_text("\n".join(("user whod", *rules, "")))
    acl.chmod(0o600)
    stopped_broker.configure("allow_anonymous true", f"acl_file {acl}")
    stopped_broker.start()
    assert tried(stopped_broker.port).kind == kind


def test_no_host_is_no_trial():
    assert tried(1883, host="").kind == "no-host"


def test_nobody_listens():
    trial = tried(free_port())
    assert (trial.kind, trial.works) == ("refused", False)


def test_a_name_that_is_not_known():
    assert tried(1883, host="broker.invalid").kind == "unknown-name"


@pytest.fixture
def server():
    """Says something to whoever comes, and hangs up; None: it says nothing for good."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def serve(words):
            def answer():
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        held.append(connection)
                        connection.recv(1000)
                        if words is not None:
                            connection.sendall(words)
                            connection.close()

            threading.Thread(target=answer, daemon=True).start()
            return listener.getsockname()[1]

        yield serve
        listener.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


@pytest.mark.parametrize("words", [b"", b"\x15\x03\x03\x00\x02\x02\x46", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_another_language(server, words):
    trial = tried(server(words))
    assert trial.kind == "no-greeting"
    assert "TLS" in trial.sentence


def test_somebody_who_says_nothing(server):
    assert tried(server(None), limit_s=0.5).kind == "silent"


def test_one_test_of_a_broker_at_a_time(tmp_path, monkeypatch):
    desk = SettingsDesk(load(None), Kept(tmp_path), SystemClock())
    began, done = threading.Event(), threading.Event()

    def slow(*_):
        began.set()
        done.wait(10)
        return BrokerTrial(works=True, sentence="", kind="works")

    monkeypatch.setattr("daemon.mqtt.trial.try_broker", slow)
    first = threading.Thread(target=desk.try_broker, args=({"mqtt.host": "broker"},))
    first.start()
    assert began.wait(10)
    assert desk.try_broker({"mqtt.host": "broker"}).kind == "busy"
    done.set()
    first.join(10)
    assert desk.try_broker({"mqtt.host": "broker"}).works


@pytest.mark.parametrize("denied", ["homeassistant/status", "whod/door/command/pause", "whod/door/last"])
def test_what_it_may_not_listen_to_there(server_that_denies, denied):
    trial = tried(server_that_denies(denied), commands=("pause",))
    assert trial.kind == "denied-read"
    assert denied in trial.sentence


@pytest.fixture
def server_that_denies():
    """A broker that takes every subscription but one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def answer(denied):
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb", buffering=0) as stream, contextlib.suppress(OSError):
                while head := stream.read(1):
                    length = stream.read(1)[0]
                    if length & 0x80:
                        length = length & 0x7F | stream.read(1)[0] << 7
                    body = stream.read(length)
                    match head[0] & 0xF0:
                        case 0x10:
                            stream.write(b"\x20\x03\x00\x00\x00")
                        case 0x80:
                            code = b"\x87" if denied.encode() in body else b"\0"
                            stream.write(b"\x90\x04" + body[:2] + b"\0" + code)

        def serve(denied):
            threads.append(threading.Thread(target=answer, args=(denied,)))
            threads[-1].start()
            return listener.getsockname()[1]

        yield serve
        for thread in threads:
            thread.join()
