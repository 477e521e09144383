# SPDX-License-Identifier: Apache-2.0
"""The real nginx, and a browser without scripts that trusts its certificate."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from support_broker import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PASSWORD = "green door by the river"


@dataclass
class Browser:
    """Keeps cookies, and sends the token of its session, as ours does."""

    port: int
    cert: Path | None = None
    root: str = ""
    host: str = "localhost"
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def connection(self) -> http.client.HTTPConnection:
        if self.cert is None:
            return http.client.HTTPConnection("localhost", self.port, timeout=30)
        context = ssl.create_default_context(cafile=self.cert)
        return http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)

    def ask(self, method: str, path: str, body=None, **headers: str):
        sent = {"Host": f"{self.host}:{self.port}", "Accept": "text/html", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, self.root + path, body, sent)
            answer = connection.getresponse()
            text = answer.read()
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
                self.set_cookies[name] = header
        if found := re.search(rb'name="csrf" content="([^"]+)"', text):
            self.csrf = found[1].decode()
        return answer, text.decode("utf-8", "replace")

    def post(self, path: str, **form: str):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode({"csrf": self.csrf, **form}), **kind)

    def log_in(self) -> Browser:
        answer, text = self.post("/login", password=PASSWORD)
        assert answer.status == 303, text
        self.ask("GET", "/")
        return self


@contextlib.contextmanager
def nginx(folder: Path, config: str) -> Iterator[None]:
    """Run it, with its port ready."""
    (folder / "run").mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(config)
    alone = ["-g", "user root;"] if os.geteuid() == 0 else []  # its folder is this user's alone
    command = [NGINX, "-e", "stderr", "-p", folder / "run", "-c", folder / "nginx.conf", *alone]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        (port,) = {
            int(found)
            for found in re.findall(r"listen 127.0.0.1:(\d+) ssl|listen 127.0.0.1:(\d+);", config)[-1]
            if found
        }
        wait_until(lambda: process.poll() is not None or _answers(port), "nginx to listen")
        assert process.poll() is None, (folder / "nginx.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
