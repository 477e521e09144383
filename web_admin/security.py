# SPDX-License-Identifier: Apache-2.0
"""What holds for every answer: who may ask, and what a browser may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest

from web_admin.hosts import LOCAL, Hosts

if TYPE_CHECKING:
    from flask import Flask, Response

    from web_admin.settings import WebSettings

_POLICY = {
    "default-src": "'none'",
    "img-src": "'self' blob: data:",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "manifest-src": "'self'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of each answer; those to a request that is refused before the application is asked have these too."""


def harden(app: Flask, settings: WebSettings) -> None:
    """Put the headers on each answer, errors too; on TCP, refuse foreign Host names."""
    headers = _framed(settings.frame_ancestors) if settings.frame_ancestors else HEADERS

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response

    if not settings.trusted:
        _check_hosts(app, Hosts(settings.hosts))


def _framed(ancestors: tuple[str, ...]) -> dict[str, str]:
    """The headers, where pages of others may show ours: `X-Frame-Options` cannot say whose."""
    policy = {**_POLICY, "frame-ancestors": " ".join(ancestors)}
    return {
        **{name: value for name, value in HEADERS.items() if name != "X-Frame-Options"},
        "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in policy.items()),
    }


def _check_hosts(app: Flask, hosts: Hosts) -> None:
    @app.before_request
    def check_host() -> None:
        asked = request.headers.get("Host", "")
        if not hosts.allows(asked, request.environ.get(LOCAL, "")):
            raise BadRequest(
                "This is not a name of this device: use its IP address, its host name or localhost, "
                "or add the name to web.hosts in the settings."
            )
