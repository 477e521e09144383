# SPDX-License-Identifier: Apache-2.0
"""The page and the HTTP API: `create_app` makes them over a `Service`, `server` serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_admin.settings import WebSettings

if TYPE_CHECKING:
    from flask import Flask

    from daemon.service import Service

__all__ = ["WebSettings", "create_app"]


def create_app(service: Service, settings: WebSettings) -> Flask:
    """See `web_admin.app.create_app`: it takes 30 MB, and is imported here for the first who needs it."""
    from web_admin import app  # noqa: PLC0415

    return app.create_app(service, settings)
