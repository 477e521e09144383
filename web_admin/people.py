# SPDX-License-Identifier: Apache-2.0
"""Enrolment and people: `/api/v1/enrol`, `/api/v1/people`."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import BadRequest

from daemon.types import Change
from web_admin.context import service
from web_admin.forms import field, flag, json_text, json_value, photos, source

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("people", __name__, url_prefix="/api/v1")


@blueprint.post("/enrol")
def enrol() -> tuple[Response, HTTPStatus]:
    """Create or update the person of the form's `name` with its pictures: all or none."""
    pictures = photos()
    enrolment = service().enrol(field("name"), pictures, source(), force=flag("force"))
    created = enrolment.change is Change.CREATED
    return jsonify(enrolment.as_json()), HTTPStatus.CREATED if created else HTTPStatus.OK


@blueprint.get("/people")
def people() -> Response:
    """Everyone, or only the one whose id or name is `ref`."""
    ref = request.args.get("ref")
    person_id = None if ref is None else service().find(ref).id
    everyone = service().people()
    return jsonify([person.as_json() for person in everyone if person_id in (None, person.id)])


@blueprint.patch("/people/<person_id>")
def change(person_id: str) -> Response:
    """Give a person another name, or say whether they are familiar, or both."""
    name, familiar = json_value("name", str), json_value("familiar", bool)
    if name is None and familiar is None:
        raise BadRequest("The body must be a JSON object with a text 'name', or 'familiar': true or false.")
    if name is not None:
        person = service().rename(person_id, name)
    if familiar is not None:
        person = service().set_familiar(person_id, familiar=familiar)
    return jsonify(asdict(person))


@blueprint.post("/people/<person_id>/merge")
def merge(person_id: str) -> Response:
    """Make a person one with another, who stays."""
    return jsonify(asdict(service().merge(person_id, json_text("into"))))


@blueprint.delete("/people/<person_id>")
def forget(person_id: str) -> Response:
    """Remove a person and all that is known of their face."""
    return jsonify(asdict(service().forget(person_id)))
