# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/alike`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import BadRequest

from web_admin.context import service

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("alike", __name__, url_prefix="/api/v1")


@blueprint.get("/alike")
def alike() -> Response:
    """How well the people can be told apart."""
    return jsonify(service().alike(_rate()).as_json())


def _rate() -> float | None:
    asked = request.args.get("false_accept")
    try:
        return None if asked is None else float(asked)
    except ValueError as error:
        raise BadRequest("'false_accept' must be a number, such as 0.001.") from error
