# SPDX-License-Identifier: Apache-2.0
"""Enrolment at the camera when somebody reloads, walks off, has two phones, or the camera or the network is away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support_daemon import BARACK, EILEEN

pytestmark = pytest.mark.slow

PATIENCE_MS = 60_000


@pytest.fixture
def posing(household):
    """Somebody stands at the camera and looks into it, and does nothing else."""
    household.start((BARACK, 1))
    return household


def now_shows(household, picture):
    """Another picture from now on; None: the camera is lost."""
    (seen,) = (household.folder / "door").iterdir()
    seen.unlink()
    seen.symlink_to(picture or household.folder / "nothing")


def begin(page, name="Barack"):
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name=f"{name} at the door")).to_be_visible()


def the_front_is_taken(page):
    expect(page.get_by_role("listitem").filter(has_text="Straight (taken)")).to_be_visible(timeout=PATIENCE_MS)


def cue(page, text):
    expect(page.locator("#cue")).to_have_text(text, timeout=PATIENCE_MS)


def test_who_reloads_or_goes_back_loses_nothing(visit, posing):
    page = visit(posing, "/enrol/door")
    begin(page)
    the_front_is_taken(page)
    page.reload()
    the_front_is_taken(page)
    cue(page, "Look a little to the left")
    page.get_by_role("link", name="That is enough").click()
    expect(page.get_by_role("heading", name="Barack: a last look")).to_be_visible()
    page.go_back()
    the_front_is_taken(page)
    page.go_forward()
    page.get_by_role("button", name="Add this picture").click()
    expect(page.get_by_text("1 picture of Barack was added.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("1 picture of Barack was added.")).to_be_visible()
    assert [(person.name, person.samples) for person in posing.people.people()] == [("Barack", 1)]


def test_a_second_phone_takes_over_and_the_first_is_told(visit, posing, complaints):
    complaints.forgive("404")
    first, second = visit(posing, "/enrol/door"), visit(posing, "/enrol/door")
    begin(first)
    second.get_by_label("Name", exact=True).fill("Eileen")
    second.get_by_role("button", name="Begin").click()
    expect(second.get_by_text("Somebody is being enrolled")).to_be_visible()
    second.get_by_label("Begin all the same", exact=False).check()
    begin(second, "Eileen")
    expect(first.get_by_text("This enrolment at the camera has ended", exact=False)).to_be_visible()


def test_what_the_last_look_did_not_show_is_not_enrolled(visit, posing, complaints):
    complaints.forgive("412")
    page = visit(posing, "/enrol/door")
    begin(page)
    page.get_by_role("link", name="That is enough").click(timeout=PATIENCE_MS)
    other = visit(posing, page.url.removeprefix(posing.url))
    other.get_by_role("button", name="Take again").click()
    the_front_is_taken(other)
    page.get_by_role("button", name="Add this picture").click()
    expect(page.get_by_role("alert")).to_contain_text("look again")
    assert posing.people.people() == []
    page.reload()
    page.get_by_role("button", name="Add this picture").click()
    expect(page.get_by_text("1 picture of Barack was added.")).to_be_visible()


def test_a_network_that_is_away_is_told_and_then_it_goes_on(visit, posing, complaints):
    complaints.forgive(r"net::ERR|request: (GET|POST)")
    page = visit(posing, "/enrol/door")
    begin(page)
    the_front_is_taken(page)
    page.context.set_offline(True)
    cue(page, page.evaluate("document.documentElement.dataset.unanswered"))
    page.context.set_offline(False)
    cue(page, "Look a little to the left")


def test_who_walks_off_and_somebody_else_who_steps_in_are_not_taken_for_the_first(visit, posing):
    page = visit(posing, "/enrol/door")
    begin(page)
    the_front_is_taken(page)
    now_shows(posing, posing.folder / "empty.png")
    cue(page, "Step before the camera")
    now_shows(posing, EILEEN)
    cue(page, "Somebody else?")
    now_shows(posing, BARACK)
    cue(page, "Look a little to the left")
    expect(page.get_by_role("listitem").filter(has_text="(taken)")).to_have_count(1)


def test_a_camera_that_is_lost_is_told_what_was_taken_stays_and_it_goes_on(visit, posing):
    page = visit(posing, "/enrol/door")
    begin(page)
    the_front_is_taken(page)
    now_shows(posing, None)
    cue(page, "No picture")
    now_shows(posing, BARACK)
    cue(page, "Look a little to the left")
    page.get_by_role("link", name="That is enough").click()
    page.get_by_role("button", name="Add this picture").click()
    expect(page.get_by_text("1 picture of Barack was added.")).to_be_visible()


def test_who_stops_while_whod_looks_is_not_told_that_it_has_ended(visit, bare, complaints):
    complaints.forgive("404")
    page = visit(bare, "/enrol/door")
    begin(page)
    looks, stops = [], []
    page.route("**/look", lambda route: looks.append(route))  # noqa: PLW0108 (Playwright looks for its parameters)
    page.route("**/end", lambda route: stops.append(route))  # noqa: PLW0108
    while not looks:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Stop").click()
    while not stops:
        page.wait_for_timeout(50)
    ended = stops[0].fetch()
    with page.expect_response("**/look") as late:
        looks[0].continue_()
    assert late.value.status == 404
    page.wait_for_timeout(300)
    stops[0].fulfill(response=ended)
    expect(page).to_have_url(bare.url + "/enrol")
    expect(page.get_by_role("status").first).to_contain_text("dropped")


def test_pictures_of_the_demo_are_said_to_be(visit, household):
    household.daemon.start("camera.source=demo")
    page = visit(household, "/enrol/door")
    begin(page)
    expect(page.locator("#simulated")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="That is enough").click(timeout=PATIENCE_MS)
    expect(page.get_by_text("This is the demo, no camera", exact=False)).to_be_visible()
