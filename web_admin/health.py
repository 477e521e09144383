# SPDX-License-Identifier: Apache-2.0
"""`GET /health`, for people and for monitors."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Response, jsonify

from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.status import Health

api = Api("health", "For monitors.", url_prefix=None)


@api.serve("GET /health", None, {200: Health, 503: Health})
def health() -> tuple[Response, HTTPStatus]:
    """503 while a part has failed or waits for the world, such as an unplugged camera; else 200.

    200 too with a part that does its work less well than it should: restarting whod would not make it better.
    """
    status = service().status()
    body = {"ok": status.works, "problem": status.problem, "parts": [asdict(part) for part in status.parts]}
    return jsonify(body), HTTPStatus.OK if status.works else HTTPStatus.SERVICE_UNAVAILABLE


@api.serve("GET /api/v1/health", None, {200: Health, 503: Health})
def api_health() -> tuple[Response, HTTPStatus]:
    """The same."""
    return health()
