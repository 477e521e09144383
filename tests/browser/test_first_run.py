# SPDX-License-Identifier: Apache-2.0
"""From the code that the device shows to the tour, and how one gets out and in again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_daemon import EILEEN
from support_household import PASSWORD


def set_password(page, code):
    """As somebody does who has the code before them."""
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_with_the_code_one_sets_a_password_and_is_shown_around(visit, household, script):
    household.start((EILEEN, 10))
    page = visit(household, "/people", owner=False, java_script_enabled=script)
    expect(page.get_by_role("heading", name="Welcome to whod")).to_be_visible()
    set_password(page, household.code())
    expect(page).to_have_url(re.compile("/tour$"))
    expect(page.get_by_role("status").first).to_contain_text("The password is set")
    expect(page.get_by_role("heading", level=2)).to_have_count(3)
    page.get_by_role("link", name=re.compile("Add a face|Add yourself")).first.click()
    expect(page.get_by_role("heading", name="Add a person")).to_be_visible()


def test_a_wrong_code_and_two_passwords_are_refused_and_what_was_typed_stays(visit, household, complaints):
    complaints.forgive("status of 4")
    household.start()
    page = visit(household, "/first", owner=False)
    set_password(page, "AAAA-AAAA-AAAA")
    expect(page.locator("#message")).to_contain_text("code")
    expect(page.get_by_label("One-time code")).to_have_value("AAAA-AAAA-AAAA")
    page.get_by_label("One-time code").fill(household.code())
    page.get_by_label("The same once more").fill("another password of mine")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("#message")).to_contain_text("not the same")


@pytest.mark.slow
def test_out_and_in_again(visit, household, complaints):
    complaints.forgive("status of 4")
    household.start()
    page = visit(household, "/more")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(household.url + "/visits")
    page.get_by_label("Password", exact=True).fill("wrong password of mine")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#message")).to_contain_text("password")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/visits$"))


def test_who_is_logged_out_from_elsewhere_is_out_at_once(visit, household):
    household.start()
    stolen = visit(household, "/people")
    household.cookies = None
    own = visit(household, "/access", owner=False)
    own.get_by_label("Password", exact=True).fill(PASSWORD)
    own.get_by_role("button", name="Log in").click()
    other = own.get_by_role("listitem").filter(has=own.get_by_role("button", name="Log out", exact=True))
    other.filter(has_not_text="this browser").get_by_role("button").click()
    expect(own.locator("#message")).to_contain_text("logged out")
    stolen.reload()
    expect(stolen.get_by_role("heading", name="Log in")).to_be_visible()
