# SPDX-License-Identifier: Apache-2.0
"""The service that the current app was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask

    from daemon.service import Service

_KEY = "whod"


def attach(app: Flask, service: Service) -> None:
    """Make `service` the one that the views of `app` see."""
    app.extensions[_KEY] = service


def service() -> Service:
    """The service of the request that is being answered."""
    return cast("Service", current_app.extensions[_KEY])
