# SPDX-License-Identifier: Apache-2.0
"""What counts as a use of the owner's session, which ends without any."""

from __future__ import annotations

import pytest

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/live.jpg", {}),
        ("/state.json", {}),
        ("/api/v1/people", {}),
        ("/jobs/running", HTMX),
        ("/tour", HTMX),
        ("/settings/camera", HTMX),
    ],
)
def test_what_an_open_page_asks_for_by_itself_is_no_use_of_the_session(owner, service, url, headers):
    service.clock.advance(3600)
    before = service.owner.sessions()[0].last_seen_at
    assert owner.get(url, headers=headers).status_code < 400
    assert service.owner.sessions()[0].last_seen_at == before
    service.clock.advance(14 * 86_400 - 3601)
    assert owner.get(url, headers=headers).status_code < 400
    service.clock.advance(1)
    gone = owner.get(url, headers=headers)
    assert gone.status_code == 401 or "/login" in gone.headers.get("HX-Redirect", "")


@pytest.mark.parametrize(("method", "url", "headers"), [("GET", "/jobs", {}), ("POST", "/settings/undo", HTMX)])
def test_what_somebody_does_is_a_use_of_the_session(owner, service, method, url, headers):
    service.clock.advance(3600)
    owner.open(url, method=method, headers=headers)
    assert service.owner.sessions()[0].last_seen_at == service.clock.now()
