# SPDX-License-Identifier: Apache-2.0
"""The API on TCP: for bearers of a token, as far as its scope goes."""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from support_web import ALICE, running

from daemon.access import Access
from daemon.client import RemoteTokens
from daemon.errors import BadArchive, BadName, NoSuchToken
from daemon.types import Scope
from web_admin import WebSettings, create_app, limits
from web_admin.app import APIS
from web_admin.cookies import SESSION
from web_admin.server import serve_tcp, serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_web import FakeService

    from daemon.types import NewToken

Bearer = "Callable[[Scope], FlaskClient]"
OPERATIONS = [operation for api in APIS for operation in api.operations if operation.scope]


def test_a_route_that_declares_nothing_is_for_nobody(service: FakeService) -> None:
    app = create_app(service, WebSettings())
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    token = service.access.create("x", Scope.ADMIN)
    answer = app.test_client().get("/api/v1/forgotten", headers={"Authorization": f"Bearer {token.bearer}"})
    assert answer.status_code == 403


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view.__name__)
def test_no_operation_answers_without_a_token(page_app: Flask, service: FakeService, operation: Any) -> None:
    endpoint = next(name for api in APIS for name, found in api.by_endpoint().items() if found is operation)
    with page_app.test_request_context():
        urls = page_app.url_map.bind("localhost")
        rule = next(rule for rule in page_app.url_map.iter_rules() if rule.endpoint == endpoint)
        url = urls.build(endpoint, dict.fromkeys(rule.arguments, "x"), method=operation.method)
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer whod_00000000_00"}):
        answer = page_app.test_client().open(url, method=operation.method, headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert "whod token create" in answer.json["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=whod")
    assert service.asked == []
    below = [scope for scope in Scope if not scope.allows(operation.scope)]
    for scope in below:
        token = service.access.create("x", scope)
        answer = page_app.test_client().open(
            url, method=operation.method, headers={"Authorization": f"bearer {token.bearer}"}
        )
        assert (answer.status_code, service.asked) == (403, [])
        assert f"a token of the scope {operation.scope}" in answer.json["detail"]


def test_a_bearer_may_do_what_the_scope_says(bearer: Bearer, service: FakeService) -> None:
    assert bearer(Scope.READ).get("/api/v1/people").json[0]["name"] == "Alice"
    form = {"name": "Bob", "image": (io.BytesIO(b"JPEG"), "a.jpg")}
    assert bearer(Scope.ENROL).post("/api/v1/enrol", data=form).status_code == 201
    assert bearer(Scope.ADMIN).delete(f"/api/v1/people/{ALICE.id}").status_code == 200
    assert [call[0] for call in service.asked] == ["people", "enrol", "forget"]


def test_a_revoked_token_stops_at_once(bearer: Bearer, service: FakeService) -> None:
    client = bearer(Scope.READ)
    assert client.get("/api/v1/status").status_code == 200
    service.access.revoke(service.access.all()[0].id)
    answer = client.get("/api/v1/status")
    assert answer.status_code == 401
    assert "revoked" in answer.json["detail"]


def test_a_token_does_not_help_a_foreign_host(bearer: Bearer) -> None:
    answer = bearer(Scope.ADMIN).get("/api/v1/people", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_a_damaged_file_closes_the_page_and_not_the_socket(  # noqa: PLR0917 - the two sites, and three who ask
    bearer: Bearer, api: FlaskClient, owner: FlaskClient, page: FlaskClient, service: FakeService, tmp_path: Path
) -> None:
    client = bearer(Scope.READ)
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1000)
    service.access = Access(tmp_path / "damaged.db", service.clock)
    service.owner = service.access.owner
    for who, url in ((client, "/api/v1/people"), (owner, "/api/v1/people"), (owner, "/"), (page, "/login")):
        assert who.get(url).status_code == 503
    assert page.get("/health").status_code == 200
    assert api.get("/api/v1/people").status_code == 200
    assert api.delete(f"/api/v1/people/{ALICE.id}").status_code == 200
    assert api.get("/api/v1/tokens").json["type"] == "/problems/storage-corrupt"


def test_what_was_changed_is_on_record_without_names(bearer: Bearer, api: FlaskClient, service: FakeService) -> None:
    admin = bearer(Scope.ADMIN)
    token = service.access.all()[0]
    admin.patch(f"/api/v1/people/{ALICE.id}", json={"name": "Alicia"})
    admin.patch("/api/v1/people/Alicia", json={"familiar": True})
    api.post("/api/v1/enrol", data={"name": "Bob", "image": (io.BytesIO(b"JPEG"), "Bob.jpg")})
    admin.patch("/api/v1/people/nobody", json={"familiar": True})
    admin.get("/api/v1/people")
    api.options("/api/v1/enrol")
    made = admin.post("/api/v1/tokens", json={"name": "Bob's phone", "scope": "read"}).json
    deeds = admin.get("/api/v1/audit").json
    assert [(deed["who"], deed["action"], deed["target"]) for deed in deeds] == [
        (token.id, "create_token", made["id"]),
        ("socket", "enrol", ""),
        (token.id, "change_person", ALICE.id),
        (token.id, "change_person", ALICE.id),
    ]
    assert len(admin.get("/api/v1/audit?limit=1").json) == 1


class TestTokens:
    def test_made_listed_revoked(self, api: FlaskClient, page_app: Flask) -> None:
        made = api.post("/api/v1/tokens", json={"name": "grafana", "scope": "read", "days": 7})
        assert made.status_code == 201
        assert made.json["expires_at"] == "2026-11-28T19:30:00.000Z"
        headers = {"Authorization": f"Bearer {made.json['bearer']}"}
        assert page_app.test_client().get("/api/v1/status", headers=headers).status_code == 200
        [listed] = api.get("/api/v1/tokens").json
        assert "bearer" not in listed
        assert listed["last_used_at"] == "2026-11-21T19:30:00.000Z"
        assert api.delete(f"/api/v1/tokens/{listed['id']}").json == listed
        assert api.delete(f"/api/v1/tokens/{listed['id']}").json["type"] == "/problems/no-such-token"
        assert page_app.test_client().get("/api/v1/status", headers=headers).status_code == 401

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"name": "x"}, {"name": "x", "scope": "king"}, {"name": 7, "scope": "read"}, [], 7,
            {"name": "x", "scope": "read", "days": 0}, {"name": "x", "scope": "read", "days": 1.5},
            {"name": "x", "scope": "read", "days": True}, {"name": "\n", "scope": "read"},
        ],
    )  # fmt: skip
    def test_bodies_that_are_wrong(self, api: FlaskClient, service: FakeService, body: object) -> None:
        assert api.post("/api/v1/tokens", json=body).status_code == 400
        assert service.access.all() == []

    def test_over_the_socket(self, api_app: Flask, tmp_path: Path, service: FakeService) -> None:
        with running(serve_unix(api_app, tmp_path / "s")):
            remote = RemoteTokens(tmp_path / "s")
            made = remote.create("grafana", Scope.ENROL, 3)
            assert remote.all() == service.access.all() == [made.token]
            assert remote.deeds() == service.access.deeds()
            with pytest.raises(BadName):
                remote.create("", Scope.READ)
            for wrong in ("", "a/b", "nobody", "%2e", "?"):
                with pytest.raises(NoSuchToken, match="whod token list"):
                    remote.revoke(wrong)
            assert remote.revoke(made.token.id) == made.token


