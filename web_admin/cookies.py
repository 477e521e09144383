# SPDX-License-Identifier: Apache-2.0
"""The two cookies: a session's, and the one by which a browser is known when it logs in again.

No script sees them, and no other site makes a browser send them. Under HTTPS their names say to the browser that they
are for this host alone (`__Host-`), or, under a path of it, for HTTPS alone (`__Secure-`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.http import parse_cookie

if TYPE_CHECKING:
    from flask import Response

    from daemon.types import Entry

SESSION = "whod"
DEVICE = "whod-device"

_SECURE = ("__Host-", "__Secure-")
_DAY_S = 86_400
_SESSION_S = 90 * _DAY_S
"""As long as a session may last; the daemon ends it sooner."""
_DEVICE_S = 400 * _DAY_S
"""As long as browsers keep a cookie."""


def session_cookie() -> str | None:
    """What the browser sent for its session, if anything."""
    return request.cookies.get(_named(SESSION))


def device_cookie() -> str | None:
    """What the browser was given when it logged in before, if anything."""
    return request.cookies.get(_named(DEVICE))


def session_of(header: str | None) -> str | None:
    """A session's cookie in a header `Cookie`, when it is not known yet how the request came."""
    sent = parse_cookie(header)
    return next((sent[name] for prefix in (*_SECURE, "") if (name := prefix + SESSION) in sent), None)


def let_in(response: Response, entry: Entry) -> Response:
    """Give a browser the cookies of a login."""
    _set(response, SESSION, entry.cookie, _SESSION_S)
    _set(response, DEVICE, entry.device, _DEVICE_S)
    return response


def let_out(response: Response) -> Response:
    """Take the session's cookie away; the browser stays known."""
    _set(response, SESSION, "", 0)
    return response


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _named(name),
        value,
        seconds,
        path=f"{request.script_root}/",
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def _named(name: str) -> str:
    if not request.is_secure:
        return name
    at_root, below = _SECURE
    return (below if request.script_root else at_root) + name
