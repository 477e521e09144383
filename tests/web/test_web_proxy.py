# SPDX-License-Identifier: Apache-2.0
"""Behind a proxy: who is believed, and everything under a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from flask import request

from daemon.config import load
from daemon.errors import ConfigError
from web_admin import WebSettings, create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from support_web import FakeService

PROXY = "192.168.1.2"
SAYS = {
    "X-Forwarded-For": "10.1.2.3",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "home.example",
    "X-Forwarded-Prefix": "/whod",
}


@pytest.fixture
def seen() -> dict[str, object]:
    return {}


@pytest.fixture
def behind(service: FakeService, seen: dict[str, object]) -> FlaskClient:
    """The site, which believes a proxy and is called home.example; what it saw of the last request is in `seen`."""
    settings = WebSettings(hosts=("home.example",), trusted_proxies=(PROXY, "172.30.32.0/23", "fd00::/8"))
    app = create_app(service, settings)

    @app.after_request
    def note(response):
        seen.update(
            client=request.remote_addr,
            scheme=request.scheme,
            host=request.host,
            root=request.script_root,
            headers=dict(request.headers),
        )
        return response

    return app.test_client()


def get(client: FlaskClient, url: str, peer: str, **headers: str):
    return client.get(url, headers=headers, environ_overrides={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("peer", [PROXY, "172.30.33.9", "fd00::1", f"::ffff:{PROXY}"])
def test_a_trusted_proxy_is_believed(behind, seen, peer):
    assert get(behind, "/health", peer, **SAYS).status_code == 200
    assert (seen["client"], seen["scheme"], seen["host"], seen["root"]) == (
        "10.1.2.3",
        "https",
        "home.example",
        "/whod",
    )


@pytest.mark.parametrize("peer", ["192.168.1.3", "127.0.0.1", "172.30.34.1", "fe80::1", ""])
def test_nobody_else_is(behind, seen, peer):
    answer = get(behind, "/health", peer, **SAYS, Forwarded="for=10.1.2.3;host=home.example;proto=https")
    assert answer.status_code == 200
    assert (seen["client"], seen["scheme"], seen["host"], seen["root"]) == (peer, "http", "localhost", "")
    assert not [name for name in seen["headers"] if "Forward" in name]


def test_by_default_nobody_is(page):
    assert get(page, "/health", "127.0.0.1", **SAYS | {"X-Forwarded-Host": "evil.example"}).status_code == 200


def test_only_the_nearest_proxy_says_who_it_is(behind, seen):
    get(behind, "/health", PROXY, **SAYS | {"X-Forwarded-For": "1.1.1.1, 2.2.2.2, 10.1.2.3"})
    assert seen["client"] == "10.1.2.3"


@pytest.mark.parametrize(
    ("asked", "status"),
    [("home.example", 200), ("192.168.1.7", 200), ("[fd00::7]:8443", 200), ("localhost", 200), ("evil.example", 400)],
)
def test_foreign_names_stay_refused(behind, asked, status):
    assert get(behind, "/health", PROXY, **SAYS | {"X-Forwarded-Host": asked}).status_code == status


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Forwarded-Prefix", "//evil.example"),
        ("X-Forwarded-Prefix", "/<script>"),
        ("X-Forwarded-Prefix", "/a/../b c"),
        ("X-Forwarded-Prefix", "whod"),
        ("X-Forwarded-Proto", "javascript"),
        ("X-Forwarded-For", "somebody"),
    ],
)
def test_nonsense_of_a_trusted_proxy_is_refused_by_a_sentence(behind, header, value):
    answer = get(behind, "/login", PROXY, **SAYS | {header: value, "Accept": "text/html"})
    assert answer.status_code == 400
    assert header in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_slash_at_the_end_of_the_prefix_is_no_matter(behind, seen):
    assert get(behind, "/health", PROXY, **SAYS | {"X-Forwarded-Prefix": "/whod/"}).status_code == 200
    assert seen["root"] == "/whod"


@pytest.mark.parametrize("pages", [(), ("https://home.example:8123", "http://hass.local")])
def test_who_may_show_the_pages_in_a_frame(service, pages):
    client = create_app(service, WebSettings(frame_ancestors=pages)).test_client()
    for url in ("/login", "/nowhere", "/static/whod.css"):
        headers = client.get(url).headers
        assert (
            f"frame-ancestors {' '.join(pages) or chr(39) + 'none' + chr(39)};" in headers["Content-Security-Policy"]
        )
        assert ("X-Frame-Options" in headers) is (not pages)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ('web.trusted_proxies=["0.0.0.0/0"]', "must not be everybody"),
        ('web.trusted_proxies=["::/0"]', "must not be everybody"),
        ('web.trusted_proxies=["proxy"]', "must be addresses or networks"),
        ('web.frame_ancestors=["*"]', "must be sites such as"),
        ('web.frame_ancestors=["https://a.example; script-src *"]', "must be sites such as"),
        ('web.frame_ancestors=["https://a.example/path"]', "must be sites such as"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(setting, sentence):
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        load(None, [setting])


@pytest.mark.parametrize(
    "url",
    ["door.example", "ftp://door.example/", "https://door.example/?a=b", "https://door.example/a b", "https://"],
)
def test_an_address_of_the_page_that_no_browser_takes(url):
    with pytest.raises(ConfigError, match=r"web\.url must be the page's address, such as"):
        load(None, [f"web.url={url}"])


@pytest.mark.parametrize("url", ["", "https://door.example", "https://[fd00::7]:8443/", "http://h/whod/door"])
def test_an_address_of_the_page(url):
    assert load(None, [f"web.url={url}"]).settings.web.url == url


def test_settings_that_name_somebody():
    web = load(
        None, ['web.trusted_proxies=["127.0.0.1", "::1"]', 'web.frame_ancestors=["http://h:8123"]']
    ).settings.web
    assert (web.trusted_proxies, web.frame_ancestors) == (("127.0.0.1", "::1"), ("http://h:8123",))
