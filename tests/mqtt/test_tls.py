# SPDX-License-Identifier: Apache-2.0
"""A broker must show that it is the one, before it learns anything."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import warnings
from dataclasses import replace
from types import SimpleNamespace

import pytest
from support_broker import Subscriber, free_port, wait_until
from support_certificates import DAY, Authority
from support_door import a_decision

from daemon.clock import SystemClock
from daemon.config import load
from daemon.mqtt import retry, tcp
from daemon.mqtt.problems import Broker
from daemon.mqtt.trial import try_broker

MQTT = replace(load().settings.mqtt, host="localhost", node="door", username="whod", tls=True)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def secure(stopped_broker):
    """Starts a broker with TLS and these files; more lines may follow."""

    def start(files, *lines):
        stopped_broker.configure(f"certfile {files.cert}", f"keyfile {files.key}", "allow_anonymous true", *lines)
        stopped_broker.start()
        return stopped_broker

    return start


def tried(port, **more):
    values = {key: str(value) if key.endswith("_file") else value for key, value in more.items()}
    return try_broker(replace(MQTT, port=port, **values), "secret", SystemClock(), 4.0)


def nobody_came_to(broker):
    return "connected from" not in (broker.folder / "mosquitto.log").read_text()


@pytest.mark.mqtt
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_broker_with_the_certificate_of_our_own_authority(secure, authority, host):
    broker = secure(authority.sign("broker", "localhost", "127.0.0.1"))
    assert tried(broker.port, host=host, ca_file=authority.cert).kind == "works"
    assert not nobody_came_to(broker)


@pytest.mark.mqtt
def test_a_certificate_may_be_trusted_by_itself(secure, authority):
    files = authority.sign("broker", "localhost")
    assert tried(secure(files).port, ca_file=files.cert).kind == "works"


@pytest.mark.mqtt
@pytest.mark.parametrize(
    ("made", "trusted", "kind"),
    [
        ({}, "another.crt", "cert-unknown"),
        ({}, "", "cert-unknown"),
        ({"since": -2 * DAY, "until": -DAY}, "authority.crt", "cert-expired"),
        ({"since": DAY, "until": 2 * DAY}, "authority.crt", "cert-early"),
        ({"hosts": ("other.example", "127.0.0.1")}, "authority.crt", "cert-name"),
    ],
)
def test_a_certificate_that_proves_nothing_ends_it_before_anything_is_said(secure, tmp_path, made, trusted, kind):
    authority, _ = Authority(tmp_path), Authority(tmp_path, "another")
    hosts = made.pop("hosts", ("localhost",))
    broker = secure(authority.sign("broker", *hosts, **made))
    trial = tried(broker.port, ca_file=trusted and tmp_path / trusted)
    assert (trial.works, trial.kind) == (False, kind)
    assert trial.sentence.startswith(f"The certificate of the broker at localhost:{broker.port} ")
    assert nobody_came_to(broker)


@pytest.mark.mqtt
def test_a_certificate_for_another_address(secure, authority):
    broker = secure(authority.sign("broker", "localhost"))
    assert tried(broker.port, host="127.0.0.1", ca_file=authority.cert).kind == "cert-name"


@pytest.mark.mqtt
def test_a_broker_that_wants_our_certificate(secure, authority, tmp_path):
    broker = secure(
        authority.sign("broker", "localhost"),
        f"cafile {authority.cert}",
        "require_certificate true",
        "use_identity_as_username true",
    )
    ours, foreign = authority.sign("whod"), Authority(tmp_path, "another").sign("foreign")
    old = authority.sign("old", since=-2 * DAY, until=-DAY)
    for files in None, foreign, old:
        own = {} if files is None else {"cert_file": files.cert, "key_file": files.key}
        trial = tried(broker.port, ca_file=authority.cert, **own)
        assert (trial.kind, trial.works) == ("cert-own", False)
        assert "mqtt.cert_file and mqtt.key_file" in trial.sentence
    assert tried(broker.port, ca_file=authority.cert, cert_file=ours.cert, key_file=ours.key).kind == "works"
    assert "u'whod'" in (broker.folder / "mosquitto.log").read_text()


@pytest.mark.mqtt
def test_both_of_ours_may_stand_in_one_file(secure, authority, tmp_path):
    broker = secure(authority.sign("broker", "localhost"), f"cafile {authority.cert}", "require_certificate true")
    ours = authority.sign("whod")
    both = tmp_path / "both.pem"
    both.write_bytes(ours.cert.read_bytes() + ours.key.read_bytes())
    assert tried(broker.port, ca_file=authority.cert, cert_file=both).kind == "files"
    both.chmod(0o600)
    assert tried(broker.port, ca_file=authority.cert, cert_file=both).kind == "works"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ca_file": "missing"}, "mqtt.ca_file: {}/missing cannot be read: No such file"),
        ({"ca_file": "text"}, "mqtt.ca_file: {}/text holds no certificate"),
        ({"cert_file": "missing", "key_file": "whod.key"}, "mqtt.cert_file: {}/missing cannot be read"),
        ({"cert_file": "whod.crt", "key_file": "missing"}, "mqtt.key_file: {}/missing cannot be read"),
        ({"cert_file": "whod.crt", "key_file": "open.key"}, "chmod 600 {}/open.key"),
        ({"cert_file": "whod.crt", "key_file": "broker.key"}, "whod.crt is not the certificate of the key"),
        ({"cert_file": "text", "key_file": "whod.key"}, "do not hold a certificate and its key"),
        ({"cert_file": "locked.crt", "key_file": "locked.key"}, "has a passphrase"),
        ({"key_file": "whod.key"}, "set mqtt.cert_file too"),
    ],
)
def test_files_that_cannot_be_used(authority, tmp_path, settings, says):
    authority.sign("broker"), authority.sign("whod"), authority.sign("locked", passphrase=b"secret")
    authority.sign("open").key.chmod(0o644)
    (tmp_path / "text").write_text("no PEM")
    (tmp_path / "text").chmod(0o600)
    trial = tried(free_port(), **{key: tmp_path / name for key, name in settings.items()})
    assert trial.kind == "files"
    assert says.format(tmp_path) in trial.sentence


@pytest.mark.mqtt
def test_a_port_without_tls(broker):
    trial = tried(broker.port)
    assert trial.kind == "no-tls"
    assert "mostly 8883" in trial.sentence


@pytest.mark.mqtt
def test_a_port_that_wants_tls(secure, authority):
    trial = tried(secure(authority.sign("broker", "localhost")).port, tls=False)
    assert trial.kind == "no-greeting"
    assert "mqtt.tls" in trial.sentence


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00\x00", b""])
def test_something_that_answers_without_tls(answer):
    with socket.create_server(("localhost", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, answer))
        thread.start()
        assert tried(server.getsockname()[1]).kind == "no-tls"
        thread.join()


def _answer(server, answer):
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(answer)


def test_tls_of_old(authority):
    files = authority.sign("broker", "localhost")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(files.cert, files.key)

    def serve(server):
        connection, _ = server.accept()
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True):
            pass

    with socket.create_server(("localhost", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        assert tried(server.getsockname()[1], ca_file=authority.cert).kind == "tls-old"
        thread.join()


def test_a_greeting_that_never_ends_is_given_up():
    with socket.create_server(("localhost", 0)) as server:
        assert tried(server.getsockname()[1]).kind == "silent"


@pytest.mark.mqtt
def test_a_door_speaks_over_tls_and_takes_a_renewed_certificate_by_itself(secure, authority, make_door, monkeypatch):
    monkeypatch.setattr(retry, "LASTING_S", 0.4)
    plain = free_port()
    old = authority.sign("broker", "localhost", since=-2 * DAY, until=-DAY)
    broker = secure(old, f"listener {plain} 127.0.0.1")
    door = make_door(
        broker.port, "secret", username="whod", host="localhost", tls="true", ca_file=str(authority.cert)
    ).start()
    wait_until(lambda: "has expired" in (door.publisher.problem or ""), "the problem")

    authority.sign("broker", "localhost")
    broker.restart()
    wait_until(lambda: _listens(plain), "the other listener")
    subscriber = Subscriber(plain)
    with contextlib.closing(subscriber):
        subscriber.wait_for(door.topics.availability, b"online")
        door.publisher.offer(a_decision())
        subscriber.wait_for(door.topics.identified)
        door.stop()
        subscriber.wait_for(door.topics.availability, b"offline")


def _listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class _Listener:
    """Takes connections, and keeps what was said; nobody is answered."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.said = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection:
                    connection.settimeout(5)
                    try:
                        self.said.append(connection.recv(4096))
                    except ConnectionResetError:
                        self.said.append(b"")

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.fixture
def listener():
    with contextlib.closing(_Listener()) as listener:
        yield listener


