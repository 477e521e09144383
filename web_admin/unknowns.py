# SPDX-License-Identifier: Apache-2.0
"""Unknown visitors: `/api/v1/unknowns`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest

from web_admin.context import service
from web_admin.forms import json_value

blueprint = Blueprint("unknowns", __name__, url_prefix="/api/v1/unknowns")


@blueprint.get("")
def unknowns() -> Response:
    """Those whose faces are kept, grouped by likeness."""
    return jsonify([unknown.as_json() for unknown in service().unknowns.all()])


@blueprint.get("/<ref>/crop.jpg")
def crop(ref: str) -> Response:
    """The best picture of a face."""
    return Response(service().unknowns.crop(ref), mimetype="image/jpeg")


@blueprint.post("/<ref>/assign")
def assign(ref: str) -> Response:
    """Say who it is."""
    name, person_id = json_value("name", str), json_value("person_id", str)
    who = service().find(person_id).id if person_id is not None else name
    if [name is not None, person_id is not None, bool(json_value("familiar", bool))].count(True) != 1:
        raise BadRequest(
            "The body must be a JSON object with a text 'name' or 'person_id', or with 'familiar': true."
        )
    return jsonify(service().unknowns.assign(ref, who).as_json())


@blueprint.delete("/<ref>")
def forget(ref: str) -> Response:
    """Keep nothing more of a face."""
    return jsonify(service().unknowns.forget(ref).as_json())
