# SPDX-License-Identifier: Apache-2.0
"""What holds of every page there is, by the app's own routes: W7, W8 of the figures, and how pages are made."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import re
from typing import TYPE_CHECKING

import pytest
from support_names import HOSTILE_NAMES
from support_pages import addresses, operations, read, without_example
from support_web import ALICE, FakeService, face, live_view, visit

from daemon.access import ADMIN_DB, Access
from daemon.clock import FakeClock
from web_admin import WebSettings, create_app
from web_admin.pages import navigation
from web_admin.security import HEADERS
from web_admin.texts import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_pages import Page, Tag

PAGES = addresses()
PREFIX = "/home/whod"
PLACES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete", "data-src", "data-href"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeService, Flask]]:
    """One for all tests here: templates are compiled for each app anew."""
    fake = FakeService()
    fake.clock = FakeClock()
    folder = tmp_path_factory.mktemp("site")
    with contextlib.closing(Access(folder / ADMIN_DB, fake.clock)) as fake.access:
        fake.owner = fake.access.owner
        yield fake, create_app(fake, WebSettings())


@pytest.fixture
def page_app(site: tuple[FakeService, Flask]) -> Flask:
    return site[1]


@pytest.fixture
def service(site: tuple[FakeService, Flask]) -> Iterator[FakeService]:
    yield site[0]
    site[0].error = None


@pytest.fixture
def busy(service: FakeService) -> FakeService:
    """A household in which something happens."""
    service.view = live_view(face(ALICE.name), face(None, "unknown"))
    service.seen = [visit(ALICE.name), visit(None, sighting_id="5e2")]
    return service


@pytest.fixture
def calling() -> Iterator[Callable[[str], None]]:
    """Gives Alice another name, wherever she is spoken of."""
    was = ALICE.name

    def call(name: str) -> None:
        object.__setattr__(ALICE, "name", name)

    yield call
    call(was)


def look(owner: Owner, url: str, language: str = "en") -> Page:
    answer = owner.get(url, headers={"Accept-Language": language})
    assert answer.status_code == 200, url
    return read(answer.text)


def controls(page: Page) -> list[Tag]:
    silent = {"hidden", "submit", "button"}
    found = [*page.all("input"), *page.all("select"), *page.all("textarea")]
    return [tag for tag in found if tag.attributes.get("type") not in silent]


def test_there_are_pages() -> None:
    assert without_example() == [], "say in EXAMPLES of support_pages.py what may stand in place of their parameters"
    assert {"/", "/more", "/tour", "/about"} <= set(PAGES)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_whole(owner: Owner, busy: FakeService, url: str) -> None:
    answer = owner.get(url)
    assert answer.mimetype == "text/html"
    page = read(answer.text)
    if not page.all("html"):
        assert not page.all("main"), "a part of a page brings what stands around one"
        return
    assert [tag.text.strip() != "" for tag in page.all("h1")] == [True]
    assert page.all("title")[0].text.strip() not in ("", "· whod")
    assert len(page.all("main")) == 1
    assert len(page.ids) == len([tag for tag in page.tags if "id" in tag.attributes]), "an id stands there twice"
    levels = [int(tag.name[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag.name)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("url", PAGES)
def test_nothing_is_inline_or_from_elsewhere(owner: Owner, busy: FakeService, url: str) -> None:
    html = owner.get(url).text
    page = read(html)
    assert not [
        tag.name
        for tag in page.tags
        for name in tag.attributes
        if name == "style" or name.startswith(("on", "hx-on"))
    ]
    assert page.all("style") == []
    scripts = [tag for tag in page.all("script") if tag.attributes.get("type") != "application/json"]
    assert all(tag.attributes.get("src") for tag in scripts)
    loaded = [tag.attributes[name] for tag in page.tags for name in ("src", "srcset") if tag.attributes.get(name)]
    loaded += [tag.attributes["href"] for tag in page.all("link")]
    assert not [url for url in loaded if re.match(r"\w+:|//", url)]


@pytest.mark.parametrize("url", PAGES)
def test_every_control_has_a_name(owner: Owner, busy: FakeService, url: str) -> None:
    page = look(owner, url)
    named = {tag.attributes.get("for") for tag in page.all("label")}
    inside = {id(control) for label in page.all("label") if label.text.strip() for control in label.inner}
    nameless = [
        tag.attributes
        for tag in controls(page)
        if tag.attributes.get("id") not in named
        and id(tag) not in inside
        and "aria-label" not in tag.attributes
        and "aria-labelledby" not in tag.attributes
    ]
    assert nameless == []
    silent = [
        tag.attributes
        for tag in (*page.all("button"), *page.all("a"))
        if not tag.text.strip()
        and not tag.attributes.get("aria-label")
        and not any(inner.attributes.get("alt") for inner in tag.inner)
    ]
    assert silent == []
    assert [tag.attributes for tag in page.all("img") if "alt" not in tag.attributes] == []


@pytest.mark.parametrize("url", PAGES)
def test_every_form_that_changes_something_has_the_session_s_token(owner: Owner, busy: FakeService, url: str) -> None:
    for form in look(owner, url).forms:
        if form.attributes.get("method", "get").lower() == "post":
            tokens = [tag.attributes.get("value") for tag in form.inner if tag.attributes.get("name") == "csrf"]
            assert tokens == [owner.session.csrf], form.attributes


@pytest.mark.parametrize("url", PAGES)
def test_under_a_prefix_everything_stays_below_it(owner: Owner, busy: FakeService, url: str) -> None:
    answer = owner.get(url, environ_overrides={"SCRIPT_NAME": PREFIX})
    page = read(answer.text)
    outside = [
        f"{tag.name} {name}={value}"
        for tag in page.tags
        for name, value in tag.attributes.items()
        if name in PLACES and value and not re.match(rf"{PREFIX}(/|$)|[#?]|blob:|data:|https://", value)
    ]
    assert outside == []


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("url", PAGES)
def test_every_page_speaks_every_language(owner: Owner, busy: FakeService, url: str, language: str) -> None:
    page = look(owner, url, language)
    assert [tag.attributes["lang"] for tag in page.all("html")] in ([language], [])


@pytest.mark.parametrize("url", PAGES)
def test_names_are_text(owner: Owner, busy: FakeService, calling: Callable[[str], None], url: str) -> None:
    def shown(name: str) -> tuple[Page, list[tuple[str, list[str]]]]:
        calling(name)
        busy.view = live_view(face(name))
        busy.seen = [visit(name)]
        page = look(owner, url)
        return page, [(tag.name, sorted(tag.attributes)) for tag in page.tags]

    plain, tags = shown("Quintilian")
    times = plain.text.count("Quintilian")
    for name in HOSTILE_NAMES if times else ():
        page, found = shown(name)
        assert found == tags, name
        assert page.text.count(name) >= times, name


def errors(page_app: Flask) -> list[tuple[str, str]]:
    """Requests that are refused, of as many kinds as there are."""
    wrong = [
        ("GET", "/nowhere"),
        ("POST", "/"),
        ("GET", "/api/v1/nowhere"),
        ("GET", "/static/nothing.css"),
        ("GET", "/static/../app.py"),
    ]
    return wrong + [(operation.method, url) for url, operation in operations()]


def assert_headers(answer) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, (answer.request.path, answer.status_code, name)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_every_answer_has_the_headers(owner: Owner, page: FlaskClient, page_app: Flask, busy: FakeService) -> None:
    files = [f"/static/{name}" for name in ("whod.css", "vendor/htmx.min.js", "icon.svg")]
    for url in (*PAGES, "/live.jpg", "/state.json", "/health", *files):
        assert_headers(owner.get(url))
        assert_headers(page.get(url))
    busy.error = RuntimeError("a fault")
    assert owner.get("/").status_code == 500
    assert_headers(owner.get("/"))
    busy.error = None
    assert_headers(owner.get("/", headers={"Host": "evil.example"}))
    for method, url in errors(page_app):
        for client in (owner, page):
            assert_headers(client.open(url, method=method))


@pytest.mark.parametrize("url", [entry.path for entry in navigation.SECTIONS])
def test_where_the_navigation_leads(owner: Owner, busy: FakeService, url: str) -> None:
    page = look(owner, url)
    current = [
        tag
        for tag in page.all("a")
        if tag.attributes.get("aria-current") == "page" and "icon" in str([inner.attributes for inner in tag.inner])
    ]
    assert [tag.attributes["href"] for tag in current] == [url]


def test_files_are_sent_compressed_to_those_who_take_it(page: FlaskClient) -> None:
    plain = page.get("/static/vendor/pico.min.css")
    packed = page.get("/static/vendor/pico.min.css", headers={"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    again = page.get("/static/vendor/pico.min.css", headers={"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("file", "mimetype"),
    [
        ("whod.css", "text/css"),
        ("frame.js", "text/javascript"),
        ("icons.svg", "image/svg+xml"),
        ("vendor/pico.LICENSE.txt", "text/plain"),
    ],
)
def test_files_are_called_what_they_are(page: FlaskClient, file: str, mimetype: str) -> None:
    assert page.get(f"/static/{file}").mimetype == mimetype


@pytest.mark.parametrize("file", ["../app.py", "..%2fapp.py", "vendor", "", "vendor/../../app.py", "/etc/passwd"])
def test_no_other_file_is_sent(page: FlaskClient, file: str) -> None:
    assert page.get(f"/static/{file}").status_code == 404
