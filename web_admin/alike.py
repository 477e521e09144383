# SPDX-License-Identifier: Apache-2.0
"""How well the people can be told apart: `GET /api/v1/alike`, and of one of them."""

from flask import Response, jsonify

from daemon.errors import BadName, NoSuchPerson
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.alike import Alike, AlikeQuery, Closeness, ClosenessQuery
from web_admin.schemas.common import PersonPath

api = Api("alike", "How well the people can be told apart.")


@api.serve("GET /alike", Scope.READ, Alike)
def alike(query: AlikeQuery) -> Response:
    """How well the people can be told apart."""
    return jsonify(service().alike(query.false_accept).as_json())


@api.serve("GET /people/<person_id>/alike", Scope.READ, Closeness, (NoSuchPerson, BadName))
def closeness(path: PersonPath, query: ClosenessQuery) -> Response:
    """Somebody and those who are most like them, and how alike each is to each."""
    return jsonify(service().closeness(path.person_id, query.count).as_json())
