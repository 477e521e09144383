# SPDX-License-Identifier: Apache-2.0
"""`GET /health`, for people and for monitors."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from web_admin.context import service

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> tuple[Response, HTTPStatus]:
    """503 while a part has failed or waits for the world, such as an unplugged camera; else 200.

    200 too with a part that does its work less well than it should: restarting whod would not make it better.
    """
    status = service().status()
    body = {"ok": status.works, "problem": status.problem, "parts": [asdict(part) for part in status.parts]}
    return jsonify(body), HTTPStatus.OK if status.works else HTTPStatus.SERVICE_UNAVAILABLE
