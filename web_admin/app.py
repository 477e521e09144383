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
    codes,
    configuration,
    document,
    door,
    events,
    groups,
    health,
    identify,
    jobs,
    limits,
    logs,
    metrics,
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
from web_admin.cookies import session_of
from web_admin.guard import guard, sent_by
from web_admin.pages import access as access_pages
from web_admin.pages import backup as backup_pages
from web_admin.pages import door as door_pages
from web_admin.pages import enrol as enrol_pages
from web_admin.pages import enrol_door as enrol_door_pages
from web_admin.pages import groups as groups_pages
from web_admin.pages import jobs as jobs_pages
from web_admin.pages import log as log_pages
from web_admin.pages import login as login_pages
from web_admin.pages import more as more_pages
from web_admin.pages import people as people_pages
from web_admin.pages import samples as samples_pages
from web_admin.pages import settings as settings_pages
from web_admin.pages import sureness as sureness_pages
from web_admin.pages import unknowns as unknowns_pages
from web_admin.pages import visits as visits_pages
from web_admin.pages.frame import outfit
from web_admin.proxies import believe
from web_admin.static_files import serve_static

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.service import Service
    from web_admin.frame import Operation
    from web_admin.settings import WebSettings


class _Json(DefaultJSONProvider):
    """Fields stay in the order in which they are documented."""

    sort_keys = False


def create_app(service: Service, settings: WebSettings) -> Flask:
    """The pages and the API, for the owner and for bearers; or, if `settings.trusted`, the API for everybody."""
    app = Flask("web_admin", static_folder=None)
    app.json = _Json(app)
    app.url_map.merge_slashes = False  # a redirect would be no answer that the API describes
    app.config.update(
        MAX_CONTENT_LENGTH=limits.PAGE_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=limits.FIELD_BYTES,
        MAX_FORM_PARTS=limits.API_PARTS,
    )
    apis = (*APIS, *SOCKET_APIS) if settings.trusted else (*PAGES, *APIS)
    operations = {
        endpoint: operation.up_to(settings.max_upload_bytes)
        for part in apis
        for endpoint, operation in part.by_endpoint().items()
    }
    attach(app, service)
    security.harden(app, settings)
    problems.handle(app, [endpoint for endpoint, operation in operations.items() if operation.is_page])
    if not settings.trusted:
        believe(app, settings.trusted_proxies)
        outfit(app)
        serve_static(app)
    guard(app, settings, operations)
    _allowance(service, settings, operations.values()).grant(app)
    for part in apis:
        app.register_blueprint(part)
    return app


def _allowance(service: Service, settings: WebSettings, operations: Iterable[Operation]) -> Allowance:
    large = max(operation.body_bytes for operation in operations)
    if settings.trusted:
        return Allowance(limits.PAGE_BODY_BYTES, large, lambda *_: large)

    def most(authorization: str | None, cookie: str | None) -> int:
        sent, session = sent_by(authorization), session_of(cookie)
        if sent is None and session is not None and service.owner.session(session, used=False):
            return large
        token = service.access.bearer(sent) if sent is not None else None
        if token is None:
            return limits.PAGE_BODY_BYTES
        return min(large, limits.API_BODY_BYTES) if token.scope is Scope.READ else large

    return Allowance(limits.PAGE_BODY_BYTES, large, most)


PAGES = (
    settings_pages.pages,
    log_pages.pages,
    door_pages.pages,
    enrol_pages.pages,
    enrol_door_pages.pages,
    more_pages.pages,
    people_pages.pages,
    samples_pages.pages,
    groups_pages.pages,
    jobs_pages.pages,
    backup_pages.pages,
    login_pages.pages,
    access_pages.pages,
    unknowns_pages.pages,
    visits_pages.pages,
    sureness_pages.pages,
)
"""For people, on the TCP site alone."""

APIS = (
    people.api,
    samples.api,
    groups.api,
    undo.api,
    visits.api,
    unknowns.api,
    alike.api,
    photos.api,
    door.api,
    identify.api,
    jobs.api,
    backups.api,
    status.api,
    tokens.api,
    configuration.api,
    logs.api,
    events.api,
    metrics.api,
    health.api,
    document.api,
)
"""Of both sites."""

SOCKET_APIS = (codes.api,)
"""Of the owner's socket alone."""
