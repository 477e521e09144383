# SPDX-License-Identifier: Apache-2.0
"""Server-Sent Events, over real sockets."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from support_web import running

from daemon.types import Scope
from web_admin import limits
from web_admin.server import serve_tcp, serve_unix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService


class Stream:
    """A client that reads."""

    def __init__(self, connection: socket.socket, headers: str = "") -> None:
        self.connection = connection
        connection.settimeout(5)
        connection.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        self.seen = b""
        self.head = self.until(b"\r\n\r\n")

    def until(self, end: bytes) -> str:
        while end not in self.seen:
            got = self.connection.recv(65_536)
            if not got:
                raise EOFError(self.seen)
            self.seen += got
        found, _, self.seen = self.seen.partition(end)
        return found.decode()

    def event(self) -> dict[str, Any]:
        """The next event: its kind, id and data; heartbeats and what chunks need are passed over."""
        while True:
            block = self.until(b"\n\n")
            fields = dict(line.partition(": ")[::2] for line in block.splitlines() if ": " in line)
            if "event" in fields:
                return {**fields, "data": json.loads(fields["data"])}

    def rest(self) -> bytes:
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while got := self.connection.recv(65_536):
                self.seen += got
        return self.seen


@pytest.fixture
def connect(api_app: Flask, tmp_path: Path, service: FakeService) -> Iterator[Callable[..., Stream]]:
    """Opens a stream on the owner's socket."""
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)), contextlib.ExitStack() as stack:
        stack.callback(service.feed.close)  # before the server, as the daemon does

        def open_(headers: str = "") -> Stream:
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            connection.connect(str(path))
            return Stream(connection, headers)

        yield open_


def event(n: int, kind: str = "identified") -> dict[str, Any]:
    return {"event_type": kind, "event_id": f"e{n}", "person_id": "p", "name": "Zoë\n: x"}


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_events_as_they_come(connect: Callable[..., Stream], service: FakeService) -> None:
    stream = connect()
    assert "200 OK" in stream.head
    assert "Content-Type: text/event-stream" in stream.head
    wait_for(lambda: service.feed.listeners == 1)
    service.feed.tell(event(1))
    service.feed.tell(event(2, "sighting"))
    first, second = stream.event(), stream.event()
    assert (first["event"], first["data"]) == ("identified", event(1))
    assert (second["event"], second["data"]) == ("sighting", event(2, "sighting"))
    assert first["id"] != second["id"]


def test_one_who_comes_back_goes_on_where_it_was(connect: Callable[..., Stream], service: FakeService) -> None:
    stream = connect()
    wait_for(lambda: service.feed.listeners == 1)
    service.feed.tell(event(1))
    last = stream.event()["id"]
    stream.connection.close()
    service.feed.tell(event(2))
    assert connect(f"Last-Event-ID: {last}\r\n").event()["data"] == event(2)
    lost = connect("Last-Event-ID: another-7\r\n")
    assert lost.event()["event"] == "gap"
    assert [lost.event()["data"]["event_id"] for _ in range(2)] == ["e1", "e2"]


def test_who_went_away_makes_room_before_anything_is_written(
    connect: Callable[..., Stream], service: FakeService
) -> None:
    streams = [connect() for _ in range(limits.LISTENERS)]
    wait_for(lambda: service.feed.listeners == limits.LISTENERS)
    refused = connect()
    assert "503" in refused.head
    assert f"Retry-After: {limits.RETRY_S}" in refused.head
    assert b"application/problem+json" in refused.head.encode()
    for stream in streams:
        stream.connection.close()
    wait_for(lambda: service.feed.listeners == 0)
    assert "200 OK" in connect().head


def test_others_are_answered_while_all_places_are_taken(
    connect: Callable[..., Stream], tmp_path: Path, service: FakeService
) -> None:
    for _ in range(limits.LISTENERS):
        connect()
    wait_for(lambda: service.feed.listeners == limits.LISTENERS)
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(5)
        other.connect(str(tmp_path / "whod.sock"))
        other.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in other.recv(65_536)


def test_one_who_does_not_read_is_let_go(
    connect: Callable[..., Stream], service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEARTBEAT_S", 0.02)
    connect()
    wait_for(lambda: service.feed.listeners == 1)
    large = {**event(1), "text": "x" * 50_000}
    for _ in range(100):
        service.feed.tell(large)
        time.sleep(0.005)
        if service.feed.listeners == 0:
            break
    wait_for(lambda: service.feed.listeners == 0)


def test_a_stream_ends_when_whod_does(connect: Callable[..., Stream], service: FakeService) -> None:
    stream = connect()
    wait_for(lambda: service.feed.listeners == 1)
    service.feed.close()
    assert stream.rest().endswith(b"0\r\n\r\n")
    assert service.feed.listeners == 0


def test_a_stream_ends_after_a_while(
    connect: Callable[..., Stream], service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(limits, "STREAM_S", 0.05)
    stream = connect()
    assert stream.rest().endswith(b"0\r\n\r\n")
    assert service.feed.listeners == 0


def test_a_token_that_is_revoked_hears_nothing_more(
    page_app: Flask, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = service.access.create("x", Scope.READ)
    with running(serve_tcp(page_app, "127.0.0.1", 0)) as server, contextlib.ExitStack() as stack:
        stack.callback(service.feed.close)
        stranger = Stream(stack.enter_context(socket.create_connection(server.address)))
        assert "401" in stranger.head
        headers = f"Authorization: Bearer {token.bearer}\r\n"
        stream = Stream(stack.enter_context(socket.create_connection(server.address)), headers)
        wait_for(lambda: service.feed.listeners == 1)
        service.feed.tell(event(1))
        assert stream.event()["data"] == event(1)
        service.access.revoke(token.token.id)
        wait_for(lambda: service.feed.listeners == 0)  # though nothing happens
        service.feed.tell(event(2))
        assert b"e2" not in stream.rest()


def test_asking_for_the_head_takes_no_place(api: FlaskClient, service: FakeService) -> None:
    assert api.head("/api/v1/events").status_code == 200
    assert service.feed.listeners == 0
