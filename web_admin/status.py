# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from web_admin.context import service

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("status", __name__, url_prefix="/api/v1")


@blueprint.get("/status")
def status() -> Response:
    """What whod also says on the MQTT topic `status`."""
    return jsonify(service().status().as_json())
