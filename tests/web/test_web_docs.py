# SPDX-License-Identifier: Apache-2.0
"""docs/http.md says what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from daemon import errors
from web_admin.app import APIS, PAGES, SOCKET_APIS
from web_admin.pages.door import LIVE_HEADER
from web_admin.security import HEADERS

if TYPE_CHECKING:
    from flask import Flask

DOCS = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")


def routes(app: Flask) -> set[str]:
    """Each method of each route with its scope, as the guard of the app has it."""
    apis = (*PAGES, *APIS, *SOCKET_APIS)
    operations = {name: operation for api in apis for name, operation in api.by_endpoint().items()}
    return {
        f"{method} {rule.rule} {operations[rule.endpoint].scope or 'public'}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not operations[rule.endpoint].is_page
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_described_with_its_scope_and_nothing_else(page_app: Flask, api_app: Flask) -> None:
    found = re.findall(r"^### `([A-Z]+ /\S*)`(?: \((read|enrol|admin)\))?$", DOCS, re.MULTILINE)
    described = [f"{route} {scope or 'public'}" for route, scope in found]
    assert set(described) == routes(page_app) | routes(api_app)
    assert len(described) == len(set(described))


def test_every_kind_of_error_is_right() -> None:
    rows = re.findall(r"^\| ((?:`/problems/[a-z-]+`(?:, )?)+) \| (\d+) \|", DOCS, re.MULTILINE)
    said = {slug: int(status) for slugs, status in rows for slug in re.findall(r"/problems/([a-z-]+)", slugs)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WhodError)]
    right = {kind.slug: kind.http_status for kind in kinds}
    assert said
    assert said == {slug: right[slug] for slug in said}


def test_every_header_is_named() -> None:
    assert all(f"`{name}`" in DOCS for name in (*HEADERS, LIVE_HEADER))
