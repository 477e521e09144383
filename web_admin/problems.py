# SPDX-License-Identifier: Apache-2.0
"""Errors as `application/problem+json` (RFC 9457).

An error of whod's own has a type of its own, `/problems/<slug>`, and its sentence as the detail. What HTTP itself
has words for is `about:blank`. The rest are bugs: the log has the traceback, the client a plain 500.
People get pages instead (`pages.problems`).
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from daemon.errors import BadSetting, FaceCountError, TooManyGuesses, WhodError
from web_admin.pages import problems as for_people

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

MIMETYPE = "application/problem+json"
_log = logging.getLogger(__name__)


def handle(app: Flask, pages: Collection[str] = ()) -> None:
    """Answer each error of `app` as a problem; those of `pages`, endpoints that people look at, as a page."""

    def is_page() -> bool:
        if request.endpoint is not None:
            return request.endpoint in pages
        if request.path.startswith("/api/"):
            return False
        return bool(pages) and "text/html" in request.headers.get("Accept", "")

    @app.errorhandler(WhodError)
    def of_ours(error: WhodError) -> Response:
        response = for_people.of_ours(error) if is_page() else _ours(error)
        if isinstance(error, TooManyGuesses):
            response.headers["Retry-After"] = str(error.retry_s)
        return response

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Response:
        response = for_people.of_http(error) if is_page() else _of_http(error)
        for name, value in error.get_headers():
            if name != "Content-Type":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def of_bug(error: Exception) -> Response:
        _log.error("answering %s failed", request.endpoint, exc_info=error)
        return for_people.of_bug() if is_page() else _bug()


def as_json(error: WhodError) -> dict[str, Any]:
    """An error of whod's own."""
    extra: dict[str, Any] = {"count": error.count} if isinstance(error, FaceCountError) else {}
    if isinstance(error, BadSetting):
        extra["wrong"] = error.wrong
    title = error.slug.replace("-", " ").capitalize()
    return _as_json(f"/problems/{error.slug}", title, error.http_status, str(error), **extra)


def plain(status: HTTPStatus, detail: str) -> str:
    """An error for which HTTP itself has the words."""
    return json.dumps(_as_json("about:blank", status.phrase, status, detail))


def _ours(error: WhodError) -> Response:
    return _response(as_json(error))


def _of_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    return _response(_as_json("about:blank", status.phrase, status, error.description or status.description))


def _bug() -> Response:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "whod met a fault of its own; its log has the details."
    return _response(_as_json("about:blank", status.phrase, status, detail))


def _as_json(kind: str, title: str, status: int, detail: str, **extra: Any) -> dict[str, Any]:
    return {"type": kind, "title": title, "status": int(status), "detail": detail, **extra}


def _response(problem: dict[str, Any]) -> Response:
    return Response(json.dumps(problem), problem["status"], mimetype=MIMETYPE)
