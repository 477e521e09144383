# SPDX-License-Identifier: Apache-2.0
"""The owner's browser, logged in on an app over a service."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from flask.testing import FlaskClient
from support_access import FIREFOX, PASSWORD, PHONE

from daemon.access.passwords import Hasher
from web_admin.cookies import DEVICE, SESSION

__all__ = ["FIREFOX", "PASSWORD", "Owner", "hashed", "log_in"]

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from daemon.access.owner import Owner as OwnerOfAccess
    from daemon.service import Service
    from daemon.types import Session


class Owner(FlaskClient):
    """Sends the token of its session with what changes something, unless told ``csrf=False``."""

    session: Session

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            kwargs["headers"] = [*_pairs(kwargs.get("headers")), ("X-CSRF-Token", self.session.csrf)]
        return super().open(*args, **kwargs)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return list(headers.items() if hasattr(headers, "items") else headers or ())


def log_in(app: Flask, service: Service) -> Owner:
    """A browser with a session of its own."""
    owner = cast("OwnerOfAccess", service.owner)
    with owner._desk() as desk:
        if desk.rows.password() is None:
            with desk.rows.writing() as changes:
                changes.set_password(hashed())
        entry = owner._enter(desk, PHONE, "login")
    client = Owner(app, app.response_class)
    client.session = entry.session
    client.set_cookie(SESSION, entry.cookie)
    client.set_cookie(DEVICE, entry.device)
    return client


@cache
def hashed() -> str:
    """Of the password: it takes its time, once."""
    return Hasher().hash(PASSWORD)
