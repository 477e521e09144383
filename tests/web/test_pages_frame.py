# SPDX-License-Identifier: Apache-2.0
"""What all pages share: what is said after a deed, errors as people see them, the language."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING

import pytest
from flask import Response  # noqa: TC002 (a view's hints are looked at when it is declared)
from support_pages import read
from support_web import LOST_CAMERA, with_parts
from werkzeug.exceptions import BadRequest

from daemon.errors import FaceCountError, LastSample, NoSuchPerson, PoorPhoto, StorageError, TooManyGuesses
from daemon.types import Scope
from web_admin import WebSettings, create_app
from web_admin import app as app_module
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_web import FakeService

HTMX = {"HX-Request": "true"}
GERMAN = {"Accept-Language": "de"}
NAME = "<b>Zoë</b> & 'בת'"


class Deed:
    """What a view of the site below does; a test says which."""

    do: Callable[[], Response]


@pytest.fixture
def deed() -> Deed:
    return Deed()


@pytest.fixture
def page_app(service: FakeService, deed: Deed, monkeypatch: pytest.MonkeyPatch) -> Flask:
    pages = Api("deeds", url_prefix=None)

    @pages.serve("POST /people/deed", Scope.ADMIN, HTML)
    def do_deed() -> Response:
        return deed.do()

    monkeypatch.setattr(app_module, "PAGES", (*app_module.PAGES, pages))
    return create_app(service, WebSettings())


def raising(error: Exception) -> Callable[[], Response]:
    def fail() -> Response:
        raise error

    return fail


def test_what_was_done_is_said_on_the_next_page_once(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: done("/more", "frame.state", headline=NAME)
    answer = owner.post("/people/deed")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/more")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("said="))
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=60"} <= set(cookie.split("; "))
    found = read(owner.get("/more").text)
    assert found.message == f"State of whod: {NAME}"
    assert not [tag for tag in found.ids["message"].inner if tag.name == "b"]
    assert read(owner.get("/more").text).message == ""


def test_a_picture_on_the_way_does_not_use_up_what_is_said(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: done("/more", "frame.undo")
    owner.post("/people/deed")
    owner.get("/state.json")
    assert read(owner.get("/more").text).message == "Undo"


def test_what_can_be_undone_has_a_button(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: done("/more", "frame.about", undo="u1")
    owner.post("/people/deed")
    forms = [tag for tag in read(owner.get("/more").text).ids["message"].inner if tag.name == "form"]
    assert [form.attributes["action"] for form in forms] == ["/undo/u1"]


def test_htmx_is_led_on_to_a_whole_page(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: done("/more", "frame.about")
    answer = owner.post("/people/deed", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (200, "/more", b"")
    assert read(owner.get("/more").text).message == "About whod"


def test_a_deed_that_says_nothing(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: done("/more")
    assert "Set-Cookie" not in owner.post("/people/deed").headers
    assert read(owner.get("/more").text).message == ""


@pytest.mark.parametrize("cookie", ["x", "bm8", "", "%00", "W10=", "MQ==", "W1tb" * 1000])
def test_a_cookie_that_is_not_ours_says_nothing(owner: Owner, cookie: str) -> None:
    owner.set_cookie("said", cookie)
    answer = owner.get("/more")
    assert (answer.status_code, read(answer.text).message) == (200, "")


@pytest.mark.parametrize("undo", ["../people/1/forget", "..", "", '"><script>', "a?b"])
def test_a_cookie_that_is_not_ours_leads_nowhere(owner: Owner, undo: str) -> None:
    owner.set_cookie("said", base64.urlsafe_b64encode(json.dumps(["Done.", undo]).encode()).decode())
    answer = owner.get("/more")
    assert read(answer.text).message == "Done."
    assert "/undo/" not in answer.text


ERRORS = [
    (NoSuchPerson(f'Nobody is called "{NAME}".'), 404, "Diese Person gibt es hier nicht (mehr)."),
    (LastSample("Keep one."), 409, "Das letzte Bild einer Person bleibt"),
    (FaceCountError("There are 3 faces.", 3), 422, "gefunden: 3."),
    (PoorPhoto("The face is blurred."), 422, "nicht gut genug zu sehen"),
    (StorageError("The disk is full."), 503, "vielleicht ist er voll"),
    (TooManyGuesses("Wait.", 30), 429, "Warte 30 Sekunden."),
    (BadRequest("'n' must be a number."), 400, "Das kann whod so nicht annehmen:"),
]


@pytest.mark.parametrize(("error", "status", "german"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_is_a_page_with_a_way_back(
    owner: Owner, deed: Deed, error: Exception, status: int, german: str
) -> None:
    deed.do = raising(error)
    answer = owner.post("/people/deed")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    found = read(answer.text)
    assert getattr(error, "description", str(error)) in found.text
    assert {"Go back": "/people", "To the door": "/"}.items() <= found.links.items()
    found = read(owner.post("/people/deed", headers=GERMAN).text)
    assert german in found.text
    assert {"Zurück": "/people", "Zur Tür": "/"}.items() <= found.links.items()


@pytest.mark.parametrize(("error", "status", "german"), ERRORS, ids=lambda value: type(value).__name__)
def test_htmx_gets_a_message_above_what_was_typed(
    owner: Owner, deed: Deed, error: Exception, status: int, german: str
) -> None:
    deed.do = raising(error)
    answer = owner.post("/people/deed", headers=HTMX)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#message", "innerHTML")
    assert answer.headers["HX-Reselect"] == "unset"  # what the form would take of a page is not in it
    found = read(answer.text)
    assert [tag.attributes["role"] for tag in found.tags if "role" in tag.attributes] == ["alert"]
    assert getattr(error, "description", str(error)) in found.text
    assert found.all("html") == []
    assert german in read(owner.post("/people/deed", headers=HTMX | GERMAN).text).text


def test_the_daemon_s_own_sentence_is_marked_as_english(owner: Owner, deed: Deed) -> None:
    deed.do = raising(PoorPhoto("The face is blurred."))
    found = read(owner.post("/people/deed", headers=GERMAN).text)
    assert [tag.text for tag in found.tags if tag.attributes.get("lang") == "en" and tag.name == "p"] == [
        "The face is blurred."
    ]


def test_what_is_refused_is_said_in_the_reader_s_language(owner: Owner, deed: Deed) -> None:
    deed.do = lambda: refuse("more.no_such_language")
    assert "There is no such language here" in owner.post("/people/deed").text
    answer = owner.post("/people/deed", headers=GERMAN)
    assert answer.status_code == 400
    assert "Diese Sprache gibt es hier nicht" in answer.text
    assert "Das kann whod so nicht annehmen" not in answer.text


def test_a_fault_tells_nothing_of_itself(
    owner: Owner, deed: Deed, page_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    deed.do = raising(RuntimeError("the secret of /etc"))
    for headers in ({}, HTMX):
        answer = owner.post("/people/deed", headers=headers)
        assert (answer.status_code, answer.mimetype) == (500, "text/html")
        assert "whod met a fault of its own" in answer.text
        assert "secret" not in answer.text
    assert "the secret of /etc" in caplog.text


def test_a_page_that_is_not_there(owner: Owner, page: FlaskClient, api: FlaskClient) -> None:
    wanting = {"Accept": "text/html,*/*;q=0.8"}
    for client in (owner, page):
        answer = client.get("/nowhere", headers=wanting)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert read(answer.text).headings == ["There is nothing here"]
        assert "front-door" not in answer.text  # whoever is not logged in learns nothing of the device
    assert owner.get("/people/none-such", headers=wanting).status_code == 404
    for client, path in ((owner, "/api/v1/nowhere"), (page, "/api/v1/nowhere"), (api, "/nowhere")):
        assert client.get(path, headers=wanting).mimetype == "application/problem+json"


def test_programs_get_problems_as_before(owner: Owner, service: FakeService) -> None:
    service.error = NoSuchPerson("Nobody is called that.")
    answer = owner.get("/api/v1/people/x", headers={"Accept": "text/html", **GERMAN, **HTMX})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["detail"] == "Nobody is called that."
    answer = owner.get("/state.json", headers={"Accept": "text/html"})
    assert answer.mimetype == "application/problem+json"


def test_the_reader_chooses_a_language(owner: Owner) -> None:
    answer = owner.post("/language", data={"lang": "de", "next": "/people?order=name"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/people?order=name")
    assert read(owner.get("/more").text).headings[0] == "Mehr"
    owner.post("/language", data={"lang": "en"})
    assert read(owner.get("/more", headers=GERMAN).text).headings[0] == "More"
    assert owner.post("/language", data={"lang": "xx"}).status_code == 400


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "people",
        "",
        "/\n/evil.example",
    ],
)
def test_choosing_a_language_leads_nowhere_else(owner: Owner, elsewhere: str) -> None:
    answer = owner.post("/language", data={"lang": "de", "next": elsewhere})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_whoever_is_not_logged_in_may_choose_too(owner: Owner, page: FlaskClient) -> None:
    forms = [form for form in read(page.get("/login").text).forms if form.attributes["action"] == "/language"]
    assert len(forms) == 2
    page.post("/language", data={"lang": "de", "next": "/login"})
    assert read(page.get("/login").text).all("html")[0].attributes["lang"] == "de"


def test_plain_http_is_said_and_https_is_not(owner: Owner) -> None:
    assert "Plain HTTP" in owner.get("/more").text
    answer = owner.get("/more", base_url="https://localhost")
    assert "Plain HTTP" not in answer.text


def test_texts_for_scripts_are_data(page_app: Flask) -> None:
    with page_app.test_request_context():
        made = str(page_app.jinja_env.globals["texts_json"]({"a": "</script><script>alert(1)</script>"}))
    assert made.count("<") == 2
    assert html.unescape(made).startswith('<script type="application/json" id="texts">{"a": "')


def test_what_whod_says_of_itself(owner: Owner) -> None:
    found = read(owner.get("/about").text)
    assert {"0BSD", "MIT"} <= found.links.keys()
    for name in ("0BSD", "MIT"):
        assert owner.get(found.links[name]).status_code == 200


def test_the_navigation_counts_who_waits_for_a_name(owner: Owner, service: FakeService) -> None:
    service.now = with_parts(LOST_CAMERA)
    link = next(tag for tag in read(owner.get("/more").text).all("a") if tag.attributes["href"] == "/unknowns")
    assert "1 waiting" in " ".join(link.text.split())


def test_a_part_of_a_page_has_nothing_around_it(page_app: Flask) -> None:
    with page_app.test_request_context():
        assert "<html" not in page("_problem.html", sentence="No.", original="")
