# SPDX-License-Identifier: Apache-2.0
"""The two apps over a fake service."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support_owner import Owner, log_in
from support_quick import compile_once
from support_web import FakeService, hold_to_schemas

from daemon.access import ADMIN_DB, Access
from daemon.clock import FakeClock
from web_admin import WebSettings, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from daemon.types import Scope


compile_once()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[FakeService]:
    fake = FakeService()
    fake.clock = FakeClock()
    with contextlib.closing(Access(tmp_path / ADMIN_DB, fake.clock)) as fake.access:
        fake.owner = fake.access.owner
        yield fake


@pytest.fixture
def owner(service: FakeService, page_app: Flask) -> Owner:
    """The owner's browser, logged in just now."""
    return log_in(page_app, service)


@pytest.fixture
def bearer(service: FakeService, page_app: Flask) -> Callable[[Scope], FlaskClient]:
    """A client of the TCP site with a token of a scope."""

    def make(scope: Scope) -> FlaskClient:
        client = page_app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {service.access.create('test', scope).bearer}"
        return client

    return make


@pytest.fixture
def page_app(service: FakeService) -> Flask:
    app = create_app(service, WebSettings())
    hold_to_schemas(app)
    return app


@pytest.fixture
def page(page_app: Flask) -> FlaskClient:
    return page_app.test_client()


@pytest.fixture
def api_app(service: FakeService) -> Flask:
    app = create_app(service, WebSettings(trusted=True))
    hold_to_schemas(app)
    return app


@pytest.fixture
def api(api_app: Flask) -> FlaskClient:
    return api_app.test_client()
