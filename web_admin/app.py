# SPDX-License-Identifier: Apache-2.0
"""The application factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from daemon.types import Scope
from web_admin import (
    alike,
    backups,
    document,
    events,
    groups,
    health,
    identify,
    jobs,
    limits,
    metrics,
    page,
    people,
    photos,
    problems,
    samples,
    security,
    status,
    tokens,
    undo,
    unknowns,
    visits,
)
from web_admin.bodies import Allowance
from web_admin.context import attach
from web_admin.guard import guard, sent_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.service import Service
    from web_admin.frame import Operation
    from web_admin.settings import WebSettings


class _Json(DefaultJSONProvider):
    """Fields stay in the order in which they are documented."""

    sort_keys = False


def create_app(service: Service, settings: WebSettings) -> Flask:
    """The page for anybody, with the API for bearers of a token; or, if `settings.trusted`, the API alone."""
    app = Flask("web_admin", static_folder=None if settings.trusted else "static")
    app.json = _Json(app)
    app.url_map.merge_slashes = False  # a redirect would be no answer that the API describes
    app.config.update(
        MAX_CONTENT_LENGTH=limits.PAGE_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=limits.FIELD_BYTES,
        MAX_FORM_PARTS=limits.API_PARTS,
    )
    apis = APIS if settings.trusted else (page.api, *APIS)
    operations = {
        endpoint: operation.up_to(settings.max_upload_bytes)
        for part in apis
        for endpoint, operation in part.by_endpoint().items()
    }
    attach(app, service)
    security.harden(app, settings)
    problems.handle(app)
    guard(app, settings, operations)
    _allowance(service, settings, operations.values()).grant(app)
    for part in apis:
        app.register_blueprint(part)
    return app


def _allowance(service: Service, settings: WebSettings, operations: Iterable[Operation]) -> Allowance:
    large = max(operation.body_bytes for operation in operations)
    if settings.trusted:
        return Allowance(limits.PAGE_BODY_BYTES, large, lambda _: large)

    def most(authorization: str | None) -> int:
        sent = sent_by(authorization)
        token = service.access.bearer(sent) if sent is not None else None
        if token is None:
            return limits.PAGE_BODY_BYTES
        return min(large, limits.API_BODY_BYTES) if token.scope is Scope.READ else large

    return Allowance(limits.PAGE_BODY_BYTES, large, most)


APIS = (
    people.api,
    samples.api,
    groups.api,
    undo.api,
    visits.api,
    unknowns.api,
    alike.api,
    photos.api,
    identify.api,
    jobs.api,
    backups.api,
    status.api,
    tokens.api,
    events.api,
    metrics.api,
    health.api,
    document.api,
)
"""Of both sites."""
