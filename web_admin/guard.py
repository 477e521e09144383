# SPDX-License-Identifier: Apache-2.0
"""Who may call an operation, how much they may send, and what is remembered of it.

On the owner's socket everybody may do everything: the file's permissions are the login. On TCP a route is for bearers
of a token whose scope is enough, unless it says that it is public. One that says nothing is for nobody.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from daemon.errors import StorageError
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Media

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response

    from daemon.types import Token
    from web_admin.frame import Operation
    from web_admin.settings import WebSettings

_PUBLIC = {"static"}
"""Endpoints of Flask's own."""
_SOCKET = "socket"
_ID = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[0-9])(?:[0-9a-f]{8}){1,2}|whod-[0-9TZ-]+\.zip(?:\.age)?"
)
"""Ids as whod makes them, and names of backups. Nothing else goes into the record: a name may stand for an id."""
_log = logging.getLogger(__name__)


def guard(app: Flask, settings: WebSettings, operations: Mapping[str, Operation]) -> None:
    """Check each request to `app`; `operations` are by endpoint."""

    @app.before_request
    def admit() -> None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in _PUBLIC:
            return
        operation = operations.get(endpoint)
        if operation is None:
            raise Forbidden("This is for nobody.")
        if not settings.trusted and operation.scope is not None:
            g.token = _bearer()
            require(operation.scope)
        request.max_content_length = operation.body_bytes

    @app.after_request
    def remember(response: Response) -> Response:
        operation = operations.get(request.endpoint or "")
        done = response.status_code < HTTPStatus.BAD_REQUEST
        if operation and done and request.method == operation.method and _is_deed(operation):
            _note(operation, response)
        return response


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


def _bearer() -> Token:
    sent = sent_by(request.headers.get("Authorization"))
    if sent is None:
        raise Unauthorized(
            "This needs a token: make one with whod token create, and send it as Authorization: Bearer …",
            www_authenticate=_challenge(),
        )
    token = service().access.bearer(sent)
    if token is None:
        raise Unauthorized(
            "This token is not known here, was revoked or has expired: make another one with whod token create.",
            www_authenticate=_challenge(error="invalid_token"),
        )
    return token


def _challenge(**parameters: str) -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "whod", **parameters})


def _is_deed(operation: Operation) -> bool:
    """Whether it changes something, or takes faces away: a backup."""
    if operation.method == "GET":
        return operation.scope is Scope.ADMIN and isinstance(operation.answers.get(HTTPStatus.OK), Media)
    return operation.scope is not Scope.READ


def _note(operation: Operation, response: Response) -> None:
    token: Token | None = g.get("token")
    try:
        service().access.note(token.id if token else _SOCKET, operation.view.__name__, _target(response))
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
