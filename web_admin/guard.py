# SPDX-License-Identifier: Apache-2.0
"""Who may call an operation, how much they may send, and what is remembered of it.

On the owner's socket everybody may do everything: the file's permissions are the login. On TCP a route is for the
owner, whose browser has a session, and for bearers of a token whose scope is enough; or it says that it is public.
One that says nothing is for nobody.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from daemon.errors import ConfirmationNeeded, StorageError
from daemon.types import Scope
from web_admin import cookies, csrf, ways
from web_admin.context import service
from web_admin.frame import Media

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response

    from daemon.types import Session, Token
    from web_admin.frame import Operation
    from web_admin.settings import WebSettings

_PUBLIC = {"static"}
"""Endpoints of Flask's own."""
SOCKET = "socket"
"""Who asks on the owner's socket."""
_ID = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[0-9])(?:[0-9a-f]{8}){1,2}|whod-[0-9TZ-]+\.zip(?:\.age)?"
)
"""Ids as whod makes them, and names of backups. Nothing else goes into the record: a name may stand for an id."""
_log = logging.getLogger(__name__)


def guard(app: Flask, settings: WebSettings, operations: Mapping[str, Operation]) -> None:
    """Check each request to `app`; `operations` are by endpoint."""
    csrf.dress(app)

    @app.before_request
    def admit() -> Response | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in _PUBLIC:
            return None
        operation = operations.get(endpoint)
        if operation is None:
            raise Forbidden("This is for nobody.")
        request.max_content_length = operation.body_bytes
        elsewhere = None if settings.trusted else _admit(operation)
        g.admitted = elsewhere is None
        return elsewhere

    @app.after_request
    def remember(response: Response) -> Response:
        operation = operations.get(request.endpoint or "")
        done = g.get("admitted", False) and response.status_code < HTTPStatus.BAD_REQUEST
        if operation and done and request.method == operation.method and is_deed(operation):
            _note(operation, response)
        return response


def actor() -> str:
    """Who asks: the id of their token or session, or ``socket``."""
    who: Token | Session | None = g.get("token") or g.get("session")
    return who.id if who else SOCKET


def current_session() -> Session:
    """The session of the owner's browser. Raises Forbidden for a bearer: what needs it is no business of theirs."""
    session: Session | None = g.get("session")
    if session is None:
        raise Forbidden("This is for a browser in which the owner is logged in.")
    return session


def require(scope: Scope) -> None:
    """Raise Forbidden for whom the route lets in, but whose token has a smaller scope than this."""
    token: Token | None = g.get("token")
    if token and not token.scope.allows(scope):
        raise Forbidden(
            f"This needs a token of the scope {scope}, and this one's is {token.scope}: make another one."
        )


def sent_by(authorization: str | None) -> str | None:
    """What a bearer sent in a header `Authorization`; None for anything else."""
    kind, _, sent = (authorization or "").partition(" ")
    return sent.strip() if kind.lower() == "bearer" else None


def _let_in(operation: Operation) -> None:
    """To a public route. What a page of these shows may depend on whether somebody is logged in."""
    if not csrf.is_safe():
        csrf.refuse_foreign()
    if operation.is_page and (cookie := cookies.session_cookie()):
        g.session = service().owner.session(cookie, used=_is_use(operation))


def _admit(operation: Operation) -> Response | None:
    """Whoever asks on TCP. A page's visitor may be sent elsewhere first."""
    if operation.scope is None:
        _let_in(operation)
        return None
    sent = sent_by(request.headers.get("Authorization"))
    if sent is not None:
        g.token = _bearer(sent)
        require(operation.scope)
        return None
    cookie = cookies.session_cookie()
    g.session = service().owner.session(cookie, used=_is_use(operation)) if cookie else None
    if g.session is None:
        if operation.is_page:
            return ways.to_login()
        raise Unauthorized(
            "This is for the owner: log in on whod's page, or make a token with whod token create and send it as "
            "Authorization: Bearer …",
            www_authenticate=_challenge(),
        )
    if not csrf.is_safe():
        csrf.refuse_foreign()
        csrf.check(g.session)
    if operation.confirm and not service().owner.is_confirmed(g.session.id):
        if operation.is_page:
            return ways.to_confirmation()
        raise ConfirmationNeeded("This needs the password anew: type it at /confirm, and repeat it within 5 minutes.")
    return None


def _is_use(operation: Operation) -> bool:
    """Whether somebody does this: opens a page, or changes something.

    What a page asks for by itself is no use of the session: one that is left open would never end.
    """
    return not csrf.is_safe() or (operation.is_page and "HX-Request" not in request.headers)


def _bearer(sent: str) -> Token:
    token = service().access.bearer(sent)
    if token is None:
        raise Unauthorized(
            "This token is not known here, was revoked or has expired: make another one with whod token create, and "
            "send it as Authorization: Bearer …",
            www_authenticate=_challenge(error="invalid_token"),
        )
    return token


def _challenge(**parameters: str) -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "whod", **parameters})


def is_deed(operation: Operation) -> bool:
    """Whether it changes something, or takes faces away: a backup."""
    if operation.method == "GET":
        said = operation.answers.get(HTTPStatus.OK)
        is_file = isinstance(said, Media) and said.mimetype == "application/octet-stream"
        return operation.scope is Scope.ADMIN and is_file
    return operation.is_deed and operation.scope in (Scope.ENROL, Scope.ADMIN)


def _note(operation: Operation, response: Response) -> None:
    try:
        service().access.note(actor(), operation.view.__name__, _target(response))
    except StorageError as error:
        _log.warning("what was changed by %s is not on record: %s", operation.view.__name__, error)


def _target(response: Response) -> str:
    """The ids in the address, else those in the answer."""
    asked = [value for value in (request.view_args or {}).values() if _ID.fullmatch(value)]
    answer = response.get_json() if response.is_json and not response.is_streamed else None
    if not asked and isinstance(answer, dict):
        person = answer.get("person")
        found = (answer.get("id"), person.get("id") if isinstance(person, dict) else None)
        asked = [str(value) for value in found if _ID.fullmatch(str(value))]
    return "/".join(asked)
