# SPDX-License-Identifier: Apache-2.0
"""Where a browser is sent when it must log in, or type the password anew, and where it goes after that.

Such an address comes back from the browser, so it is looked at again: only paths of this site are followed.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

HOME = "/"

_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path with a query, printable ASCII, no backslash (browsers take it for a slash) and not two slashes first."""


def local(address: str | None) -> str:
    """The address if it is a path of this site, without the prefix that it is served under; else the first page."""
    return address if address and _LOCAL.fullmatch(address) else HOME


def go(path: str) -> Response:
    """Send the browser to a path of this site; the whole page, if htmx asked for a part."""
    url = request.script_root + path
    if "HX-Request" in request.headers:
        return Response(headers={"HX-Redirect": url})
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url})


def to_login() -> Response:
    """To log in, and back here."""
    return go(f"/login?next={quote(_here())}")


def to_confirmation() -> Response:
    """To type the password anew, and back here."""
    return go(f"/confirm?next={quote(_here())}")


def _here() -> str:
    """The page that the browser shows: for htmx it says which; a form's own path, if that can be looked at too."""
    if shown := request.headers.get("HX-Current-URL"):
        return _local_part(shown)
    if request.method == "GET":
        return local(request.full_path.rstrip("?"))
    return request.path if _can_be_looked_at(request.path) else HOME


def _local_part(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[
        return HOME
    path = parts.path.removeprefix(request.script_root)
    return local(f"{path}?{parts.query}" if parts.query else path)


def _can_be_looked_at(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True
