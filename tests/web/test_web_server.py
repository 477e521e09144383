# SPDX-License-Identifier: Apache-2.0
"""The servers themselves, with real sockets."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import socket
import stat
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support_web import face, live_view, running

from daemon.errors import ListenError, WorldError
from web_admin.cookies import SESSION
from web_admin.server import HttpServer, serve_tcp, serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from support_owner import Owner
    from support_web import FakeService


@pytest.fixture
def port(page_app: Flask) -> Iterator[int]:
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server:
        yield server.address[1]


@pytest.fixture
def cookie(owner: Owner) -> str:
    """What the owner's browser sends."""
    found = owner.get_cookie(SESSION)
    assert found
    return f"{SESSION}={found.value}"


def get(port: int, url: str, host: str = "127.0.0.1", cookie: str = "") -> tuple[int, bytes, http.client.HTTPMessage]:
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
        connection.request("GET", url, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        with contextlib.suppress(OSError):  # it may be refused before all of it is sent
            connection.sendall(request)
        return connection.recv(65_536)


def waitress_threads() -> int:
    return sum(thread.name.startswith("waitress") for thread in threading.enumerate())


def test_the_page_on_tcp(port: int, service: FakeService, cookie: str) -> None:
    service.view = live_view(face("Zoë 🦊"), jpeg=b"\xff\xd8" + bytes(200_000))
    status, body, headers = get(port, "/live.jpg", cookie=cookie)
    assert (status, body) == (200, service.view.jpeg)
    assert "Zo\\u00eb" in headers["X-Whod-Live"]
    assert "Server" not in headers
    assert b"front-door" in get(port, "/", cookie=cookie)[1]
    assert get(port, "/nowhere")[0] == 404


@pytest.mark.parametrize("host", ["localhost", "::1", "[::1]"])
def test_other_ways_to_write_this_machine(page_app: Flask, host: str) -> None:
    try:
        server = serve_tcp(page_app, host, 0)
    except ListenError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with running(server):
        assert get(server.address[1], "/health", host.strip("[]"))[0] == 200


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /health HTTP/1.0\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"200"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + 20_000 * b"x" + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", b"413"),
        (b"DELETE /api/v1/people/x HTTP/1.1\r\nHost: localhost\r\n\r\n", b"401"),
    ],
)
def test_odd_requests(port: int, request_head: bytes, status: bytes) -> None:
    answer = raw(port, request_head)
    assert answer.split()[1] == status
    assert b"X-Content-Type-Options: nosniff" in answer
    assert status == b"200" or b"Content-Type: application/problem+json" in answer


