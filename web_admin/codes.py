# SPDX-License-Identifier: Apache-2.0
"""How the owner gets in who has no password: `/api/v1/owner`, on the socket alone.

The bearer of a token is not the owner.
"""

from http import HTTPStatus

from flask import Response, jsonify

from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.tokens import NewCodeRecord, OwnerRecord

api = Api("owner", url_prefix="/api/v1/owner")


@api.serve("GET ", Scope.ADMIN, {200: OwnerRecord})
def owner() -> Response:
    """Whether the owner has a password."""
    return jsonify({"has_password": service().owner.has_password()})


@api.serve("POST /code", Scope.ADMIN, {201: NewCodeRecord})
def make_code() -> tuple[Response, HTTPStatus]:
    """Make a one-time code; it is told this once."""
    return jsonify(service().owner.new_code().as_json()), HTTPStatus.CREATED


@api.serve("POST /reset", Scope.ADMIN, {201: NewCodeRecord})
def reset_password() -> tuple[Response, HTTPStatus]:
    """Take the password away, log all browsers out, and make a one-time code."""
    return jsonify(service().owner.reset_password().as_json()), HTTPStatus.CREATED