class TestBodies:
    """A body is taken in before the application is asked."""

    @pytest.fixture
    def port(self, page_app: Flask) -> Iterator[int]:
        with running(serve_tcp(page_app, "127.0.0.1", 0)) as server:
            yield server.address[1]

    @pytest.fixture
    def token(self, service: FakeService) -> NewToken:
        return service.access.create("x", Scope.ENROL)

    @staticmethod
    def post(port: int, headers: dict[str, str], body: bytes = b"", path: str = "/api/v1/enrol") -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.putrequest("POST", path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            with contextlib.suppress(OSError):  # refused before all of it was sent
                connection.send(body)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def test_the_owner_may_send_as_much_as_a_bearer(self, port: int, owner: Owner, service: FakeService) -> None:
        """The session is looked at before the body is taken in; the token against forgery after that."""
        service.error = BadArchive("The file is no zip archive.")
        size = limits.API_BODY_BYTES + 2_000_000
        cookie = owner.get_cookie(SESSION)
        assert cookie is not None
        headers = {
            "Cookie": f"a=b; {SESSION}={cookie.value}",
            "Content-Type": "application/zip",
            "Content-Length": str(size),
            "X-CSRF-Token": owner.session.csrf,
        }
        assert self.post(port, headers, bytes(size), "/api/v1/imports")[0] == 422
        service.owner.logout(owner.session.id)
        assert self.post(port, headers, b"", "/api/v1/imports")[0] == 401

    def test_strangers_are_refused_before_they_have_sent_much(self, port: int) -> None:
        status, body = self.post(port, {"Content-Length": "30000000"})
        assert status == 401
        assert "with a token only" in json.loads(body)["detail"]
        assert self.post(port, {"Content-Length": "30000000"}, path="/")[0] == 413

    def test_strangers_are_not_asked_to_go_on(self, port: int) -> None:
        status, body = self.post(port, {"Content-Length": "30000000", "Expect": "100-continue"})
        assert (status, json.loads(body)["status"]) == (401, 401)

    def test_strangers_who_do_not_say_how_much_they_send(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(
                b"POST /api/v1/enrol HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            sent = 0
            with contextlib.suppress(OSError):
                while sent < 30_000_000:
                    connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                    sent += 0x10000
            assert sent < 30_000_000

    @pytest.mark.parametrize("path", ["/login", "/api/v1/enrol"])
    def test_two_lengths_are_one_too_many(self, port: int, path: str) -> None:
        body = b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n".encode()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
            answers = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answers.startswith(b"HTTP/1.1 400 ")
        assert answers.count(b"HTTP/1.1 ") == 1

    def test_who_may_only_look_sends_no_archives(self, port: int, service: FakeService, token: NewToken) -> None:
        reader = service.access.create("x", Scope.READ)
        for bearer, status in ((reader, 413), (token, 422)):
            headers = {"Authorization": f"Bearer {bearer.bearer}", "Content-Type": "application/zip"}
            service.error = BadArchive("The file is no zip archive.")
            size = limits.API_BODY_BYTES + 2_000_000
            assert (
                self.post(port, {**headers, "Content-Length": str(size)}, bytes(size), "/api/v1/imports")[0] == status
            )

    def test_a_body_that_there_is_no_room_for(
        self, port: int, token: NewToken, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.__init__", full)
        headers = {"Authorization": f"Bearer {token.bearer}", "Content-Length": "2000000"}
        status, body = self.post(port, headers, bytes(2_000_000))
        assert (status, "No space left" in json.loads(body)["detail"]) == (503, True)

    def test_a_bearer_may_send_pictures(self, port: int, token: NewToken, service: FakeService) -> None:
        picture = bytes(2_900_000)
        body = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nBob\r\n' + b"".join(
            b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + picture + b"\r\n"
            for _ in range(3)
        ) + b"--b--\r\n"  # fmt: skip
        headers = {
            "Authorization": f"Bearer {token.bearer}",
            "Content-Type": "multipart/form-data; boundary=b",
            "Content-Length": str(len(body)),
        }
        assert self.post(port, headers, body)[0] == 201
        assert [len(data) for _, data in service.asked[0][2]] == [len(picture)] * 3

    def test_nobody_may_send_a_json_object_of_many_megabytes(self, page_app: Flask, service: FakeService) -> None:
        token = service.access.create("x", Scope.ADMIN)
        body = b'{"name": "' + bytes(b"x" * limits.JSON_BODY_BYTES) + b'"}'
        answer = page_app.test_client().patch(
            f"/api/v1/people/{ALICE.id}",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token.bearer}"},
        )
        assert answer.status_code == 413
