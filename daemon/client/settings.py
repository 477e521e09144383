# SPDX-License-Identifier: Apache-2.0
"""The settings of a whod that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from daemon.client.asking import Asking
from daemon.client.form import encoded
from daemon.types import BrokerTrial, SettingsChange, SettingsView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class RemoteSettings(Asking):
    """`daemon.service.SettingsApi`, answered by the daemon; see `RemotePeople`."""

    def view(self) -> SettingsView:
        """See `SettingsApi.view`."""
        return self._ask("GET", "/settings", SettingsView.from_json)

    def change(self, values: Mapping[str, object], password: str | None = None) -> SettingsChange:
        """See `SettingsApi.change`."""
        body: dict[str, object] = {"settings": dict(values)}
        if password is not None:
            body["mqtt_password"] = password
        return self._ask("PATCH", "/settings", SettingsChange.from_json, body)

    def reset(self, names: Iterable[str]) -> SettingsChange:
        """See `SettingsApi.reset`; one after the other."""
        changes = [
            self._ask("DELETE", f"/settings/{quote(encoded(name), safe='')}", SettingsChange.from_json)
            for name in names
        ]
        return SettingsChange(
            tuple(name for change in changes for name in change.names),
            tuple(name for change in changes for name in change.at_start),
        )

    def undo(self) -> SettingsChange:
        """See `SettingsApi.undo`."""
        return self._ask("POST", "/settings/undo", SettingsChange.from_json)

    def try_broker(self, values: Mapping[str, object], password: str | None = None) -> BrokerTrial:
        """See `SettingsApi.try_broker`."""
        body: dict[str, object] = {"settings": dict(values)}
        if password is not None:
            body["mqtt_password"] = password
        return self._ask("POST", "/settings/broker-test", BrokerTrial.from_json, body)
