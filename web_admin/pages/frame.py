# SPDX-License-Identifier: Apache-2.0
"""What all pages share: how they are rendered, what they say after a deed, and what stands around them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from flask import Response, g, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from daemon import __version__
from web_admin.context import service
from web_admin.frame import Media
from web_admin.pages import navigation, words
from web_admin.texts import fmt, language, languages, t, t_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

HTML = Media("text/html", text=True)
"""What a page answers."""

_SAID = "said"
"""The cookie with what the next page says."""
_SAID_S = 60
_SAID_LENGTH = 1000
_UNDO = re.compile(r"[0-9A-Za-z-]+")
"""An id, and nothing that makes another address of `/undo/…`."""


class Refused(BadRequest):
    """What was sent does not fit; the description is in the reader's language."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was done, for the top of the next page."""

    text: str
    undo: str = ""
    """The id with which it can be undone."""


def page(template: str, /, **values: object) -> str:
    """A page, or a part of one (``_part.html``), with what all of them share."""
    return render_template(template, **values)


def path(site_path: str) -> str:
    """A path of this site with the prefix under which it is served."""
    return request.script_root + site_path


def done(url: str, key: str = "", /, *, undo: str = "", **fields: object) -> Response:
    """Go on to `url`, which has the prefix already; the text of `key` stands at the top of the page there.

    For htmx the whole page is loaded anew, with its own styles and scripts. `undo` is the id of what can be undone.
    """
    response: Response
    if is_htmx():
        response = Response(headers={"HX-Redirect": url})
    else:
        response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url})
    if key:
        said = json.dumps([t(key, **fields)[:_SAID_LENGTH], undo]).encode()
        _set_cookie(response, _SAID, base64.urlsafe_b64encode(said).decode(), _SAID_S)
    return response


def refuse(key: str, /, **fields: object) -> NoReturn:
    """Raise Refused, a BadRequest, with a text in the reader's language."""
    raise Refused(t(key, **fields))


def is_htmx() -> bool:
    """Whether a part of a page is asked for, not a page."""
    return "HX-Request" in request.headers


def remember_language(response: Response, code: str) -> None:
    """Answer this browser in a language for a year."""
    _set_cookie(response, "lang", code, 365 * 86_400)


def outfit(app: Flask) -> None:
    """Give the templates of `app` what they may use."""
    app.jinja_env.globals.update(
        t=t,
        t_or=t_or,
        fmt=fmt,
        path=path,
        language=language,
        languages=languages,
        texts_json=_texts_json,
        version=__version__,
        shell=_shell,
        said=_said,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(_forget_said)


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around a page of somebody who is logged in."""

    node: str
    level: str
    """`ok`, `waiting` or `failed`."""
    headline: str
    sections: tuple[navigation.Entry, ...]
    section: str
    """The path of the one that the page belongs to."""
    elsewhere: bool
    """Whether that is none of those in a phone's bar."""
    unknowns: int


def _shell() -> Shell:
    status = service().status()
    bad = words.troubles(status)
    section = navigation.section(request.path)
    return Shell(
        node=status.node,
        level=words.level(bad, paused=status.paused),
        headline=words.headline(bad, paused=status.paused),
        sections=navigation.SECTIONS,
        section=section,
        elsewhere=section not in {entry.path for entry in navigation.SECTIONS if entry.thumb},
        unknowns=service().unknowns.count(),
    )


def _said() -> Said | None:
    """What the page before left to be said; once. Whatever runs at another port of this host can set the cookie."""
    g.said = True
    try:
        text, undo = json.loads(base64.urlsafe_b64decode(request.cookies.get(_SAID, "")))
    except (ValueError, TypeError, RecursionError):
        return None
    found = _UNDO.fullmatch(str(undo))
    return Said(str(text), found[0] if found else "")


def _forget_said(response: Response) -> Response:
    if g.get("said") and _SAID in request.cookies:
        response.delete_cookie(_SAID, path=path("/"))
    return response


def _set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, seconds, path=path("/"), secure=request.is_secure, httponly=True, samesite="Strict"
    )


def _texts_json(texts: Mapping[str, str]) -> Markup:
    """Texts for a script, as data that a browser never runs."""
    plain = json.dumps(texts).replace("<", "\\u003c")
    return Markup('<script type="application/json" id="texts">{}</script>').format(Markup(plain))  # noqa: S704 (no "<")
