# SPDX-License-Identifier: Apache-2.0
"""The application factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from web_admin import (
    alike,
    health,
    identify,
    limits,
    page,
    people,
    problems,
    samples,
    security,
    status,
    unknowns,
    visits,
)
from web_admin.context import attach

if TYPE_CHECKING:
    from daemon.service import Service
    from web_admin.settings import WebSettings


class _Json(DefaultJSONProvider):
    """Fields stay in the order in which they are documented."""

    sort_keys = False


def create_app(service: Service, settings: WebSettings) -> Flask:
    """The page for anybody who reaches it, or, if `settings.trusted`, the API that changes people."""
    app = Flask("web_admin", static_folder=None if settings.trusted else "static")
    app.json = _Json(app)
    app.config.update(
        MAX_CONTENT_LENGTH=limits.API_BODY_BYTES if settings.trusted else limits.PAGE_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=limits.FIELD_BYTES,
        MAX_FORM_PARTS=limits.API_PARTS,
    )
    attach(app, service)
    security.harden(app, settings)
    problems.handle(app)
    app.register_blueprint(health.blueprint)
    for blueprint in _API if settings.trusted else _PAGE:
        app.register_blueprint(blueprint)
    return app


_API = (
    people.blueprint,
    samples.blueprint,
    visits.blueprint,
    unknowns.blueprint,
    alike.blueprint,
    identify.blueprint,
    status.blueprint,
)
_PAGE = (page.blueprint,)
