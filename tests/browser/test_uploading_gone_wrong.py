# SPDX-License-Identifier: Apache-2.0
"""Enrolment from pictures by somebody in a hurry: wrong files, a network that breaks off, and second thoughts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support_daemon import BARACK, EILEEN, JOE
from support_takes import takes

pytestmark = pytest.mark.slow

OFFLINE = r"net::ERR|request: POST .*/enrol"
UPLOAD = "**/enrol/upload"


@pytest.fixture
def page(visit, household):
    household.start()
    return visit(household, "/enrol/upload")


def choose(page, *pictures):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files(pictures)
    expect(rows(page)).to_have_count(len(pictures))


def rows(page):
    return page.get_by_role("list", name="Pictures").get_by_role("listitem")


def send(page, name):
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add these pictures").click()


def finished(page, sentence):
    expect(page.get_by_role("heading", name=sentence)).to_be_visible(timeout=30_000)


def people(household):
    return {person.name: person.samples for person in household.people.people()}


def test_a_network_that_is_away_is_waited_for(page, household, complaints):
    complaints.forgive(OFFLINE)
    choose(page, EILEEN)
    page.context.set_offline(True)
    send(page, "Eileen")
    expect(rows(page)).to_contain_text("No connection. Trying again")
    page.context.set_offline(False)
    finished(page, "Eileen: 1 of 1 pictures taken.")
    assert people(household) == {"Eileen": 1}


def test_a_picture_whose_answer_is_lost_is_sent_again_and_taken_once(page, household, complaints):
    complaints.forgive(OFFLINE)
    answers = []

    def lose_the_first(route):
        answers.append(route.fetch().status)
        if len(answers) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(UPLOAD, lose_the_first)
    choose(page, EILEEN)
    send(page, "Eileen")
    finished(page, "Eileen: 1 of 1 pictures taken.")
    assert answers[:2] == [200, 200]
    assert people(household) == {"Eileen": 1}


def test_a_file_that_is_no_picture_is_told_and_the_others_are_taken(page, household, tmp_path):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7 nothing to see")
    choose(page, letter, EILEEN)
    expect(rows(page).first).to_contain_text("This is no picture that the browser can read")
    send(page, "Eileen")
    finished(page, "Eileen: 1 of 2 pictures taken.")
    assert people(household) == {"Eileen": 1}


def test_the_same_picture_twice_is_taken_once(page, household):
    choose(page, EILEEN, EILEEN)
    send(page, "Eileen")
    finished(page, "Eileen: 1 of 2 pictures taken.")
    expect(rows(page).nth(1)).to_contain_text("nearly the same picture")
    assert people(household) == {"Eileen": 1}


def test_somebody_elses_picture_is_refused_for_a_name_that_is_there(page, household):
    household.enrol("Joe", JOE)
    choose(page, BARACK)
    send(page, "Joe")
    expect(page.get_by_role("alert")).to_contain_text("None of these pictures was taken")
    expect(rows(page).get_by_role("button", name="Take it all the same")).to_be_visible()
    assert people(household) == {"Joe": 1}


def test_a_picture_that_is_left_out_while_others_are_sent_is_not_sent(page, household):
    held = []
    page.route(UPLOAD, lambda route: held.append(route))  # noqa: PLW0108 (Playwright looks for its parameters)
    choose(page, EILEEN, BARACK)
    send(page, "Eileen")
    expect(rows(page).first).to_contain_text("Is sent and looked at")
    rows(page).nth(1).get_by_role("button", name="Leave this picture out").click()
    held[0].continue_()
    finished(page, "Eileen: 1 of 1 pictures taken.")
    assert len(held) == 1
    assert people(household) == {"Eileen": 1}


def test_a_whole_album_is_made_smaller_one_picture_at_a_time(page):
    page.evaluate(
        """() => {
          const decode = createImageBitmap;
          let now = 0;
          globalThis.most = 0;
          globalThis.createImageBitmap = async (...given) => {
            globalThis.most = Math.max(globalThis.most, ++now);
            try { return await decode(...given); } finally { now -= 1; }
          };
        }"""
    )
    choose(page, *[EILEEN, BARACK, JOE] * 8)
    for row in rows(page).all():
        expect(row).to_contain_text("Ready")
    assert page.evaluate("most") == 1


def test_a_second_person_from_the_same_page_is_counted_alone(page, household):
    choose(page, EILEEN)
    send(page, "Eileen")
    finished(page, "Eileen: 1 of 1 pictures taken.")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files([JOE])
    send(page, "Joe")
    finished(page, "Joe: 1 of 1 pictures taken.")
    assert people(household) == {"Eileen": 1, "Joe": 1}


def test_a_failure_at_the_second_try_is_told_and_leaves_the_picture(page, household, complaints):
    household.enrol("Joe", JOE)
    complaints.forgive("500")
    page.route("**/enrol/face", lambda route: route.fulfill(status=500, body="<p>Something is wrong.</p>"))
    choose(page, JOE)
    send(page, "Joe")
    page.get_by_role("button", name="Take it all the same").click()
    expect(page.get_by_role("alert")).to_contain_text("Something is wrong.")
    expect(rows(page)).to_contain_text("Ready")


def test_a_stranger_among_the_pictures_is_left_out(page, household):
    pictures = takes("Jackie_Chan", 6)
    choose(page, *pictures, EILEEN)
    send(page, "Jackie")
    finished(page, "Jackie: 6 of 7 pictures taken.")
    expect(rows(page).nth(6)).to_contain_text(re.compile("unlike|other person|more like"))
    assert people(household) == {"Jackie": 6}