def test_whoever_is_refused_while_sending_reads_why_and_then_the_connection_ends(port: int) -> None:
    head = b"POST /api/v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sender:
        sender.sendall(head)
        for _ in range(12):  # closed too early, this fails, and what was answered is lost
            sender.sendall(bytes(1_000_000))
        answer = b"".join(iter(lambda: sender.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 401")
        assert b"with a token only" in answer


def test_half_open_connections_hold_up_nobody(port: int) -> None:
    starts = (
        b"",
        b"GET /",
        b"GET / HTTP/1.1\r\nHost: loc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
    )
    with contextlib.ExitStack() as held:
        for i in range(100):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            connection.sendall(starts[i % len(starts)])
        assert get(port, "/health")[0] == 200


def test_readers_who_do_not_read_hold_up_nobody(port: int, service: FakeService, cookie: str) -> None:
    service.view = live_view(jpeg=bytes(3_000_000))
    with contextlib.ExitStack() as held:
        for _ in range(12):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            connection.sendall(f"GET /live.jpg HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        assert get(port, "/health")[0] == 200


def test_polling_leaves_nothing_behind(port: int, service: FakeService, cookie: str) -> None:
    service.view = live_view(face())
    get(port, "/live.jpg", cookie=cookie)
    before = threading.active_count()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as kept:
        for i in range(100):
            assert get(port, ("/live.jpg", "/state.json")[i % 2], cookie=cookie)[0] == 200
            kept.request("GET", "/live.jpg", headers={"Cookie": cookie})
            assert kept.getresponse().read()
    assert threading.active_count() <= before


def test_closing_ends_the_run_and_its_threads(page_app: Flask) -> None:
    before = waitress_threads()
    server = serve_tcp(page_app, "127.0.0.1", 0)
    with running(server), socket.create_connection(server.address, timeout=5) as idle:
        assert get(server.address[1], "/health")[0] == 200
        began = time.monotonic()
        server.close()
        assert idle.recv(1) == b""
        assert time.monotonic() - began < 3
        server.close()
    assert waitress_threads() <= before
    with pytest.raises(ConnectionRefusedError):
        get(server.address[1], "/health")


def test_a_request_in_work_does_not_hold_up_the_end(page_app: Flask, service: FakeService, cookie: str) -> None:
    asked, answer = threading.Event(), threading.Event()

    def stuck(_camera: str) -> None:
        asked.set()
        answer.wait(10)

    service.live = stuck  # type: ignore[method-assign]
    server = serve_tcp(page_app, "127.0.0.1", 0)
    try:
        with running(server), socket.create_connection(server.address, timeout=5) as client:
            client.sendall(f"GET /live.jpg HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
            assert asked.wait(5)
            began = time.monotonic()
            server.close()
            assert client.recv(1) == b""
        assert time.monotonic() - began < 4
        os.fstat(server._server.trigger.trigger)  # still open for the thread that answers
    finally:
        answer.set()
        while server._server.task_dispatcher.threads:
            time.sleep(0.01)
        server._server.trigger.close()


def test_closing_in_the_midst_of_requests(page_app: Flask) -> None:
    """Threads that answer wake the loop through a pipe; it must be theirs to the end."""
    for _ in range(60):
        server = serve_tcp(page_app, "127.0.0.1", 0)
        with running(server), contextlib.ExitStack() as held:
            for _ in range(6):
                client = held.enter_context(socket.create_connection(server.address, timeout=5))
                client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(1)


def test_closed_before_it_ran(page_app: Flask) -> None:
    before = waitress_threads()
    server = serve_tcp(page_app, "127.0.0.1", 0)
    server.close()
    server.run()
    server.close()
    assert waitress_threads() <= before


def test_a_port_can_be_taken_again_at_once(page_app: Flask) -> None:
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as first:
        port = first.address[1]
        get(port, "/health")
    with running(serve_tcp(page_app, "127.0.0.1", port)):
        assert get(port, "/health")[0] == 200


def test_a_port_that_is_taken(page_app: Flask, port: int) -> None:
    with pytest.raises(ListenError) as raised:
        serve_tcp(page_app, "127.0.0.1", port)
    assert isinstance(raised.value, WorldError)
    said = f"web.listen: address 127.0.0.1:{port} is already in use by another program: choose another port."
    assert str(raised.value) == said


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine(page_app: Flask, host: str) -> None:
    with pytest.raises(ListenError, match=f"web.listen: cannot listen at {host}:8737"):
        serve_tcp(page_app, host, 8737)


def ask_unix(path: Path) -> bytes:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_the_owners_socket_is_the_owners_alone(api_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b'"node":"front-door"' in ask_unix(path).replace(b'": "', b'":"')


def test_a_dead_ones_socket_is_replaced(api_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "whod.sock"
    for _ in range(2):
        with running(serve_unix(api_app, path)):
            assert b"200 OK" in ask_unix(path)
    assert path.is_socket()


def test_something_else_of_the_name_is_left_alone(api_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "whod.sock"
    path.write_text("precious")
    with pytest.raises(ListenError, match=r"whod\.sock: cannot be made as a socket .*: something else has this name"):
        serve_unix(api_app, path)
    assert path.read_text() == "precious"


def test_a_path_that_is_too_long(api_app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(ListenError, match="choose a state folder with a shorter path"):
        serve_unix(api_app, folder / "whod.sock")


def test_a_folder_that_is_not_there(api_app: Flask, tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="make the state folder writable"):
        serve_unix(api_app, tmp_path / "gone" / "whod.sock")


def test_page_and_socket_side_by_side(page_app: Flask, api_app: Flask, tmp_path: Path) -> None:
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as tcp, running(serve_unix(api_app, tmp_path / "s")):
        assert get(tcp.address[1], "/api/v1/people")[0] == 401
        assert b"200 OK" in ask_unix(tmp_path / "s")


def test_the_server_keeps_quiet(port: int, service: FakeService, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        threads = [threading.Thread(target=get, args=(port, "/health")) for _ in range(30)]
        for thread in threads:
            thread.start()
        raw(port, b"nonsense\r\n\r\n")
        for thread in threads:
            thread.join(5)
    assert caplog.records == []


def test_what_serves_can_be_run_by_a_supervisor(page_app: Flask) -> None:
    server: HttpServer = serve_tcp(page_app, "127.0.0.1", 0)
    stoppers = [threading.Thread(target=server.close) for _ in range(4)]
    with running(server):
        for thread in stoppers:
            thread.start()
        for thread in stoppers:
            thread.join(5)
