# SPDX-License-Identifier: Apache-2.0
"""The page and the HTTP API: `create_app` makes them over a `Service`, `server` serves them."""

from web_admin.app import create_app
from web_admin.settings import WebSettings

__all__ = ["WebSettings", "create_app"]
