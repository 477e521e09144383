# SPDX-License-Identifier: Apache-2.0
"""A browser without a screen, logged in at a daemon that runs."""

from __future__ import annotations

import contextlib
import http.client
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from support_access import PASSWORD

__all__ = ["PASSWORD", "Browser", "first_login"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support_daemon import Daemon

NOTHING: dict[str, str] = {}


class Browser:
    """Keeps cookies, and sends the token of its session with forms."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self.headers: dict[str, str] = {}
        """Of the last answer, by their names in small letters."""

    def get(self, path: str) -> tuple[int, str]:
        """Status and text."""
        status, text = self._ask("GET", path)
        if found := re.search(r'name="csrf" content="([0-9a-f]+)"', text):
            self.csrf = found[1]
        return status, text

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form."""
        form = urlencode({**({"csrf": self.csrf} if self.csrf else {}), **fields})
        return self._ask("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def _ask(self, method: str, path: str, body: str = "", headers: Mapping[str, str] = NOTHING) -> tuple[int, str]:
        sent = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/145.0", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            self.headers = {name.lower(): value for name, value in answer.getheaders()}
            for name, value in answer.getheaders():
                if name == "Set-Cookie":
                    self._keep(value)
            return answer.status, answer.read().decode("utf-8", "replace")

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)


def first_login(daemon: Daemon) -> Browser:
    """Set the password with a one-time code of the command line, as its owner does on the first day."""
    code = daemon.whod("admin", "code").stdout.strip()
    browser = Browser(daemon.page)
    status, text = browser.post("/first", code=code, password=PASSWORD, again=PASSWORD)
    assert status == 303, text
    assert browser.get("/access")[0] == 200
    return browser
