# SPDX-License-Identifier: Apache-2.0
"""That a request which changes something comes from our own page, not from a foreign site in the same browser.

What protects is the token: it belongs to the session, stands in our forms and in the head of our pages, and no other
site can read it. The rest is a second fence, where browsers tell: over plain HTTP they send no `Sec-Fetch-Site`, and
with our `no-referrer` the `Origin` of our own forms is "null".
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import g, request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden

if TYPE_CHECKING:
    from flask import Flask

    from daemon.types import Session

FIELD = "csrf"
HEADER = "X-CSRF-Token"

_SAFE = ("GET", "HEAD", "OPTIONS")


def is_safe() -> bool:
    """Whether the request changes nothing."""
    return request.method in _SAFE


def refuse_foreign() -> None:
    """Raise Forbidden for a request of which the browser says that another site made it."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site is not None and site != "same-origin"
    if foreign or (origin is not None and origin != "null" and origin.partition("://")[2] != request.host):
        raise Forbidden("Another site asked for this: open whod's own page and do it there.")


def check(session: Session) -> None:
    """Raise Forbidden for a request that brings no token of its session."""
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = request.form.get(FIELD, "")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), session.csrf.encode()):
        raise Forbidden("This form is of an earlier login: go back, load the page again and repeat it.")


def dress(app: Flask) -> None:
    """Give the templates of `app` the token."""
    app.jinja_env.globals.update(csrf=_field, csrf_token=_token, logged_in=is_logged_in)


def _field() -> Markup:
    """For a form."""
    hidden = Markup('<input type="hidden" name="{}" value="{}">')
    return hidden.format(FIELD, _token()) if is_logged_in() else Markup()


def _token() -> str:
    session: Session | None = g.get("session")
    return session.csrf if session else ""


def is_logged_in() -> bool:
    """Whether a browser asks in which the owner is logged in."""
    return g.get("session") is not None
