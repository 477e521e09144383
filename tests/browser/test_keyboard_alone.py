# SPDX-License-Identifier: Apache-2.0
"""W11: what matters most is done with the keyboard alone: getting in, enrolling with a choice of face, naming."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_broker import wait_until
from support_chromium import DESKTOP
from support_daemon import EILEEN, JOE
from support_household import PASSWORD
from support_takes import two_people

FAR = 80
_NAMED = """() => {
  const e = document.activeElement;
  return [e.ariaLabel, ...[...(e.labels ?? [])].map((one) => one.innerText), e.innerText].filter(Boolean).join(" ");
}"""


def go_to(page, name):
    """Press Tab until what has the focus is called so."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if name in page.evaluate(_NAMED):
            return
    raise AssertionError(f"Tab does not come to {name!r}")


def press(page, name, key="Enter"):
    go_to(page, name)
    page.keyboard.press(key)


def write(page, name, text):
    go_to(page, name)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_getting_in(visit, household):
    household.start()
    page = visit(household, "/", owner=False, **DESKTOP)
    page.keyboard.type(household.code())
    write(page, "New password", PASSWORD)
    write(page, "The same once more", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tour$"))


@pytest.mark.slow
def test_enrolling_with_a_face_that_is_chosen(visit, household, tmp_path):
    household.start()
    page = visit(household, "/enrol", **DESKTOP)
    press(page, "Upload pictures")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Eileen")
    with page.expect_file_chooser() as chooser:
        press(page, "Choose pictures")
    chooser.value.set_files(two_people(tmp_path))
    press(page, "Add these pictures")
    expect(page.get_by_role("button", name="Face 2 of 2")).to_be_visible()
    press(page, "Face 2 of 2")
    expect(page.get_by_role("heading", name="Eileen: 1 of 1 pictures taken.")).to_be_visible()
    assert [person.name for person in household.people.people()] == ["Eileen"]


@pytest.mark.slow
def test_renaming(visit, household):
    household.enrol("Eileen", EILEEN)
    household.start()
    page = visit(household, "/people", **DESKTOP)
    press(page, "Eileen")
    expect(page.get_by_role("heading", level=1)).to_have_text("Eileen")
    press(page, "Change name")
    write(page, "Name", "Eileen Collins")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("Saved: Eileen Collins.")


@pytest.mark.slow
def test_naming_somebody_unknown(visit, household):
    household.start((JOE, 40), (None, 12))
    wait_until(household.visits, "a visit", 60)
    page = visit(household, "/unknowns", **DESKTOP)
    press(page, "Who is it?")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    write(page, "Name", "Joe")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("whod knows Joe from now on")
