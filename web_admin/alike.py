# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/alike`."""

from flask import Response, jsonify

from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.alike import Alike, AlikeQuery

api = Api("alike", "How well the people can be told apart.")


@api.serve("GET /alike", Scope.READ, Alike)
def alike(query: AlikeQuery) -> Response:
    """How well the people can be told apart."""
    return jsonify(service().alike(query.false_accept).as_json())
