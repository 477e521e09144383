# SPDX-License-Identifier: Apache-2.0
"""Many connections that say nothing, or little, hold up nobody (W9)."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from support_web import running

from web_admin import limits
from web_admin.server import serve_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

STARTS = (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: loc")
HALF_A_BODY = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"
KEPT_ALIVE = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
NOT_TAKEN = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def port(page_app: Flask) -> Iterator[int]:
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server:
        yield server.address[1]


def half_open(
    held: contextlib.ExitStack, port: int, start: bytes, source: str = "127.0.0.1", takes: int = 0
) -> socket.socket:
    opened = held.enter_context(socket.socket())
    if takes:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
    opened.bind((source, 0))
    opened.settimeout(5)
    opened.connect(("127.0.0.1", port))
    with contextlib.suppress(OSError):
        opened.sendall(start)
    return opened


def healthy(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200


def is_open(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("count", [200, 700])
def test_half_open_ones_of_one_address(port: int, count: int) -> None:
    with contextlib.ExitStack() as held:
        for i in range(count):
            half_open(held, port, STARTS[i % len(STARTS)])
        assert healthy(port)


def test_half_open_ones_of_many_addresses(port: int) -> None:
    with contextlib.ExitStack() as held:
        for i in range(700):
            half_open(held, port, STARTS[i % len(STARTS)], f"127.0.{i % 20}.7")
        assert healthy(port)


@pytest.mark.parametrize("start", [HALF_A_BODY, KEPT_ALIVE, NOT_TAKEN])
@pytest.mark.parametrize("sources", [1, 20])
def test_those_that_do_more_than_nothing(page_app: Flask, start: bytes, sources: int) -> None:
    @page_app.before_request
    def large() -> bytes | None:
        from flask import request  # noqa: PLC0415

        return b"x" * 1_000_000 if request.path == "/large" else None

    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server, contextlib.ExitStack() as held:
        port = server.address[1]
        for i in range(limits.CONNECTIONS + 200):
            half_open(held, port, start, f"127.0.{i % sources}.1", takes=4096)
        assert [healthy(port) for _ in range(5)] == [True] * 5


def test_whoever_sends_many_requests_and_takes_no_answer_goes(port: int) -> None:
    with contextlib.ExitStack() as held:
        greedy = half_open(held, port, KEPT_ALIVE * 100)
        greedy.settimeout(5)
        taken = b""
        with contextlib.suppress(ConnectionResetError):
            while more := greedy.recv(65_536):
                taken += more
        assert taken.count(b"HTTP/1.1 200") < 100


def test_a_few_requests_at_once_are_answered(port: int) -> None:
    with contextlib.ExitStack() as held:
        last = KEPT_ALIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        client = half_open(held, port, KEPT_ALIVE * (limits.PIPELINED - 1) + last)
        client.settimeout(5)
        taken = b"".join(iter(lambda: client.recv(65_536), b""))
        assert taken.count(b"HTTP/1.1 200") == limits.PIPELINED


def test_the_oldest_of_the_address_goes_though_it_trickles(port: int) -> None:
    with contextlib.ExitStack() as held:
        trickling = half_open(held, port, b"GET / HTTP/1.1\r\n")
        elsewhere = half_open(held, port, b"GET /", "127.0.0.9")
        rest = [half_open(held, port, b"GET /") for _ in range(limits.IDLE_OF_ADDRESS - 1)]
        assert healthy(port)
        trickling.sendall(b"X: y\r\n")
        half_open(held, port, b"GET /")
        assert healthy(port)
        assert not is_open(trickling)
        assert is_open(elsewhere)
        assert is_open(rest[-1])


def test_one_that_is_used_stays_before_those_that_say_nothing(port: int) -> None:
    with (
        contextlib.ExitStack() as held,
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as kept,
    ):
        kept.request("GET", "/health")
        assert kept.getresponse().read()
        opened = kept.sock
        for _ in range(2 * limits.IDLE_OF_ADDRESS):
            half_open(held, port, b"GET /")
        kept.request("GET", "/health")
        assert kept.getresponse().status == 200
        assert kept.sock is opened


def test_whoever_is_being_answered_or_sends_a_body_stays(page_app: Flask) -> None:
    asked, answer = threading.Event(), threading.Event()

    @page_app.before_request
    def slow() -> None:
        from flask import request  # noqa: PLC0415

        if "slow" in request.args:
            asked.set()
            answer.wait(10)

    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server, contextlib.ExitStack() as held:
        port = server.address[1]
        waits = half_open(held, port, b"GET /health?slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert asked.wait(5)
        sends = half_open(held, port, b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
        for _ in range(3 * limits.IDLE_OF_ADDRESS):
            half_open(held, port, b"GET /")
        answer.set()
        sends.sendall(b"defghi")
        for connection in (waits, sends):
            connection.settimeout(5)
            assert connection.recv(5) == b"HTTP/"
