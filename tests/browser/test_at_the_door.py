# SPDX-License-Identifier: Apache-2.0
"""Enrolment at the camera: whod says what to do, looks, and takes the pictures by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_daemon import BARACK
from support_looks import faults
from support_poses import poses

PATIENCE_MS = 60_000


@pytest.fixture
def poser(household, tmp_path):
    """Somebody stands at the camera, and turns their head as one does."""
    household.start(*((picture, 25) for picture in poses(tmp_path, BARACK)))
    return household


def test_who_stands_there_and_turns_their_head_is_enrolled(visit, poser):
    page = visit(poser, "/enrol")
    page.get_by_role("link", name="At the door").click()
    page.get_by_label("Name", exact=True).fill("Barack")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Barack at the door")).to_be_visible()
    expect(page.get_by_role("img", name="What the camera sees")).to_be_visible()
    expect(page.get_by_role("heading", name="Barack: a last look")).to_be_visible(timeout=PATIENCE_MS)
    assert not (found := faults(page)), "\n".join(found)
    page.get_by_role("button", name="Add these 4 pictures").click()
    expect(page.get_by_text("4 pictures of Barack were added.")).to_be_visible()
    assert [(person.name, person.samples) for person in poser.people.people()] == [("Barack", 4)]


@pytest.mark.slow
def test_one_can_end_early_and_take_a_picture_again(visit, poser):
    page = visit(poser, "/enrol/door")
    page.get_by_label("Name", exact=True).fill("Barack")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="That is enough").click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Take again").first.click()
    page.get_by_role("link", name="That is enough").click(timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile(r"Add (this picture|these \d pictures)")).click()
    expect(page.get_by_text(re.compile("of Barack w(as|ere) added"))).to_be_visible()
    assert poser.people.people()[0].samples >= 1


@pytest.mark.slow
def test_the_guide_can_be_read_and_used_by_everybody(visit, household):
    household.start()
    page = visit(household, "/enrol/door")
    page.get_by_label("Name", exact=True).fill("Barack")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Step before the camera")).to_be_visible()
    assert not (found := faults(page)), "\n".join(found)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status").first).to_contain_text("dropped")


@pytest.mark.slow
def test_without_scripts_a_button_is_the_shutter(visit, household):
    household.start((BARACK, 10))
    page = visit(household, "/enrol/door", java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill("Barack")
    page.get_by_role("button", name="Begin").click()
    for _ in range(20):
        if page.get_by_role("link", name="That is enough").is_visible():
            break
        page.get_by_role("button", name="Look now").click()
    page.get_by_role("link", name="That is enough").click()
    page.get_by_role("button", name="Add this picture").click()
    expect(page.get_by_text("1 picture of Barack was added.")).to_be_visible()
