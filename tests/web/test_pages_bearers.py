# SPDX-License-Identifier: Apache-2.0
"""What no token may on the pages, whatever its scope: put itself in the owner's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support_owner import FIREFOX, PASSWORD, Owner

from daemon.types import Scope, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_web import FakeService

NEW = "seven lamps and a rope"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_token_sets_the_password(
    owner: Owner, bearer: Callable[[Scope], FlaskClient], service: FakeService, method: str
) -> None:
    form = {"password": NEW, "again": NEW} if method == "POST" else None
    answer = bearer(Scope.ADMIN).open("/access/password", method=method, data=form)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    service.owner.login(PASSWORD, Visitor(FIREFOX))
    assert owner.session.id in [session.id for session in service.owner.sessions()]


def test_no_token_logs_the_owner_out(
    owner: Owner, bearer: Callable[[Scope], FlaskClient], service: FakeService
) -> None:
    for url in (f"/access/sessions/{owner.session.id}/revoke", "/access/sessions/revoke"):
        assert bearer(Scope.ADMIN).post(url).status_code == 403
    assert [session.id for session in service.owner.sessions()] == [owner.session.id]
