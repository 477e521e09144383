# SPDX-License-Identifier: Apache-2.0
"""Settings: `/api/v1/settings`."""

from flask import Response, jsonify

from daemon.errors import BadSetting, NoSuchUndo
from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.schemas.settings import (
    BrokerBody,
    BrokerRecord,
    ChangedRecord,
    SettingPath,
    SettingsBody,
    SettingsRecord,
)

api = Api("settings", "Settings, which take effect while whod runs.", "/api/v1/settings")


@api.serve("GET ", Scope.ADMIN, SettingsRecord)
def list_settings() -> Response:
    """All settings with their limits and what they do, without secrets."""
    return jsonify(service().settings.view().as_json())


@api.serve("PATCH ", Scope.ADMIN, ChangedRecord, (BadSetting,))
def change_settings(body: SettingsBody) -> Response:
    """Change settings, all of them or none; they are kept, and in force when this answers."""
    return jsonify(service().settings.change(body.settings, body.mqtt_password).as_json())


@api.serve("DELETE /<name>", Scope.ADMIN, ChangedRecord, (BadSetting,))
def reset_setting(path: SettingPath) -> Response:
    """Take back what was set here: the setting is as in the settings file again, or the default."""
    return jsonify(service().settings.reset([path.name]).as_json())


@api.serve("POST /undo", Scope.ADMIN, ChangedRecord, (BadSetting, NoSuchUndo))
def undo_settings() -> Response:
    """Take back the last change; done twice, it is as before."""
    return jsonify(service().settings.undo().as_json())


@api.serve("POST /broker-test", Scope.ADMIN, BrokerRecord, (BadSetting,), is_deed=False)
def test_broker(body: BrokerBody) -> Response:
    """Whether the broker can be used with these settings; changes nothing, and takes some seconds at most."""
    return jsonify(service().settings.try_broker(body.settings, body.mqtt_password).as_json())
