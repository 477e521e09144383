# SPDX-License-Identifier: Apache-2.0
"""`GET /api/v1/status`."""

from flask import Response, jsonify

from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.status import StatusRecord

api = Api("status", "How whod is.")


@api.serve("GET /status", Scope.READ, StatusRecord)
def status() -> Response:
    """What whod also says on the MQTT topic `status`."""
    return jsonify(service().status().as_json())
