# SPDX-License-Identifier: Apache-2.0
"""What holds for every answer: who may ask, and what a browser may do with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest

if TYPE_CHECKING:
    from flask import Flask, Response

    from web_admin.settings import WebSettings

_POLICY = {
    "default-src": "'none'",
    "img-src": "'self' blob:",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def harden(app: Flask, settings: WebSettings) -> None:
    """Put the headers on each answer, errors too; on TCP, refuse foreign Host names."""
    app.after_request(_add_headers)
    if settings.trusted:
        return
    names = "|".join(map(re.escape, settings.hosts))
    host = re.compile(rf"({names})(:[0-9]{{1,5}})?", re.IGNORECASE)

    @app.before_request
    def check_host() -> None:
        if not host.fullmatch(request.headers.get("Host", "")):
            raise BadRequest(f"This page answers under these names only: {', '.join(settings.hosts)}.")


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
