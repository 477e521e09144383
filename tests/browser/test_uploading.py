# SPDX-License-Identifier: Apache-2.0
"""Enrolment from pictures that somebody has: one, several, several faces, and those that cannot be taken."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_daemon import EILEEN, JOE
from support_looks import faults
from support_takes import heic, large, nobody, takes, two_people


@pytest.fixture
def upload(visit, household):
    """The page for uploads, with the name typed and these pictures chosen; they are not sent yet."""

    def upload(name, *pictures, script=True):
        household.start()
        page = visit(household, "/enrol", java_script_enabled=script)
        page.get_by_role("link", name="Upload pictures").click()
        page.get_by_label("Name", exact=True).fill(name)
        if script:
            with page.expect_file_chooser() as chooser:
                page.get_by_role("button", name="Choose pictures").click()
            chooser.value.set_files(pictures)
        else:
            page.get_by_label("Pictures").first.set_input_files(pictures)
        return page

    return upload


def people(household):
    return {person.name: person.samples for person in household.people.people()}


def test_one_picture(upload, household):
    page = upload("Eileen", EILEEN)
    page.get_by_role("button", name="Add these pictures").click()
    expect(page.get_by_role("heading", name="Eileen: 1 of 1 pictures taken.")).to_be_visible()
    assert not (found := faults(page)), "\n".join(found)
    page.get_by_role("link", name="See this person").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Eileen")
    assert people(household) == {"Eileen": 1}


@pytest.mark.slow
def test_several_pictures_of_which_one_shows_nobody(upload, household, tmp_path):
    page = upload("Anna", *takes("Anna_Kournikova", 3), nobody(tmp_path))
    page.get_by_role("button", name="Add these pictures").click()
    expect(page.get_by_role("heading", name="Anna: 3 of 4 pictures taken.")).to_be_visible(timeout=20_000)
    answers = page.get_by_role("list", name="Pictures").get_by_role("listitem")
    expect(answers).to_have_count(4)
    expect(answers.nth(3)).to_contain_text("No face was found")
    assert people(household) == {"Anna": 3}


def test_of_several_faces_one_is_chosen(upload, household, tmp_path):
    page = upload("Eileen", two_people(tmp_path))
    page.get_by_role("button", name="Add these pictures").click()
    page.get_by_role("button", name="Face 2 of 2").click()
    expect(page.get_by_role("heading", name="Eileen: 1 of 1 pictures taken.")).to_be_visible()
    done = household.daemon.whod("identify", EILEEN, "--jsonl")
    assert '"name": "Eileen"' in done.stdout


@pytest.mark.slow
def test_a_picture_that_is_there_already_is_refused_and_can_be_forced(upload, household):
    household.enrol("Joe", JOE)
    page = upload("Joe", JOE)
    page.get_by_role("button", name="Add these pictures").click()
    page.get_by_role("button", name="Take it all the same").click()
    expect(page.get_by_role("heading", name="Joe: 1 of 1 pictures taken.")).to_be_visible()
    assert people(household) == {"Joe": 2}


def test_heic_is_answered_with_what_to_do(upload, household, tmp_path):
    page = upload("Eileen", heic(tmp_path))
    expect(page.get_by_text(re.compile("cannot read HEIC"))).to_be_visible()
    assert people(household) == {}


@pytest.mark.slow
def test_a_picture_of_12_megapixels_is_made_smaller_here(upload, household, tmp_path):
    picture = large(tmp_path)
    assert picture.stat().st_size > 3_000_000
    page = upload("Eileen", picture)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Add these pictures").click()
    expect(page.get_by_role("heading", name="Eileen: 1 of 1 pictures taken.")).to_be_visible()
    assert int(sent.value.all_headers()["content-length"]) < 1_500_000
    assert people(household) == {"Eileen": 1}


def test_without_scripts(upload, household, tmp_path):
    page = upload("Eileen", EILEEN, nobody(tmp_path), two_people(tmp_path), script=False)
    page.get_by_role("button", name="Add these pictures").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pictures of Eileen")
    expect(page.get_by_text("Taken.", exact=False).first).to_be_visible()
    expect(page.get_by_text(re.compile("No face was found"))).to_be_visible()
    page.get_by_role("button", name="Face 1 of 2").click()
    expect(page.get_by_text(re.compile("more like|other person|unlike"))).to_be_visible()
    assert people(household) == {"Eileen": 1}
