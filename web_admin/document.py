# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/openapi.json`: the OpenAPI file, made of what the routes declare when it is first asked for."""

import re
from collections import defaultdict
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify

from daemon.errors import StorageError, WhodError
from daemon.types import Scope
from web_admin.cookies import SESSION
from web_admin.frame import Api, Media, Operation
from web_admin.schemas.common import Problem
from web_admin.schemas.status import OpenApi

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel

api = Api("document", "This file.")


@api.serve("GET /openapi.json", Scope.READ, OpenApi)
def openapi() -> Response:
    """All of this, as OpenAPI 3."""
    from web_admin.app import APIS  # noqa: PLC0415  it has this one too

    return jsonify(document(APIS))


@cache
def document(apis: "tuple[Api, ...]") -> dict[str, Any]:
    """The OpenAPI 3 document of the routes."""
    # Takes time and 3 MB that nobody needs who does not ask.
    from flask_openapi3.blueprint import APIBlueprint  # noqa: PLC0415
    from flask_openapi3.models.info import Info  # noqa: PLC0415
    from flask_openapi3.models.security_scheme import SecurityScheme  # noqa: PLC0415
    from flask_openapi3.models.tag import Tag  # noqa: PLC0415
    from flask_openapi3.openapi import OpenAPI  # noqa: PLC0415

    from daemon import __version__  # noqa: PLC0415

    book = OpenAPI(
        "whod",
        info=Info(title="whod", version=__version__, description="Who is at the door. See docs/http.md."),
        security_schemes={
            "bearer": SecurityScheme(type="http", scheme="bearer"),
            "session": SecurityScheme.model_validate({"type": "apiKey", "in": "cookie", "name": SESSION}),
        },
        doc_ui=False,
        validation_error_status=HTTPStatus.BAD_REQUEST.value,
        validation_error_model=Problem,
    )
    for part in (part for part in apis if part.about):
        pages = APIBlueprint(part.name, __name__, url_prefix=part.url_prefix)
        for operation in part.operations:
            describe = getattr(pages, operation.method.lower())
            describe(
                operation.rule,
                tags=[Tag(name=part.name, description=part.about)],
                operation_id=operation.view.__name__,
                security=[{"bearer": [operation.scope.value]}, {"session": []}] if operation.scope else None,
                responses=_responses(operation),
            )(_shape(operation))
        book.register_api(pages)
    found = book.api_doc
    for part in (part for part in apis if part.about):
        _add_raw_bodies(part, found["paths"])
    return found


def _shape(operation: Operation) -> "Callable[[], None]":
    """A function that says of itself what the view says: the library leaves things on what it is given."""

    def shape() -> None: ...

    shape.__name__, shape.__doc__ = operation.view.__name__, operation.view.__doc__
    shape.__annotations__ = dict(operation.takes)
    return shape


def _add_raw_bodies(part: Api, paths: dict[str, Any]) -> None:
    """Bodies that are no form and no JSON: the library writes them only where there is nothing else."""
    for operation in part.operations:
        place = re.sub(r"<(\w+)>", r"{\1}", f"{part.url_prefix or ''}{operation.rule}")
        described = paths[place][operation.method.lower()]
        for mimetype in operation.raw:
            body = described.setdefault("requestBody", {"required": True, "content": {}})
            body["content"][mimetype] = {"schema": {"type": "string", "format": "binary"}}


def _responses(operation: Operation) -> dict[int, Any]:
    return {**_problems(operation), **{status: _answer(said) for status, said in operation.answers.items()}}


def _answer(said: "type[BaseModel] | Media | None") -> "type[BaseModel] | dict[str, Any] | None":
    if not isinstance(said, Media):
        return said
    shape = {"type": "string"} if said.text else {"type": "string", "format": "binary"}
    return {"content": {said.mimetype: {"schema": shape}}}


def _problems(operation: Operation) -> dict[int, dict[str, Any]]:
    """By status: what each of them means, all of one shape."""
    kinds: dict[int, list[str]] = defaultdict(list)
    known: tuple[type[WhodError], ...] = (*operation.problems, StorageError)
    for kind in known:
        kinds[kind.http_status].append(f"/problems/{kind.slug}")
    for status in _of_http(operation):
        kinds[status].append("about:blank")
    return {status: _problem(status, said) for status, said in sorted(kinds.items())}


def _of_http(operation: Operation) -> "Sequence[int]":
    """Where the status says it all."""
    found = [HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR]
    if operation.scope:
        found += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if "path" in operation.takes:
        found.append(HTTPStatus.NOT_FOUND)
    if {"form", "body"} & operation.takes.keys() or operation.raw:
        found += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    return found


def _problem(status: int, kinds: list[str]) -> dict[str, Any]:
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(kinds)}",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
