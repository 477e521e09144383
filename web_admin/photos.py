# SPDX-License-Identifier: Apache-2.0
"""What is in pictures: `/api/v1/detect`, `/api/v1/embed`, `/api/v1/regions`."""

from http import HTTPStatus

from flask import Response, jsonify

from daemon.errors import BadName, KeyReused, NoSuchPerson, NoSuchRegion, PhotoError, PhotoTooLarge
from daemon.types import Change, SampleKind, Scope
from web_admin.conditions import request_key
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api
from web_admin.people import REFUSALS
from web_admin.results import results
from web_admin.schemas.conditions import IdempotencyHeader
from web_admin.schemas.people import Enrolment
from web_admin.schemas.photos import Detected, Embedded, LabelBody, PhotosForm, RegionPath

api = Api("photos", "What is in pictures.")


@api.serve("POST /detect", Scope.READ, Detected, (PhotoError, PhotoTooLarge))
def detect(form: PhotosForm) -> Response:
    """The faces of pictures, each with an id by which it can be labelled for a while."""
    found = service().photos.detect(photos(form.image))
    return results(
        found,
        lambda one: {
            "width": one.width,
            "height": one.height,
            "regions": [region.as_json() for region in one.faces],
        },
    )


@api.serve("POST /embed", Scope.READ, Embedded, (PhotoError, PhotoTooLarge))
def embed(form: PhotosForm) -> Response:
    """The embeddings of the faces of pictures."""
    found = service().photos.embed(photos(form.image))
    return results(
        found.pictures,
        lambda one: {
            "width": one.width,
            "height": one.height,
            "model_id": found.model_id,
            "faces": [face.as_json() for face in one.faces],
        },
    )


@api.serve(
    "POST /regions/<region_id>/label",
    Scope.ENROL,
    {200: Enrolment, 201: Enrolment},
    (NoSuchRegion, NoSuchPerson, BadName, KeyReused, *REFUSALS),
)
def label_region(header: IdempotencyHeader, path: RegionPath, body: LabelBody) -> tuple[Response, HTTPStatus]:
    """Say whose face a region is, or is not: it becomes a sample."""
    who = service().find(body.person_id).id if body.person_id is not None else body.name or ""
    done = service().photos.label(
        path.region_id,
        who,
        SampleKind(body.kind),
        body.source,
        force=body.force,
        request=request_key(header, body, []),
    )
    created = done.change is Change.CREATED
    return jsonify(done.as_json()), HTTPStatus.CREATED if created else HTTPStatus.OK
