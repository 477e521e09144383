# SPDX-License-Identifier: Apache-2.0
"""The two apps over a fake service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support_web import FakeService

from web_admin import WebSettings, create_app

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def page_app(service: FakeService) -> Flask:
    return create_app(service, WebSettings())


@pytest.fixture
def page(page_app: Flask) -> FlaskClient:
    return page_app.test_client()


@pytest.fixture
def api_app(service: FakeService) -> Flask:
    return create_app(service, WebSettings(trusted=True))


@pytest.fixture
def api(api_app: Flask) -> FlaskClient:
    return api_app.test_client()
