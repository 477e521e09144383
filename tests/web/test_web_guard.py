# SPDX-License-Identifier: Apache-2.0
"""Who gets in on TCP: nobody without a session or a token (W1), nobody from a foreign site (W5), and for some things
nobody who has not typed the password just now (W12)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from support_owner import PASSWORD, Owner, log_in

from daemon.access import passwords
from daemon.types import Scope
from web_admin import ways
from web_admin.app import APIS, PAGES
from web_admin.cookies import SESSION

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

    from web_admin.frame import Operation

PUBLIC = {
    "login_pages.show_login",
    "login_pages.log_in",
    "login_pages.show_first",
    "login_pages.set_first_password",
    "more_pages.choose_language",
    "health.health",
    "health.api_health",
    "static",
}
DECLARED = {endpoint: operation for part in (*PAGES, *APIS) for endpoint, operation in part.by_endpoint().items()}
CLOSED = {endpoint: operation for endpoint, operation in DECLARED.items() if endpoint not in PUBLIC}
CONFIRMED = {endpoint: operation for endpoint, operation in CLOSED.items() if operation.confirm}
UNSAFE = {endpoint: operation for endpoint, operation in CLOSED.items() if operation.method != "GET"}


def url_of(app: Flask, endpoint: str) -> str:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    with app.test_request_context():
        return app.url_map.bind("localhost").build(endpoint, dict.fromkeys(rule.arguments, "x"))


def assert_refused(answer: Any, operation: Operation, url: str) -> None:
    if operation.is_page:
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next=/")
        assert answer.data == b""
    else:
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert "log in" in answer.json["detail"]


class TestWithoutASession:
    """W1."""

    def test_the_routes_that_are_public(self, page_app: Flask) -> None:
        routes = {rule.endpoint for rule in page_app.url_map.iter_rules()}
        assert {name for name in routes if name not in DECLARED or DECLARED[name].scope is None} == PUBLIC

    @pytest.mark.parametrize("cookie", [None, "", "0" * 64, "x; whod=y", "é"])
    def test_every_other_route_is_refused(
        self, page_app: Flask, service: FakeService, owner: Owner, cookie: str | None
    ) -> None:
        routes = [rule for rule in page_app.url_map.iter_rules() if rule.endpoint not in PUBLIC]
        assert len(routes) > 100
        client = page_app.test_client()
        if cookie is not None:
            client.environ_base["HTTP_COOKIE"] = f"{SESSION}={cookie}".encode().decode("latin-1")
        for rule in routes:
            url = url_of(page_app, rule.endpoint)
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                answer = client.open(url, method=method, headers={"X-CSRF-Token": owner.session.csrf})
                assert_refused(answer, DECLARED[rule.endpoint], url) if method != "HEAD" else None
                assert answer.status_code in (303, 401)
        assert service.asked == []

    def test_a_page_is_found_again_after_the_login(
        self, page: FlaskClient, service: FakeService, owner: Owner
    ) -> None:
        answer = page.get("/people?q=a+b&page=2")
        assert answer.headers["Location"] == "/login?next=/people%3Fq%3Da%2Bb%26page%3D2"
        shown = page.get(answer.headers["Location"])
        assert 'value="/people?q=a+b&amp;page=2"' in shown.text
        answer = page.post("/login", data={"password": PASSWORD, "next": "/people?q=a+b&page=2"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/people?q=a+b&page=2")
        assert page.get("/people").status_code == 200

    def test_htmx_loads_the_whole_login_page(self, page: FlaskClient) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/people?q=x"}
        answer = page.post("/groups", headers=headers)
        assert answer.headers["HX-Redirect"] == "/login?next=/people%3Fq%3Dx"
        assert answer.data == b""

    def test_an_address_that_is_none_leads_home_after_the_login(self, page: FlaskClient) -> None:
        answer = page.get("/groups", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
        assert answer.headers["HX-Redirect"] == "/login?next=/"

    def test_a_cookie_that_is_replayed_after_the_logout(self, owner: Owner, page_app: Flask) -> None:
        """W4."""
        cookie = owner.get_cookie(SESSION)
        assert cookie is not None
        assert owner.get("/api/v1/people").status_code == 200
        assert owner.post("/logout").status_code == 303
        replay = page_app.test_client()
        replay.set_cookie(SESSION, cookie.value)
        assert replay.get("/api/v1/people").status_code == 401
        assert replay.get("/live.jpg").status_code == 401
        assert replay.get("/").headers["Location"] == "/login?next=/"
        assert owner.get_cookie(SESSION) is None

    def test_what_a_token_opens_a_session_does_not_spoil(self, owner: Owner, service: FakeService) -> None:
        """Who sends both asks as the bearer, and needs no other proof: no foreign site can send that header."""
        token = service.access.create("x", Scope.READ)
        headers = {"Authorization": f"Bearer {token.bearer}"}
        assert owner.get("/api/v1/people", headers=headers).status_code == 200
        assert owner.post("/api/v1/people", json={"name": "Zoe"}, headers=headers).status_code == 403
        wrong = {"Authorization": "Bearer whod_00000000_00"}
        assert owner.get("/api/v1/people", headers=wrong).status_code == 401
        of_a_proxy = {"Authorization": "Basic eDp5"}
        assert owner.get("/api/v1/people", headers=of_a_proxy).status_code == 200


SITES: dict[str, dict[str, str]] = {
    "nothing at all": {},
    "no token": {"Origin": "http://localhost"},
    "no token, a browser's own form over plain HTTP": {"Origin": "null"},
    "no token, a browser's own form": {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    "an empty token": {"X-CSRF-Token": ""},
    "a token that is made up": {"X-CSRF-Token": "0" * 64},
    "a token with something on it": {"X-CSRF-Token": "RIGHT "},
    "a token that is not ASCII": {"X-CSRF-Token": "é"},
    "a foreign origin": {"X-CSRF-Token": "RIGHT", "Origin": "http://evil.example"},
    "an origin that is none": {"X-CSRF-Token": "RIGHT", "Origin": "http://["},
    "an origin that begins like ours": {"X-CSRF-Token": "RIGHT", "Origin": "http://localhost.evil.example"},
    "our name at another port": {"X-CSRF-Token": "RIGHT", "Origin": "http://localhost:8080"},
    "another site": {"X-CSRF-Token": "RIGHT", "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"X-CSRF-Token": "RIGHT", "Sec-Fetch-Site": "same-site"},
    "typed in": {"X-CSRF-Token": "RIGHT", "Sec-Fetch-Site": "none"},
    "another session's token": {"X-CSRF-Token": "OTHER"},
}


class TestForeignSites:
    """W5."""

    @pytest.mark.parametrize("site", SITES)
    def test_are_refused_with_every_method_of_every_route(
        self, page_app: Flask, service: FakeService, owner: Owner, site: str
    ) -> None:
        other = log_in(page_app, service)
        words = {"RIGHT": owner.session.csrf, "OTHER": other.session.csrf}
        headers = {name: value.replace("RIGHT", words["RIGHT"]).replace("OTHER", words["OTHER"])
                   for name, value in SITES[site].items()}  # fmt: skip
        deeds = len(service.access.deeds())
        for endpoint, operation in UNSAFE.items():
            answer = owner.open(url_of(page_app, endpoint), method=operation.method, headers=headers, csrf=False)
            assert (endpoint, answer.status_code) == (endpoint, 403)
        assert service.asked == []
        assert len(service.access.deeds()) == deeds
        assert len(service.owner.sessions()) == 2

    @pytest.mark.parametrize("headers", [
        {}, {"Origin": "null"}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"},
    ])  # fmt: skip
    def test_our_own_forms_and_scripts_are_not(self, owner: Owner, headers: dict[str, str]) -> None:
        form = {"csrf": owner.session.csrf, "name": "Uncles"}
        assert owner.post("/groups", data=form, headers=headers, csrf=False).status_code == 303
        sent = {"X-CSRF-Token": owner.session.csrf, **headers}
        assert owner.post("/api/v1/people", json={"name": "Zoe"}, headers=sent, csrf=False).status_code == 201

    def test_the_token_in_a_form_with_files(self, owner: Owner, service: FakeService) -> None:
        form = {"name": "Bob", "image": (io.BytesIO(b"JPEG"), "a.jpg"), "csrf": owner.session.csrf}
        assert owner.post("/api/v1/enrol", data=form, csrf=False).status_code == 201
        form = {"name": "Bob", "image": (io.BytesIO(b"JPEG"), "a.jpg"), "csrf": "x"}
        assert owner.post("/api/v1/enrol", data=form, csrf=False).status_code == 403
        assert len(service.asked) == 1

    def test_the_token_does_not_stand_in_the_address(self, owner: Owner) -> None:
        assert owner.post(f"/logout?csrf={owner.session.csrf}", csrf=False).status_code == 403

    @pytest.mark.parametrize("url", ["/login", "/first"])
    def test_nobody_is_made_to_guess_by_a_foreign_site(self, page: FlaskClient, owner: Owner, url: str) -> None:
        form = {"password": PASSWORD, "again": PASSWORD, "code": "x"}
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "http://["}, {"Sec-Fetch-Site": "cross-site"}):
            assert page.post(url, data=form, headers=headers).status_code == 403
        assert page.get_cookie(SESSION) is None

    def test_looking_changes_nothing(self, page_app: Flask, service: FakeService, owner: Owner) -> None:
        """Every route is asked with GET, and with HEAD; what is kept is the same as before."""
        before = service.access.deeds(), service.access.all(), service.owner.sessions()
        routes = [endpoint for endpoint, operation in DECLARED.items() if operation.method == "GET"]
        for endpoint in routes:
            operation = DECLARED[endpoint]
            if operation.scope is Scope.ADMIN and not operation.is_page:
                continue  # that a backup was taken away is on record
            if endpoint != "events.events":
                for method in ("GET", "HEAD"):
                    assert owner.open(url_of(page_app, endpoint), method=method).status_code < 500
        assert len(routes) > 50
        assert (service.access.deeds(), service.access.all(), service.owner.sessions()) == before
        names = {str(call[0]) for call in service.asked}
        assert not names & {"enrol", "create", "change", "add", "delete", "restore", "merge", "forget", "assign"}


class TestTypingThePasswordAnew:
    """W12."""

    def test_what_needs_it(self) -> None:
        needed = {operation.view.__name__ for operation in CONFIRMED.values() if operation.method != "GET"}
        assert needed >= {
            "make_backup", "restore_backup", "forget_everybody", "change_password", "create_token",
        }  # fmt: skip
        of_apis = {name for name, operation in CONFIRMED.items() if not operation.is_page}
        assert of_apis >= {
            "backups.make_backup", "backups.restore_backup", "people.forget_everybody", "tokens.create_token",
        }  # fmt: skip

    @pytest.mark.parametrize("endpoint", CONFIRMED)
    def test_it_is_asked_for_after_five_minutes(
        self, page_app: Flask, service: FakeService, owner: Owner, endpoint: str
    ) -> None:
        operation, url = CONFIRMED[endpoint], url_of(page_app, endpoint)
        service.clock.advance(301)
        deeds = len(service.access.deeds())
        answer = owner.open(url, method=operation.method)
        if operation.is_page:
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/confirm?next=/")
        else:
            assert (answer.status_code, answer.json["type"]) == (403, "/problems/confirmation-needed")
        assert service.asked == []
        assert len(service.access.deeds()) == deeds
        assert owner.get("/people").status_code == 200

    def test_bearers_are_not_asked(self, page_app: Flask, service: FakeService) -> None:
        token = service.access.create("x", Scope.ADMIN)
        headers = {"Authorization": f"Bearer {token.bearer}"}
        made = page_app.test_client().post("/api/v1/tokens", json={"name": "y", "scope": "read"}, headers=headers)
        assert made.status_code == 201

    def test_it_is_typed_and_counts(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.clock.advance(301)
        assert owner.get("/access/password").headers["Location"] == "/confirm?next=/access/password"
        shown = owner.get("/confirm?next=/access/password")
        assert 'value="/access/password"' in shown.text
        wrong = owner.post("/confirm", data={"password": "x", "next": "/access/password"})
        assert wrong.status_code == 403
        assert owner.get("/access/password").status_code == 303
        answer = owner.post("/confirm", data={"password": PASSWORD, "next": "/access/password"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/access/password")
        assert owner.get("/access/password").status_code == 200

    def test_a_form_that_was_sent_too_late_is_shown_again(self, owner: Owner, service: FakeService) -> None:
        service.clock.advance(301)
        answer = owner.post("/access/password", data={"password": "a", "again": "a"})
        assert answer.headers["Location"] == "/confirm?next=/access/password"
        by_htmx = owner.post(
            "/access/password",
            data={"password": "a", "again": "a"},
            headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/access/password"},
        )
        assert by_htmx.headers["HX-Redirect"] == "/confirm?next=/access/password"

    def test_each_is_on_record_with_the_session(self, owner: Owner, service: FakeService) -> None:
        new = "seven lamps and a rope"
        made = owner.post("/api/v1/tokens", json={"name": "y", "scope": "read"}).json
        owner.post("/access/tokens/new", data={"name": "ha", "scope": "read"})
        owner.post("/access/password", data={"password": new, "again": new})
        lines = [(deed.who, deed.action, deed.target) for deed in reversed(service.access.deeds())][1:]
        assert lines == [
            (owner.session.id, "create_token", made["id"]),
            (owner.session.id, "create_token", ""),
            (owner.session.id, "change_password", ""),
        ]


class TestTheWayBack:
    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
            "/\t/evil.example", "/\n/evil.example", " /people", "javascript:alert(1)", "evil.example", "", "people",
            "/\r\nSet-Cookie: a=b", "/é", "/ /evil", "http:/evil", "/\x00", "/..//evil.example\\",
        ],
    )  # fmt: skip
    def test_leads_nowhere_else(self, page: FlaskClient, owner: Owner, address: str) -> None:
        answer = page.post("/login", data={"password": PASSWORD, "next": address})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")

    @pytest.mark.parametrize("address", ["/", "/people", "/people?q=a%20b&x=1", "/visits/abc-1?outcome=unknown"])
    def test_leads_to_our_own_pages(self, page: FlaskClient, owner: Owner, address: str) -> None:
        assert ways.local(address) == address
        answer = page.post("/login", data={"password": PASSWORD, "next": address})
        assert answer.headers["Location"] == address

    def test_stays_below_the_prefix(self, page_app: Flask, owner: Owner) -> None:
        client = page_app.test_client()
        prefix = {"SCRIPT_NAME": "/whod"}
        answer = client.get("/people", environ_overrides=prefix)
        assert answer.headers["Location"] == "/whod/login?next=/people"
        answer = client.post("/login", data={"password": PASSWORD, "next": "/people"}, environ_overrides=prefix)
        assert answer.headers["Location"] == "/whod/people"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nothing is about how long a password takes; a hash that is there keeps its own cost."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)
