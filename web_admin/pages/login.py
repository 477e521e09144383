# SPDX-License-Identifier: Apache-2.0
"""Getting in and out: the first password, logging in and out, typing the password anew."""

from flask import Response, request

from daemon.errors import BadPassword, TooManyGuesses, WrongCode, WrongPassword
from daemon.types import Scope, Visitor
from web_admin import ways
from web_admin.context import service
from web_admin.cookies import device_cookie, let_in, let_out
from web_admin.csrf import is_logged_in
from web_admin.frame import Api
from web_admin.guard import current_session
from web_admin.pages.frame import HTML, done, page, path, refuse
from web_admin.schemas.access_pages import CodeQuery, FirstForm, LoginForm, NextQuery

pages = Api("login_pages", url_prefix=None)


@pages.serve("GET /first", None, HTML)
def show_first(query: CodeQuery) -> str:
    """Ask for the one-time code and a password."""
    return page("access/first.html", code=query.code, forgotten=service().owner.has_password())


@pages.serve("POST /first", None, HTML, (BadPassword, WrongCode, TooManyGuesses))
def set_first_password(form: FirstForm) -> Response:
    """Set the password, and be logged in."""
    if form.password != form.again:
        refuse("access.not_the_same")
    known = service().owner.has_password()
    entry = service().owner.first(form.code, form.password, visitor())
    return let_in(done(path("/" if known else "/tour"), "access.password_set"), entry)


@pages.serve("GET /login", None, HTML)
def show_login(query: NextQuery) -> str | Response:
    """Ask for the password; while there is none, for the first one. Who is logged in already goes on."""
    if is_logged_in():
        return ways.go(ways.local(query.next))
    if not service().owner.has_password():
        return ways.go("/first")
    return page("access/login.html", next=ways.local(query.next))


@pages.serve("POST /login", None, HTML, (WrongPassword, TooManyGuesses))
def log_in(form: LoginForm) -> Response:
    """Log in."""
    entry = service().owner.login(form.password, visitor())
    return let_in(ways.go(ways.local(form.next)), entry)


@pages.serve("POST /logout", Scope.READ, HTML)
def log_out() -> Response:
    """Log out."""
    service().owner.logout(current_session().id)
    return let_out(done(path("/login"), "access.logged_out"))


@pages.serve("GET /confirm", Scope.READ, HTML)
def show_confirmation(query: NextQuery) -> str:
    """Ask for the password anew."""
    return page("access/confirm.html", next=ways.local(query.next))


@pages.serve("POST /confirm", Scope.READ, HTML, (WrongPassword, TooManyGuesses))
def confirm(form: LoginForm) -> Response:
    """Take the password anew."""
    service().owner.confirm(current_session().id, form.password, visitor())
    return ways.go(ways.local(form.next))


def visitor() -> Visitor:
    """Whoever asks, as the browser tells."""
    return Visitor(request.headers.get("User-Agent", ""), device_cookie())
