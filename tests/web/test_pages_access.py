# SPDX-License-Identifier: Apache-2.0
"""Pages: the first password, logging in and out, who may get in, what was changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support_names import HOSTILE_NAMES
from support_owner import FIREFOX, PASSWORD, Owner, log_in
from support_pages import read
from support_web import ALICE

from daemon.access import passwords
from daemon.config import COMMANDS
from daemon.types import Scope, Visitor
from web_admin.app import APIS, PAGES, SOCKET_APIS
from web_admin.cookies import DEVICE, SESSION
from web_admin.guard import is_deed
from web_admin.texts import catalogue

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from support_web import FakeService

NEW = "seven lamps and a rope"
BY_COMMAND = {"command_refused", *(f"command_{name}" for name in COMMANDS)}
"""Deeds of those who may write to the broker."""


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


def cookies_of(answer: object) -> dict[str, str]:
    """Each cookie that an answer sets, as it stands in the header."""
    return {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}


class TestTheFirstPassword:
    def test_whoever_comes_first_is_led_there(self, page: FlaskClient) -> None:
        assert page.get("/").headers["Location"] == "/login?next=/"
        assert page.get("/login?next=/").headers["Location"] == "/first"
        shown = page.get("/first?code=K7RM-2QXD-9FTH")
        assert shown.status_code == 200
        assert 'value="K7RM-2QXD-9FTH"' in shown.text
        assert "At least 12 characters" in shown.text

    def test_it_is_set_and_lets_in(self, page: FlaskClient, service: FakeService) -> None:
        form = {"code": service.owner.new_code().code, "password": PASSWORD, "again": PASSWORD}
        answer = page.post("/first", data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/tour")
        assert "you are logged in" in page.get("/tour").text
        [session] = service.owner.sessions()
        assert [deed.action for deed in service.access.deeds()] == ["first_password"]
        assert page.get("/login?next=/people").headers["Location"] == "/people"
        assert session.id in {deed.who for deed in service.access.deeds()}

    @pytest.mark.parametrize(
        ("changed", "status", "sentence"),
        [
            ({"again": PASSWORD + "x"}, 400, "not the same"),
            ({"password": "short", "again": "short"}, 422, "needs at least 12"),
            ({"password": "password1234", "again": "password1234"}, 422, "among the first that are guessed"),
            ({"code": "XXXX-XXXX-XXXX"}, 403, "not the one-time code"),
        ],
    )
    def test_what_is_wrong_is_said_and_costs_no_code(
        self, page: FlaskClient, service: FakeService, changed: dict[str, str], status: int, sentence: str
    ) -> None:
        form = {"code": service.owner.new_code().code, "password": PASSWORD, "again": PASSWORD}
        for headers in ({}, {"HX-Request": "true"}):
            answer = page.post("/first", data={**form, **changed}, headers=headers)
            assert answer.status_code == status
            assert sentence in answer.text
            assert PASSWORD not in answer.text
            assert not cookies_of(answer).keys() & {SESSION, DEVICE}
        assert page.post("/first", data=form).status_code == 303

    def test_a_forgotten_one(self, page: FlaskClient, owner: Owner, service: FakeService) -> None:
        assert "All browsers are logged out by it" in page.get("/first").text
        form = {"code": service.owner.new_code().code, "password": NEW, "again": NEW}
        assert page.post("/first", data=form).headers["Location"] == "/"
        assert owner.get("/api/v1/people").status_code == 401


class TestLoggingIn:
    @pytest.mark.parametrize(
        ("scheme", "prefix", "name"),
        [
            ("http", "", "whod"),
            ("https", "", "__Host-whod"),
            ("http", "/door", "whod"),
            ("https", "/door", "__Secure-whod"),
        ],
    )
    def test_the_cookies(self, page_app: Flask, owner: Owner, scheme: str, prefix: str, name: str) -> None:
        client = page_app.test_client(use_cookies=False)
        place = {"base_url": f"{scheme}://localhost/", "environ_overrides": {"SCRIPT_NAME": prefix}}
        answer = client.post("/login", data={"password": PASSWORD, "next": "/people"}, **place)
        assert answer.headers["Location"] == f"{prefix}/people"
        set_ = cookies_of(answer)
        assert set(set_) == {name, f"{name}-device"}
        for line in set_.values():
            attributes = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"httponly", "samesite=strict", f"path={prefix}/"} <= attributes
            assert ("secure" in attributes) == (scheme == "https")
            assert not any(part.startswith("domain") for part in attributes)
        sent = "; ".join(line.partition(";")[0] for line in set_.values())
        assert client.get("/api/v1/people", headers={"Cookie": sent}, **place).status_code == 200

    def test_a_cookie_of_plain_http_is_none_of_https(self, page_app: Flask, owner: Owner) -> None:
        kept = owner.get_cookie(SESSION)
        assert kept is not None
        client = page_app.test_client(use_cookies=False)
        sent = {"Cookie": f"{SESSION}={kept.value}"}
        assert client.get("/api/v1/people", headers=sent).status_code == 200
        assert client.get("/api/v1/people", headers=sent, base_url="https://localhost/").status_code == 401

    def test_the_session_is_a_new_one(self, page: FlaskClient, owner: Owner) -> None:
        page.set_cookie(SESSION, "f" * 64)
        page.post("/login", data={"password": PASSWORD})
        first = page.get_cookie(SESSION)
        page.post("/login", data={"password": PASSWORD})
        second = page.get_cookie(SESSION)
        assert first is not None
        assert second is not None
        assert len({"f" * 64, first.value, second.value}) == 3

    def test_a_browser_stays_known(self, page: FlaskClient, owner: Owner, service: FakeService) -> None:
        """It gets in while a stranger guesses, after its own logout too."""
        page.post("/login", data={"password": PASSWORD})
        page.post("/logout", data={"csrf": re.search(r'name="csrf" value="(\w+)"', page.get("/access").text)[1]})
        stranger = page.application.test_client()
        answers = [stranger.post("/login", data={"password": NEW}) for _ in range(10)]
        assert {answer.status_code for answer in answers} == {403, 429}
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert f"in {answers[-1].headers['Retry-After']} seconds" in answers[-1].text
        assert stranger.post("/login", data={"password": PASSWORD}).status_code == 429
        assert page.post("/login", data={"password": PASSWORD}).status_code == 303

    def test_wrong_and_none_are_answered_alike(self, page: FlaskClient, service: FakeService) -> None:
        none = page.post("/login", data={"password": PASSWORD})
        log_in(page.application, service)
        wrong = page.post("/login", data={"password": NEW})
        assert (none.status_code, none.text) == (wrong.status_code, wrong.text)
        assert none.headers.getlist("Set-Cookie") == wrong.headers.getlist("Set-Cookie") == []

    def test_nothing_that_was_typed_comes_back(self, page: FlaskClient, owner: Owner) -> None:
        for headers in ({}, {"HX-Request": "true"}):
            answer = page.post("/login", data={"password": NEW, "next": "/people"}, headers=headers)
            assert NEW not in answer.text + str(answer.headers)

    def test_strangers_see_nothing_of_the_house(self, page: FlaskClient, owner: Owner, service: FakeService) -> None:
        service.asked.clear()
        for url in ("/login", "/first", "/login?next=/people"):
            shown = page.get(url).text
            assert "front-door" not in shown
            assert ALICE.name not in shown
        assert page.post("/login", data={"password": NEW}).status_code == 403
        assert service.asked == []

    def test_password_managers_know_the_fields(self, page: FlaskClient, owner: Owner) -> None:
        def completed(url: str, who: FlaskClient) -> list[str]:
            return re.findall(r'autocomplete="([a-z-]+)"', who.get(url).text)

        assert completed("/login", page) == ["username", "current-password"]
        assert completed("/first", page) == ["one-time-code", "username", "new-password", "new-password"]
        assert completed("/confirm", owner) == ["username", "current-password"]
        assert completed("/access/password", owner) == ["username", "new-password", "new-password"]


class TestAccess:
    def test_browsers_are_listed_and_logged_out(self, owner: Owner, page_app: Flask, service: FakeService) -> None:
        service.clock.advance(10)
        other = log_in(page_app, service)
        shown = owner.get("/access")
        assert shown.text.count("Firefox · Android") >= 2
        assert shown.text.count("this browser") == 1
        answer = owner.post(f"/access/sessions/{other.session.id}/revoke")
        assert answer.status_code == 303
        assert other.get("/api/v1/people").status_code == 401
        assert owner.get("/access").status_code == 200
        assert owner.post(f"/access/sessions/{other.session.id}/revoke").status_code == 404

    def test_all_others_are_logged_out(self, owner: Owner, page_app: Flask, service: FakeService) -> None:
        others = [log_in(page_app, service) for _ in range(3)]
        assert owner.post("/access/sessions/revoke").status_code == 303
        assert "3 other browsers are logged out" in owner.get("/access").text
        assert [other.get("/api/v1/people").status_code for other in others] == [401] * 3

    def test_the_password_is_changed(
        self, owner: Owner, page_app: Flask, service: FakeService, page: FlaskClient
    ) -> None:
        other, before = log_in(page_app, service), owner.get_cookie(SESSION)
        answer = owner.post("/access/password", data={"password": NEW, "again": NEW})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/access")
        assert owner.get("/access").status_code == 200
        assert owner.get_cookie(SESSION) != before
        assert other.get("/api/v1/people").status_code == 401
        assert page.post("/login", data={"password": PASSWORD}).status_code == 403
        assert page.post("/login", data={"password": NEW}).status_code == 303

    def test_a_token_is_shown_once(self, owner: Owner, page_app: Flask, service: FakeService) -> None:
        made = owner.post("/access/tokens/new", data={"name": "Home Assistant", "scope": "read", "days": "30"})
        assert made.status_code == 201
        [bearer] = re.findall(r"whod_[0-9a-f]{8}_[0-9a-f]{64}", made.text)
        client = page_app.test_client()
        assert client.get("/api/v1/people", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
        assert client.delete("/api/v1/people/x", headers={"Authorization": f"Bearer {bearer}"}).status_code == 403
        shown = owner.get("/access").text
        assert "Home Assistant" in shown
        assert bearer not in shown
        [token] = service.access.all()
        assert token.expires_at == service.clock.now().replace(month=12, day=21)
        assert owner.post(f"/access/tokens/{token.id}/revoke").status_code == 303
        assert client.get("/api/v1/people", headers={"Authorization": f"Bearer {bearer}"}).status_code == 401

    @pytest.mark.parametrize(
        "form",
        [
            {"name": "", "scope": "read"},
            {"name": "x" * 61, "scope": "read"},
            {"name": "x"},
            {"name": "x", "scope": "king"},
            {"name": "x", "scope": "read", "days": "7"},
        ],
    )
    def test_what_is_no_token(self, owner: Owner, service: FakeService, form: dict[str, str]) -> None:
        assert owner.post("/access/tokens/new", data=form).status_code == 400
        assert service.access.all() == []

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_names_of_tokens_are_inert(self, owner: Owner, service: FakeService, name: str) -> None:
        if not name.isprintable() or len(name) > 60:
            return
        service.access.create(name, Scope.READ)
        for url in ("/access", "/access/audit"):
            shown = read(owner.get(url).text)
            assert "alert" not in "".join(tag.text for tag in shown.tags if tag.name == "script")
        assert name.strip() in read(owner.get("/access").text).text

    def test_what_a_browser_calls_itself_is_inert(self, page_app: Flask, owner: Owner, service: FakeService) -> None:
        evil = "<script>alert(1)</script> Firefox"
        service.owner.login(PASSWORD, Visitor(evil))
        assert "<script>alert" not in owner.get("/access").text


class TestTheRecord:
    def test_who_did_what_in_words(self, owner: Owner, api: FlaskClient, service: FakeService) -> None:
        token = service.access.create("Home Assistant", Scope.ADMIN)
        service.access.note(token.token.id, "change_person", ALICE.id)
        service.access.note("deadbee1", "delete_group", "")
        service.access.note("0123456789abcdef", "make_backup", "")
        service.access.note("nobody", "login_failed", "")
        api.post("/api/v1/owner/code")
        text = read(owner.get("/access").text).text
        for words in (
            f"Changed a person: {ALICE.name}", "Home Assistant", "A token that was taken back", "Made a backup",
            "A browser that is logged out by now", "Wrong password", "Somebody not logged in", "Made a one-time code",
            "Command line on the device", "Logged in", "Firefox · Android",
        ):  # fmt: skip
            assert words in text

    def test_each_deed_has_words_in_each_language(self) -> None:
        deeds = {
            operation.view.__name__
            for part in (*PAGES, *APIS, *SOCKET_APIS)
            for operation in part.operations
            if is_deed(operation)
        }
        for language in ("en", "de"):
            known = {key.rpartition(".")[2] for key in catalogue.texts(language) if key.startswith("access.actions.")}
            assert (deeds | BY_COMMAND) - known == set(), language

    def test_no_words_for_deeds_that_nobody_does(self) -> None:
        of_the_owner = {
            "login",
            "login_failed",
            "logout",
            "first_password",
            "code_failed",
            "confirm",
            "confirm_failed",
        }
        deeds = {
            operation.view.__name__ for part in (*PAGES, *APIS, *SOCKET_APIS) for operation in part.operations
        }  # fmt: skip
        known = {key.rpartition(".")[2] for key in catalogue.texts("en") if key.startswith("access.actions.")}
        assert known - deeds - BY_COMMAND == of_the_owner - deeds


def test_a_code_is_made_on_the_socket_alone(api: FlaskClient, owner: Owner, service: FakeService) -> None:
    for url in ("/api/v1/owner/code", "/api/v1/owner/reset"):
        token = service.access.create("x", Scope.ADMIN)
        assert owner.post(url).status_code == 404
        headers = {"Authorization": f"Bearer {token.bearer}"}
        assert owner.application.test_client().post(url, headers=headers).status_code == 404
        assert owner.get("/api/v1/owner").status_code == 404
    assert api.get("/api/v1/owner").json == {"has_password": True}
    made = api.post("/api/v1/owner/code")
    assert (made.status_code, made.json["expires_at"]) == (201, "2026-11-22T19:30:00.000Z")
    assert service.owner.has_password()
    assert api.post("/api/v1/owner/reset").status_code == 201
    assert api.get("/api/v1/owner").json == {"has_password": False}
    assert [(deed.who, deed.action, deed.target) for deed in service.access.deeds()][:2] == [
        ("socket", "reset_password", ""),
        ("socket", "make_code", ""),
    ]
    assert FIREFOX not in str(service.access.deeds())
