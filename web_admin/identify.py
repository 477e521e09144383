# SPDX-License-Identifier: Apache-2.0
"""`POST /api/v1/identify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify
from werkzeug.exceptions import BadRequest

from web_admin.context import service
from web_admin.forms import photos

if TYPE_CHECKING:
    from flask import Response

    from daemon.types import PhotoFace

blueprint = Blueprint("identify", __name__, url_prefix="/api/v1")


@blueprint.post("/identify")
def identify() -> Response:
    """Who is in a picture, by the same rules as at the camera."""
    pictures = photos()
    if len(pictures) > 1:
        raise BadRequest("One picture is identified at a time: send a single file in the field 'image'.")
    return jsonify({"faces": [_as_json(face) for face in service().identify(pictures[0])]})


def _as_json(face: PhotoFace) -> dict[str, Any]:
    landmarks = [[round(axis, 1) for axis in point] for point in face.detection.landmarks]
    return {**face.as_json(), "landmarks": landmarks}
