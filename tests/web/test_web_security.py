# SPDX-License-Identifier: Apache-2.0
"""Who may ask, what a browser may do with the answer, and what errors look like."""

from __future__ import annotations

import contextlib
import http.client
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from support_web import NASTY_NAMES, live_view, running

from web_admin import WebSettings, create_app
from web_admin.hosts import LOCAL
from web_admin.security import HEADERS
from web_admin.server import serve_tcp

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService
    from werkzeug.test import TestResponse

SAFE = {"GET", "HEAD", "OPTIONS"}


def requests(app: Flask) -> list[tuple[str, str]]:
    """Each route with each of its methods, filled in with something."""
    fill = defaultdict(lambda: "nobody", filename="whod.css")
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        return [
            (method, urls.build(rule.endpoint, {name: fill[name] for name in rule.arguments}, method=method))
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods or ())
        ]


def assert_guarded(answer: TestResponse) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.getlist(name) == [value]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "detail"}
    assert answer.json["status"] == answer.status_code
    return answer.json


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("picture", [False, True])
def test_every_answer_is_guarded(service: FakeService, trusted: bool, picture: bool) -> None:
    service.view = live_view() if picture else None
    app = create_app(service, WebSettings(trusted=trusted))
    client = app.test_client()
    routes = requests(app)
    assert len(routes) > 10
    for method, url in routes:
        with client.open(url, method=method) as answer:
            assert_guarded(answer)


@pytest.mark.parametrize("site", ["page", "api"])
def test_errors_are_guarded_problems(site: str, service: FakeService, request: pytest.FixtureRequest) -> None:
    client: FlaskClient = request.getfixturevalue(site)
    service.error = RuntimeError("a bug")
    for method, url, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/../../etc/passwd", 404),
        ("POST", "/health", 405),
        ("GET", "/health", 500),
    ):
        answer = client.open(url, method=method)
        assert answer.status_code == status
        assert_guarded(answer)
        assert problem(answer)["type"] == "about:blank"


def test_a_refused_method_names_those_that_are_allowed(page: FlaskClient) -> None:
    answer = page.post("/state.json")
    assert answer.status_code == 405
    assert {method.strip() for method in answer.headers["Allow"].split(",")} == SAFE


def test_a_bug_is_logged_once_and_told_in_general(
    owner: FlaskClient, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.error = ZeroDivisionError("Alice's secret")
    with caplog.at_level(logging.DEBUG):
        answer = owner.get("/state.json")
    assert "secret" not in answer.text
    assert problem(answer)["detail"] == "whod met a fault of its own; its log has the details."
    [record] = caplog.records
    assert record.exc_info
    assert record.getMessage() == "answering door_pages.read_state failed"


def test_the_owners_socket_has_no_page(api: FlaskClient) -> None:
    for url in ("/", "/live.jpg", "/static/whod.css"):
        assert api.get(url).status_code == 404


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost", "localhost:8737", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:65535", "localhost:80"],
)
def test_hosts_of_this_machine(page: FlaskClient, host: str) -> None:
    assert page.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8737",
        "localhost.evil.example",
        "evil.localhost",
        "localhost.",
        "localhost:",
        "localhost:port",
        "localhost:8737:1",
        "localhost@evil.example",
        "localhost, evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "::1",
        "[::1",
        "[::2]",
        "0.0.0.0",
        "192.168.1.7",
        "localhost\t",
        "lоcalhost",  # noqa: RUF001  a Cyrillic o
        *(name for name in NASTY_NAMES if name.isascii()),
    ],
)
@pytest.mark.parametrize("url", ["/", "/live.jpg", "/state.json", "/health", "/static/whod.css", "/nowhere"])
def test_foreign_hosts(page: FlaskClient, host: str, url: str) -> None:
    answer = page.get(url, environ_overrides={"HTTP_HOST": host.encode().decode("latin-1")})
    assert answer.status_code == 400
    assert_guarded(answer)
    assert "web.hosts" in answer.text
    assert page.get_cookie("whod") is None


@pytest.mark.parametrize(
    ("local", "host", "status"),
    [
        ("192.168.1.7", "192.168.1.7", 200),
        ("192.168.1.7", "192.168.1.7:8737", 200),
        ("192.168.1.7", "192.168.1.8", 400),
        ("192.168.1.7", "evil.example", 400),
        ("::ffff:192.168.1.7", "192.168.1.7", 200),
        ("fd00::7", "[FD00:0::7]:8737", 200),
        ("fe80::7%eth0", "[fe80::7]", 200),
        ("fd00::7", "[fd00::8]", 400),
        ("", "0.0.0.0", 400),
        ("", "", 400),
    ],
)
def test_the_address_that_somebody_is_connected_to_is_ours(
    page: FlaskClient, local: str, host: str, status: int
) -> None:
    overrides = {"HTTP_HOST": host, LOCAL: local}
    assert page.get("/health", environ_overrides=overrides).status_code == status


def test_the_server_tells_that_address(page_app: Flask) -> None:
    """The whole of 127.0.0.0/8 is this machine, and only one of it is in the list."""
    with running(serve_tcp(page_app, "127.0.0.2", 0)) as server:
        for host, status in (("127.0.0.2", 200), ("127.0.0.3", 400), ("localhost", 200), ("evil.example", 400)):
            with contextlib.closing(http.client.HTTPConnection(*server.address, timeout=10)) as connection:
                connection.request("GET", "/health", headers={"Host": host})
                assert connection.getresponse().status == status


def test_more_hosts_can_be_set(service: FakeService) -> None:
    client = create_app(service, WebSettings(hosts=("door.local",))).test_client()
    assert client.get("/health", headers={"Host": "door.local:8737"}).status_code == 200
    assert client.get("/health", headers={"Host": "doorxlocal"}).status_code == 400


def test_who_may_show_it_in_a_frame_is_set(service: FakeService) -> None:
    home = "https://home.example"
    answer = create_app(service, WebSettings(frame_ancestors=(home,))).test_client().get("/health")
    assert f"frame-ancestors {home};" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    changed = {"Content-Security-Policy", "X-Frame-Options"}
    assert {name: answer.headers[name] for name in HEADERS if name not in changed} == {
        name: value for name, value in HEADERS.items() if name not in changed
    }


def test_the_owners_socket_takes_any_host(api: FlaskClient) -> None:
    assert api.get("/health", headers={"Host": "whatever"}).status_code == 200
