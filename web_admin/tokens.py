# SPDX-License-Identifier: Apache-2.0
"""Tokens of the API, and what was changed with them: `/api/v1/tokens`, `/api/v1/audit`."""

from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import BadName, NoSuchToken
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.paging import page_of
from web_admin.schemas.common import PageQuery
from web_admin.schemas.tokens import (
    DeedList,
    DeedsQuery,
    NewTokenRecord,
    TokenBody,
    TokenList,
    TokenPath,
    TokenRecord,
)

api = Api("tokens", "Tokens of this API, and what was changed with them.")


@api.serve("GET /tokens", Scope.ADMIN, TokenList)
def list_tokens(query: PageQuery) -> Response:
    """Every token that was not revoked."""
    return page_of(service().access.all(), query, lambda token: token.id)


@api.serve("POST /tokens", Scope.ADMIN, {201: NewTokenRecord}, (BadName,), confirm=True)
def create_token(body: TokenBody) -> tuple[Response, HTTPStatus]:
    """Make a token; its secret is told this once."""
    made = service().access.create(body.name, Scope(body.scope), body.days)
    return jsonify(made.as_json()), HTTPStatus.CREATED


@api.serve("DELETE /tokens/<token_id>", Scope.ADMIN, TokenRecord, (NoSuchToken,))
def revoke_token(path: TokenPath) -> Response:
    """Take a token back: it stops at once."""
    return jsonify(service().access.revoke(path.token_id).as_json())


@api.serve("GET /audit", Scope.ADMIN, DeedList)
def audit(query: DeedsQuery) -> Response:
    """What was changed over HTTP, and with which token."""
    return jsonify([deed.as_json() for deed in service().access.deeds(query.limit)])
