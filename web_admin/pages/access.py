# SPDX-License-Identifier: Apache-2.0
"""Who may get in: the password, the browsers that are logged in, tokens; and the record of what was changed."""

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, url_for

from daemon.errors import BadName, BadPassword, NoSuchSession, NoSuchToken
from daemon.types import Scope
from web_admin.context import service
from web_admin.cookies import let_in
from web_admin.frame import Api
from web_admin.guard import current_session
from web_admin.pages.deeds import told
from web_admin.pages.frame import HTML, done, page, refuse
from web_admin.pages.login import visitor
from web_admin.schemas.access_pages import NewTokenForm, PasswordForm, SessionPath
from web_admin.schemas.tokens import TokenPath

pages = Api("access_pages", url_prefix=None)

_LATEST = 10
_ALL = 500


@pages.serve("GET /access", Scope.ADMIN, HTML)
def show_access() -> str:
    """All of it."""
    whod = service()
    return page(
        "access/index.html",
        sessions=whod.owner.sessions(),
        current=current_session().id,
        tokens=whod.access.all(),
        now=datetime.now(UTC),
        deeds=told(whod, _LATEST),
    )


@pages.serve("GET /access/audit", Scope.ADMIN, HTML)
def show_audit() -> str:
    """The record, as far back as somebody reads."""
    return page("access/audit.html", deeds=told(service(), _ALL), most=_ALL)


@pages.serve("GET /access/password", Scope.ADMIN, HTML, confirm=True)
def show_password() -> str:
    """Ask for another password."""
    current_session()
    return page("access/password.html")


@pages.serve("POST /access/password", Scope.ADMIN, HTML, (BadPassword, NoSuchSession), confirm=True)
def change_password(form: PasswordForm) -> Response:
    """Take another password; all other browsers are logged out."""
    if form.password != form.again:
        refuse("access.not_the_same")
    entry = service().owner.change_password(current_session().id, form.password, visitor())
    return let_in(done(url_for(".show_access"), "access.password_changed"), entry)


@pages.serve("POST /access/sessions/<session_id>/revoke", Scope.ADMIN, HTML, (NoSuchSession,))
def revoke_session(path: SessionPath) -> Response:
    """Log a browser out."""
    current_session()  # no token logs the owner out
    service().owner.revoke(path.session_id)
    return done(url_for(".show_access"), "access.session_revoked")


@pages.serve("POST /access/sessions/revoke", Scope.ADMIN, HTML)
def revoke_sessions() -> Response:
    """Log all other browsers out."""
    ended = service().owner.revoke_others(current_session().id)
    return done(url_for(".show_access"), "access.sessions_revoked", n=ended)


@pages.serve("GET /access/tokens/new", Scope.ADMIN, HTML, confirm=True)
def show_new_token() -> str:
    """Ask what a token is for."""
    return page("access/new_token.html")


@pages.serve("POST /access/tokens/new", Scope.ADMIN, {201: HTML}, (BadName,), confirm=True)
def create_token(form: NewTokenForm) -> tuple[str, HTTPStatus]:
    """Make a token, and show it this once."""
    made = service().access.create(form.name, Scope(form.scope), int(form.days) if form.days else None)
    return page("access/made_token.html", made=made), HTTPStatus.CREATED


@pages.serve("POST /access/tokens/<token_id>/revoke", Scope.ADMIN, HTML, (NoSuchToken,))
def revoke_token(path: TokenPath) -> Response:
    """Take a token back."""
    gone = service().access.revoke(path.token_id)
    return done(url_for(".show_access"), "access.token_revoked", name=gone.name)