@pytest.fixture
def _elsewhere(monkeypatch):
    """Every broker is on another machine."""
    monkeypatch.setattr(tcp, "stays_here", lambda _: False)


@pytest.mark.usefixtures("_elsewhere")
def test_a_password_does_not_go_to_another_machine_for_all_to_read(listener):
    trial = tried(listener.port, host="127.0.0.1", tls=False)
    assert trial.kind == "plain-password"
    assert "mqtt.tls" in trial.sentence
    wait_until(lambda: listener.said, "the connection")
    assert listener.said == [b""]


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize("settings", [{"plain_password": True}, {"username": ""}])
def test_it_goes_where_it_may_and_nothing_is_held_back_that_is_no_secret(listener, settings):
    assert tried(listener.port, host="127.0.0.1", tls=False, **settings).kind == "no-greeting"
    assert [b"secret" in said for said in listener.said] == [bool(settings.get("plain_password"))] * 2


def test_a_password_stays_on_this_machine(listener):
    tried(listener.port, host="127.0.0.1", tls=False)
    assert b"secret" in listener.said[0]


@pytest.mark.parametrize(
    ("own", "peer", "here"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.1.1", True),  # what Debian calls a host by its own name
        ("::1", "::1", True),
        ("192.168.1.5", "192.168.1.5", True),
        ("fe80::1%eth0", "fe80::1%eth0", True),
        ("192.168.1.5", "192.168.1.50", False),
        ("172.17.0.2", "172.17.0.1", False),
        ("fe80::1%eth0", "fe80::2%eth0", False),
    ],
)
def test_what_this_machine_is(own, peer, here):
    assert tcp.stays_here(SimpleNamespace(getsockname=lambda: (own, 1), getpeername=lambda: (peer, 2))) is here


@pytest.mark.mqtt
def test_a_connection_that_is_cut_does_not_go_on_without_tls(secure, authority):
    broker = secure(authority.sign("broker", "localhost"))
    context = ssl.create_default_context(cafile=authority.cert)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("localhost", broker.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        tcp.cut(sock)
        assert sock.version() is not None
        with pytest.raises(OSError, match=r"pipe|EOF|protocol|reset"):
            sock.send(b"secret")


def test_a_certificate_with_another_fault():
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_code, error.verify_message = 66, "EE certificate key too weak"
    problem = Broker("broker", 8883).failed(error)
    assert (problem.kind, problem.lasting) == ("cert-bad", True)
    assert "key too weak" in problem.sentence
