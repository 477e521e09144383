# SPDX-License-Identifier: Apache-2.0
"""Somebody was taken for another: said so, shown first what it changes, then learned."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support_broker import wait_until
from support_daemon import EILEEN, JOE
from support_looks import faults


@pytest.fixture
def mistaken(household):
    """Joe stands at the door, and whod takes him for Eileen, since hardly any likeness is asked for."""
    household.enrol("Eileen", EILEEN)
    household.start((JOE, 30), (None, 12), settings=("gallery.threshold=0.2",))
    wait_until(lambda: [visit for visit in household.visits() if visit["name"] == "Eileen"], "the mistake", 60)
    return household


def test_it_becomes_a_counter_example_after_a_look_at_what_it_would_change(visit, mistaken):
    page = visit(mistaken, "/visits")
    page.get_by_role("link", name="Eileen").last.click()
    expect(page.get_by_role("heading", name="Visit of Eileen")).to_be_visible()
    page.get_by_role("link", name="Not Eileen").click()
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect(page.get_by_text("A visit like this one would have been unknown.")).to_be_visible()
    assert mistaken.people.people()[0].negatives == 0
    assert not (found := faults(page)), "\n".join(found)
    page.get_by_role("button", name="Yes, put it right").click()
    expect(page.locator("#message")).to_contain_text("this was not Eileen")
    assert mistaken.people.people()[0].negatives >= 1
    wait_until(lambda: mistaken.visits()[0]["outcome"] == "unknown", "who comes next is unknown", 60)


@pytest.mark.slow
def test_one_can_say_who_it_was_without_scripts(visit, mistaken):
    page = visit(mistaken, "/visits", java_script_enabled=False)
    page.get_by_role("link", name="Eileen").last.click()
    page.get_by_role("link", name="It was somebody else").click()
    page.get_by_label("Name", exact=True).fill("Joe")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="It was Joe")).to_be_visible()
    page.get_by_role("button", name="Yes, put it right").click()
    expect(page.locator("#message")).to_contain_text("this was Joe")
    assert {person.name for person in mistaken.people.people()} == {"Eileen", "Joe"}
