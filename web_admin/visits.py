# SPDX-License-Identifier: Apache-2.0
"""Past visits: `/api/v1/sightings` and `/api/v1/replay`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import BadRequest

from daemon.types import Outcome, Trial
from web_admin import limits
from web_admin.context import service
from web_admin.forms import field, json_text, photos

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("visits", __name__, url_prefix="/api/v1")


@blueprint.get("/sightings")
def sightings() -> Response:
    """The last visits, newest first."""
    asked = request.args
    found = service().visits.recent(_limit(), asked.get("before"), asked.get("person"), _outcome())
    return jsonify([visit.as_json() for visit in found])


@blueprint.get("/sightings/<ref>/explanation")
def explain(ref: str) -> Response:
    """Why a visitor was decided on as they were."""
    return jsonify([account.as_json() for account in service().visits.explain(ref)])


@blueprint.post("/sightings/<ref>/not")
def disown(ref: str) -> Response:
    """This visit was not the person it was said to be."""
    return jsonify(service().visits.disown(json_text("person"), ref).as_json())


@blueprint.post("/replay")
def replay() -> Response:
    """What other settings and more samples would have made of past visits."""
    return jsonify(service().visits.replay(_trial()).as_json())


def _limit() -> int:
    try:
        limit = int(request.args.get("limit", "20"))
    except ValueError:
        limit = 0
    if not 1 <= limit <= limits.VISITS:
        raise BadRequest(f"'limit' must be a number from 1 to {limits.VISITS}.")
    return limit


def _outcome() -> Outcome | None:
    word = request.args.get("outcome")
    if word is not None and word not in list(Outcome):
        raise BadRequest(f"'outcome' must be one of {', '.join(Outcome)}.")
    return Outcome(word) if word else None


def _trial() -> Trial:
    try:
        asked = json.loads(field("trial"))
    except ValueError as error:
        raise BadRequest("The field 'trial' must be JSON.") from error
    if not isinstance(asked, dict):
        raise BadRequest("The field 'trial' must be a JSON object.")
    last, names = asked.get("last", Trial().last), _texts(asked, "names")
    if type(last) is not int or not 1 <= last <= limits.VISITS:
        raise BadRequest(f"In 'trial' 'last' must be a number from 1 to {limits.VISITS}.")
    pictures = photos() if names else []
    if len(names) != len(pictures):
        raise BadRequest("In 'trial' there must be a name in 'names' for each file in the field 'image'.")
    return Trial(last, _texts(asked, "settings"), tuple(zip(names, pictures, strict=True)))


def _texts(asked: dict[str, Any], name: str) -> tuple[str, ...]:
    texts = asked.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f"In 'trial' '{name}' must be a list of texts.")
    return tuple(texts)
