# SPDX-License-Identifier: Apache-2.0
"""The TLS front of install.sh --https and the proxy of docs/https.md: the real nginx before the real daemon."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from support_broker import free_port
from support_daemon import ROOT, Daemon
from support_nginx import NGINX, PASSWORD, Browser, nginx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser as Chromium

SAID = {
    "X-Forwarded-For": "1.2.3.4",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=1.2.3.4;host=evil.example",
}
ONCE = ("Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Content-Type", "Date", "Server")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt install nginx-light"),
]


@dataclass
class Front:
    """What install.sh has made, on ports of its own."""

    folder: Path
    plain: int
    tls: int
    config: str

    @property
    def cert(self) -> Path:
        return self.folder / "cert.pem"

    def browser(self) -> Browser:
        return Browser(self.tls, self.cert)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory) -> Iterator[Daemon]:
    with contextlib.closing(Daemon(tmp_path_factory.mktemp("whod"))) as daemon:
        trusted = 'web.trusted_proxies=["127.0.0.1"]'
        daemon.start("camera.source=demo", trusted, 'web.hosts=["door.example"]', "web.max_upload_mb=64")
        code = re.search(r"\b\w{4}(-\w{4})+\b", daemon.whod("admin", "code").stdout)
        assert code
        owner = Browser(daemon.page)
        answer, text = owner.post("/first", code=code[0], password=PASSWORD, again=PASSWORD)
        assert answer.status == 303, text
        yield daemon


@pytest.fixture(scope="module")
def front(daemon: Daemon, tmp_path_factory) -> Iterator[Front]:
    root = tmp_path_factory.mktemp("root")
    script = [ROOT / "install.sh", "--https", "--name", "door.example"]
    subprocess.run(script, check=True, capture_output=True, env={**os.environ, "DESTDIR": str(root)})
    folder = root / "etc/whod/https"
    front = Front(folder, free_port(), free_port(), (folder / "nginx.conf").read_text())
    for was, now in (
        ("listen 8737", f"listen 127.0.0.1:{front.plain}"),
        ("listen 443", f"listen 127.0.0.1:{front.tls}"),
        ("127.0.0.1:8738", f"127.0.0.1:{daemon.page}"),
        ("https://$host$request_uri", f"https://$host:{front.tls}$request_uri"),
    ):
        assert was in front.config
        front.config = front.config.replace(was, now)
    front.config = re.sub(r".*listen \[::\].*\n", "", front.config)
    with nginx(folder, front.config):
        yield front


@pytest.fixture(scope="module")
def owner(front: Front) -> Browser:
    return front.browser().log_in()


def test_the_old_address_leads_to_the_new_one(front: Front) -> None:
    answer, _ = Browser(front.plain).ask("GET", "/people?q=a")
    assert (answer.status, answer.headers["Location"]) == (307, f"https://localhost:{front.tls}/people?q=a")


def test_the_cookie_is_for_this_host_and_https_alone(owner: Browser) -> None:
    cookie = owner.set_cookies["__Host-whod"]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}


def test_the_note_on_plain_http_is_gone(daemon: Daemon, owner: Browser) -> None:
    assert 'class="insecure"' in Browser(daemon.page).ask("GET", "/login")[1]
    for url in ("/login", "/", "/people", "/backup"):
        assert 'class="insecure"' not in owner.ask("GET", url)[1]


@pytest.mark.parametrize("url", ["/", "/login", "/nowhere", "/static/whod.css", "/api/v1/people"])
def test_no_header_stands_there_twice(owner: Browser, url: str) -> None:
    answer, _ = owner.ask("GET", url)
    for name in ONCE:
        assert len(answer.headers.get_all(name, [])) == 1, name
    assert answer.headers["Server"] == "nginx"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_form_needs_its_token(owner: Browser) -> None:
    kept, owner.csrf = owner.csrf, "x"
    assert owner.post("/backup/recovery")[0].status == 403
    owner.csrf = kept
    assert owner.post("/backup/recovery")[0].status == 303


def test_what_a_client_says_of_itself_is_not_believed(daemon: Daemon, front: Front, owner: Browser) -> None:
    answer, text = front.browser().ask("GET", "/login", **SAID)
    assert answer.status == 200
    assert "/evil" not in text
    assert owner.ask("GET", "/people", **SAID)[0].status == 200


def test_a_foreign_name_is_refused(front: Front) -> None:
    for host, status in (("evil.example", 400), ("door.example", 200), ("192.168.7.7", 200)):
        browser = front.browser()
        browser.host = host
        assert browser.ask("GET", "/login")[0].status == status, host


def upload(size: int) -> tuple[bytes, str]:
    head = b'--b\r\nContent-Disposition: form-data; name="backup"; filename="b.zip"\r\n\r\n'
    return head + bytes(size) + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"


def test_a_large_upload(owner: Browser) -> None:
    body, kind = upload(20_000_000)
    answer, text = owner.ask("POST", "/backup/restore", body, **{"Content-Type": kind, "X-CSRF-Token": owner.csrf})
    assert answer.status == 303, text
    assert answer.headers["Location"].startswith("/backup/restore/")


def test_too_large_a_one_is_refused_by_whod(owner: Browser) -> None:
    body, kind = upload(66_000_000)
    try:
        answer, text = owner.ask(
            "POST", "/backup/restore", body, **{"Content-Type": kind, "X-CSRF-Token": owner.csrf}
        )
    except OSError:
        pytest.fail("the connection was cut before the answer")
    assert answer.status == 413
    assert "problem" in answer.headers["Content-Type"] or "<html" in text


def test_events_come_at_once(front: Front, owner: Browser) -> None:
    with contextlib.closing(owner.connection()) as connection:
        cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
        connection.request("GET", "/api/v1/events", headers={"Host": f"localhost:{front.tls}", "Cookie": cookies})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.readline()  # of a stream that goes on for an hour


def test_when_whod_is_away_that_is_said(front: Front, tmp_path: Path) -> None:
    port = free_port()
    config = front.config.replace(f":{front.tls} ", f":{port} ").replace(f":{front.plain} ", f":{free_port()} ")
    config = re.sub(r"server 127.0.0.1:\d+;", f"server 127.0.0.1:{free_port()};", config)
    for name in ("cert.pem", "key.pem"):
        shutil.copy(front.folder / name, tmp_path)
    with nginx(tmp_path, config):
        answer, text = Browser(port, front.cert).ask("GET", "/people")
    assert answer.status == 502
    assert "Try again in a moment" in text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="module")
def below(daemon: Daemon, front: Front, tmp_path_factory) -> Iterator[Browser]:
    """The owner's browser at the proxy of the documentation, under a path."""
    folder, port = tmp_path_factory.mktemp("below"), free_port()
    location = re.search(r"```nginx\n(.*?)```", (ROOT / "docs/https.md").read_text(), re.DOTALL)
    assert location
    temporary = "".join(
        f"{kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    config = f"""
        daemon off; pid nginx.pid; events {{}}
        http {{
            access_log off; {temporary}
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {front.cert}; ssl_certificate_key {front.cert.with_name("key.pem")};
                {location[1].replace("127.0.0.1:8737", f"127.0.0.1:{daemon.page}")}
            }}
        }}"""
    with nginx(folder, config):
        yield Browser(port, front.cert, "/whod").log_in()


def test_under_a_path_the_cookie_is_of_that_path(below: Browser) -> None:
    cookie = below.set_cookies["__Secure-whod"]
    assert {"Secure", "HttpOnly", "Path=/whod/", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}


def test_under_a_path_every_link_leads_to_a_page_below_it(below: Browser) -> None:
    """All that can be reached from the first page, and what these pages load."""
    seen, waiting = set(), ["/whod/"]
    while waiting:
        url = waiting.pop()
        answer, text = below.ask("GET", url.removeprefix("/whod"))
        assert answer.status in (200, 204, 303), url
        if answer.status == 303:
            assert answer.headers["Location"].startswith("/whod/"), url
            continue
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for found in re.findall(r'\s(?:href|src|action|hx-get|hx-post)="([^"#]+)"', text):
            target = urljoin(url, found.replace("&amp;", "&").partition("#")[0])
            if target.startswith(("https://", "http://", "blob:", "data:")):
                continue
            assert target.startswith("/whod/"), (url, found)
            if target not in seen and "action=" + f'"{found}"' not in text and "/logout" not in target:
                seen.add(target)
                waiting.append(target)
    assert {"/whod/people", "/whod/backup", "/whod/jobs", "/whod/settings", "/whod/static/frame.js"} <= seen


def test_under_a_path_the_scripts_work_too(below: Browser, browser: Chromium, tmp_path: Path) -> None:
    """A backup is made, downloaded, looked at and merged; what the browser asks for stays below the path."""
    base, strange = f"https://localhost:{below.port}/whod", []
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.on(
            "request",
            lambda asked: strange.append(asked.url) if not asked.url.startswith((base, "blob:", "data:")) else None,
        )
        page.on("console", lambda said: strange.append(said.text) if said.type == "error" else None)
        page.goto(f"{base}/backup/new")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.check("input[name=plain]")
        page.click("text=Make the backup")
        with page.expect_download() as download:
            page.click("text=Download the file")
        download.value.save_as(tmp_path / "b.zip")
        page.goto(f"{base}/backup/restore")
        page.set_input_files("input[type=file]", tmp_path / "b.zip")
        page.click("text=Show what would change")
        page.click("text=Show for merging instead")
        page.click("text=Merge the backup into")
        page.wait_for_selector("text=The backup is restored")
        page.goto(f"{base}/")
        page.wait_for_function(
            "document.querySelector('main img')?.naturalWidth > 0 || document.querySelector('main canvas')"
        )
    assert strange == []
