# SPDX-License-Identifier: Apache-2.0
"""Requests that depend on what was before: `If-Match`, `If-None-Match` (RFC 9110) and `Idempotency-Key`."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, jsonify, request
from werkzeug.http import parse_etags

from daemon.types import RequestKey
from web_admin.context import service
from web_admin.guard import actor

if TYPE_CHECKING:
    from pydantic import BaseModel

    from daemon.types import PersonSummary, Photo
    from web_admin.schemas.conditions import IdempotencyHeader, MatchHeader


def tagged(person: PersonSummary) -> Response:
    """A person with their version as ETag; 304 without a body for whom has that version."""
    if request.if_none_match.contains_weak(person.version):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = jsonify(person.as_json())
    response.set_etag(person.version)
    return response


def expected(header: MatchHeader, person_id: str) -> str | None:
    """The version that the person must have, if any; what is none is one that nobody has."""
    if header.if_match is None:
        return None
    tags = parse_etags(header.if_match)
    if tags.star_tag:
        return None
    now = service().person(person_id).version
    return now if now in tags else ""


def request_key(header: IdempotencyHeader, fields: BaseModel, photos: list[Photo]) -> RequestKey | None:
    """What makes the same request known again: the key, who sends it, and a digest of all that is asked."""
    if header.idempotency_key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.path}".encode())
    digest.update(fields.model_dump_json(exclude={"image"}).encode())
    for photo in photos:
        digest.update(hashlib.sha256(photo.data).digest())
    return RequestKey(f"{actor()}/{header.idempotency_key}", digest.hexdigest())
