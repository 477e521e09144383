# SPDX-License-Identifier: Apache-2.0
"""The page speaks the reader's language, and the one they choose."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no script"])
def test_a_choice_of_language_stays(visit, home, script):
    page = visit(home, "/people", java_script_enabled=script)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url.endswith("/people")
    page.goto(home.url + "/visits")
    expect(page.get_by_role("heading", level=1)).to_have_text("Besuche")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visits")


@pytest.mark.slow
def test_a_browser_that_asks_for_german_gets_german(visit, home):
    page = visit(home, "/login", owner=False, locale="de-AT")
    expect(page.locator("html")).to_have_attribute("lang", "de")
