# SPDX-License-Identifier: Apache-2.0
"""What proxies say of a request: from whom it came, over what, under which name and path.

Anybody can send such headers. Those of the addresses in `web.trusted_proxies` are believed; all others are taken away
before the application sees them, so that no guesser gives himself another address.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from web_admin.hosts import LOCAL, address, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

_HEADERS = ("FORWARDED", *(f"X_FORWARDED_{what}" for what in ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "BY")))
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_WRONG = "whod.proxy_says"
"""In a request's environment: the header of a trusted proxy that makes no sense."""


def believe(app: Flask, trusted: Sequence[str]) -> None:
    """Let these addresses and networks speak for the clients of `app`."""
    app.wsgi_app = _Proxies(app.wsgi_app, trusted)  # type: ignore[method-assign]

    @app.before_request
    def refuse_nonsense() -> None:
        if wrong := request.environ.get(_WRONG):
            raise BadRequest(f"The proxy's header {wrong} makes no sense: put its settings right (docs/https.md).")


class _Proxies:
    """Hands on requests as they came to the proxy."""

    def __init__(self, app: WSGIApplication, trusted: Iterable[str]) -> None:
        self._app = app
        self._fixed = ProxyFix(self._checked, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._networks = [ipaddress.ip_network(each, strict=False) for each in trusted]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        client = address(environ.get("REMOTE_ADDR", ""))
        if client is not None and any(client in network for network in self._networks):
            return self._fixed(environ, start_response)
        for name in _HEADERS:
            environ.pop(f"HTTP_{name}", None)
        return self._app(environ, start_response)

    def _checked(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["wsgi.url_scheme"] not in ("http", "https"):
            environ["wsgi.url_scheme"], environ[_WRONG] = "http", "X-Forwarded-Proto"
        environ["SCRIPT_NAME"] = environ["SCRIPT_NAME"].rstrip("/")
        if not _PREFIX.fullmatch(environ["SCRIPT_NAME"]):
            environ["SCRIPT_NAME"], environ[_WRONG] = "", "X-Forwarded-Prefix"
        if address(environ["REMOTE_ADDR"]) is None:
            environ[_WRONG] = "X-Forwarded-For"
        # The client is connected to the proxy's address, of which we know only if it asked for that and for no name.
        asked = host_of(environ.get("HTTP_HOST", "")) or ""
        environ[LOCAL] = asked if address(asked) else ""
        return self._app(environ, start_response)
