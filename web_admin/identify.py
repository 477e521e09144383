# SPDX-License-Identifier: Apache-2.0
"""Who faces are: `/api/v1/identify`."""

from typing import Any

from flask import Response, jsonify

from daemon.errors import (
    BadEmbedding,
    BadName,
    ModelMismatch,
    NoSuchGroup,
    NoSuchPerson,
    PhotoError,
    PhotoTooLarge,
)
from daemon.types import Among, PhotoFace, Scope
from web_admin.context import service
from web_admin.forms import photos
from web_admin.frame import Api
from web_admin.results import results
from web_admin.schemas.identify import EmbeddingBody, Identified, IdentifiedEmbeddings, IdentifyForm

api = Api("identify", "Who faces are.")

_NOBODY = (NoSuchGroup, NoSuchPerson, BadName)


@api.serve("POST /identify", Scope.READ, Identified, (PhotoError, PhotoTooLarge, ModelMismatch, *_NOBODY))
def identify(form: IdentifyForm) -> Response:
    """Who is in pictures, by the same rules as at the camera."""
    found = service().photos.identify(photos(form.image), Among(form.k, form.group, form.person))
    return results(found, lambda one: {"faces": [_as_json(face) for face in one.faces]})


@api.serve("POST /identify/embedding", Scope.READ, IdentifiedEmbeddings, (BadEmbedding, ModelMismatch, *_NOBODY))
def identify_embedding(body: EmbeddingBody) -> Response:
    """Who faces are of which there are embeddings, but no picture."""
    vectors = body.embeddings or [body.embedding or []]
    among = Among(body.k, body.group, body.person)
    found = service().photos.identify_embeddings(body.model_id, vectors, among)
    told = [identification.told() for identification in found]
    return jsonify(told[0] if body.embeddings is None else {"results": told})


def _as_json(face: PhotoFace) -> dict[str, Any]:
    landmarks = [[round(axis, 1) for axis in point] for point in face.detection.landmarks]
    return {**face.as_json(), "landmarks": landmarks}
