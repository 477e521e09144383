# SPDX-License-Identifier: Apache-2.0
"""Errors as `application/problem+json` (RFC 9457).

An error of whod's own has a type of its own, `/problems/<slug>`, and its sentence as the detail. What HTTP itself
has words for is `about:blank`. The rest are bugs: the log has the traceback, the client a plain 500.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from daemon.errors import FaceCountError, WhodError

if TYPE_CHECKING:
    from flask import Flask

MIMETYPE = "application/problem+json"
_log = logging.getLogger(__name__)


def handle(app: Flask) -> None:
    """Answer each error of `app` as a problem."""
    app.register_error_handler(WhodError, _ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _bug)


def as_json(error: WhodError) -> dict[str, Any]:
    """An error of whod's own."""
    extra = {"count": error.count} if isinstance(error, FaceCountError) else {}
    title = error.slug.replace("-", " ").capitalize()
    return _as_json(f"/problems/{error.slug}", title, error.http_status, str(error), **extra)


def plain(status: HTTPStatus, detail: str) -> str:
    """An error for which HTTP itself has the words."""
    return json.dumps(_as_json("about:blank", status.phrase, status, detail))


def _ours(error: WhodError) -> Response:
    return _response(as_json(error))


def _of_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    response = _response(_as_json("about:blank", status.phrase, status, error.description or status.description))
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _bug(error: Exception) -> Response:
    _log.error("answering %s failed", request.endpoint, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "whod met a fault of its own; its log has the details."
    return _response(_as_json("about:blank", status.phrase, status, detail))


def _as_json(kind: str, title: str, status: int, detail: str, **extra: Any) -> dict[str, Any]:
    return {"type": kind, "title": title, "status": int(status), "detail": detail, **extra}


def _response(problem: dict[str, Any]) -> Response:
    return Response(json.dumps(problem), problem["status"], mimetype=MIMETYPE)
