# SPDX-License-Identifier: Apache-2.0
"""W11: nobody is kept out of a page, by what they see, which keys they use, or how small their screen is."""

from __future__ import annotations

import pytest
from support_looks import faults, grave, too_wide
from support_routes import address, rules

CALM = {"is_mobile": False}
DAILY = {
    "/", "/people", "/people/<person_id>", "/enrol", "/enrol/upload", "/enrol/door", "/unknowns", "/unknowns/<ref>",
    "/visits", "/visits/<ref>", "/settings/<section>", "/backup", "/access",
}  # fmt: skip
PAGES = [rule if rule in DAILY else pytest.param(rule, marks=pytest.mark.slow) for rule in rules()]


@pytest.mark.parametrize("rule", PAGES)
def test_everybody_can_use_each_page(visit, home, rule):
    path = address(rule, home)
    assert path, "this household should have one of each"
    page = visit(home, path, **CALM)
    assert page.locator("h1").count() == 1
    assert not (found := faults(page)), "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule for rule in rules() if "<" not in rule])
def test_everybody_can_read_each_page_while_there_is_nothing_yet(visit, bare, rule):
    page = visit(bare, rule, **CALM, color_scheme="dark", viewport={"width": 320, "height": 640})
    assert not (found := [*grave(page), *too_wide(page)]), "\n".join(found)


@pytest.mark.parametrize("path", ["/first", "/login"])
def test_everybody_can_use_the_way_in(visit, home, path):
    visit(home, "/about")
    page = visit(home, path, owner=False, **CALM)
    assert page.url.endswith(path)
    assert not (found := faults(page)), "\n".join(found)


def test_everybody_can_use_the_page_that_asks_for_the_password_anew(visit, home):
    page = visit(home, "/confirm", **CALM)
    assert not (found := faults(page)), "\n".join(found)


def test_everybody_can_read_what_went_wrong(visit, home, complaints):
    complaints.forgive("404")
    page = visit(home, "/people/nobody-of-this-name", **CALM)
    assert not (found := faults(page)), "\n".join(found)
