# SPDX-License-Identifier: Apache-2.0
"""Samples of a person: `/api/v1/people/<id>/samples`."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify
from werkzeug.exceptions import BadRequest

from daemon.types import SampleKind
from web_admin.context import service
from web_admin.forms import field, flag, photos, source

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("samples", __name__, url_prefix="/api/v1/people/<person_id>/samples")


@blueprint.get("")
def samples(person_id: str) -> Response:
    """What is kept of a person's face."""
    return jsonify([sample.as_json() for sample in service().samples(person_id)])


@blueprint.post("")
def add(person_id: str) -> tuple[Response, HTTPStatus]:
    """Pictures of a person, or, as counter-examples, of somebody else: all or none."""
    pictures = photos()
    enrolment = service().add_samples(person_id, _kind(), pictures, source(), force=flag("force"))
    return jsonify(enrolment.as_json()), HTTPStatus.CREATED


@blueprint.delete("/<sample_id>")
def delete(person_id: str, sample_id: str) -> Response:
    """Remove a sample."""
    return jsonify(asdict(service().delete_sample(person_id, sample_id)))


@blueprint.post("/<sample_id>/restore")
def restore(person_id: str, sample_id: str) -> Response:
    """Search a sample again that was set aside."""
    return jsonify(asdict(service().restore_sample(person_id, sample_id)))


def _kind() -> SampleKind:
    word = field("kind", SampleKind.POSITIVE)
    if word not in list(SampleKind):
        raise BadRequest("The field 'kind' must be 'positive' (of the person) or 'negative' (of somebody else).")
    return SampleKind(word)
