# SPDX-License-Identifier: Apache-2.0
"""People are renamed, made one, taken apart again and forgotten, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support_daemon import BARACK, EILEEN, JOE
from support_looks import faults
from support_takes import heic, large

SCRIPT = pytest.mark.parametrize(
    "script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no script"]
)


@pytest.fixture
def family(household):
    for name, picture in (("Eileen", EILEEN), ("Barack", BARACK), ("Joe", JOE)):
        household.enrol(name, picture)
    household.start()
    return household


def names(house):
    return sorted(person.name for person in house.people.people())


@SCRIPT
def test_a_new_name(visit, family, script):
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Joe").click()
    page.get_by_text("Change name, groups").click()
    page.get_by_label("Name", exact=True).fill("Joseph")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_contain_text("Saved: Joseph.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Joseph")
    assert names(family) == ["Barack", "Eileen", "Joseph"]


@pytest.mark.slow
@SCRIPT
def test_a_name_that_is_taken_is_refused(visit, family, complaints, script):
    complaints.forgive("status of 409")
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Joe").click()
    page.get_by_text("Change name, groups").click()
    page.get_by_label("Name", exact=True).fill("barack")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is another person's name")).to_be_visible()
    if script:
        expect(page.get_by_label("Name", exact=True)).to_have_value("barack")
    assert names(family) == ["Barack", "Eileen", "Joe"]


@SCRIPT
def test_two_are_made_one_and_that_is_undone(visit, family, script):
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Joe").click()
    page.get_by_role("link", name="Merge with another").click()
    page.get_by_role("link", name="Barack").click()
    expect(page.get_by_role("heading", name="Make Joe part of Barack?")).to_be_visible()
    assert names(family) == ["Barack", "Eileen", "Joe"]
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("#message")).to_contain_text("Joe is now part of Barack.")
    assert names(family) == ["Barack", "Eileen"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#message")).to_contain_text("Undone")
    assert names(family) == ["Barack", "Eileen", "Joe"]


@pytest.mark.slow
def test_a_picture_is_removed_and_brought_back(visit, family):
    assert family.daemon.whod("enrol", "--force", "Joe", JOE).returncode == 0
    page = visit(family, "/people")
    page.get_by_role("link", name="Joe").click()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator("#message")).to_contain_text("The picture is removed.")
    expect(page.get_by_role("img", name="of Joe")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#message")).to_contain_text("Undone")
    expect(page.get_by_role("img", name="of Joe")).to_have_count(2)


@pytest.mark.slow
@SCRIPT
def test_who_is_forgotten_is_gone_with_a_receipt(visit, family, script):
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Joe").click()
    page.get_by_role("link", name="Forget").click()
    expect(page.get_by_role("heading", name="Forget Joe?")).to_be_visible()
    page.get_by_role("checkbox", name="Yes, forget Joe for good").check()
    page.get_by_role("button", name="Forget for good").click()
    expect(page.get_by_role("heading", name="Joe is forgotten")).to_be_visible()
    if script:
        assert not (found := faults(page)), "\n".join(found)
    assert names(family) == ["Barack", "Eileen"]


@pytest.mark.slow
@SCRIPT
def test_everybody_is_forgotten(visit, family, script):
    family.people.jobs.wait(family.people.backups.make().id)
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Forget everybody").click()
    page.get_by_role("button", name="Forget everybody for good").click()  # which nothing comes of without the tick
    assert names(family) == ["Barack", "Eileen", "Joe"]
    page.get_by_role("checkbox", name="Yes, forget all 3 people for good").check()
    page.get_by_role("button", name="Forget everybody for good").click()
    expect(page.get_by_role("heading", name="Everybody is forgotten")).to_be_visible()
    if script:
        assert not (found := faults(page)), "\n".join(found)
    page.get_by_role("link", name="To all people").click()
    expect(page.get_by_role("heading", name="Nobody is added yet")).to_be_visible()
    assert (family.people.people(), family.people.jobs.all()) == ([], [])


@pytest.mark.slow
def test_a_second_tap_does_not_hide_the_receipt(visit, family):
    page = visit(family, "/people")
    page.get_by_role("link", name="Joe").click()
    page.get_by_role("link", name="Forget").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Forget for good").dblclick()
    expect(page.get_by_role("heading", name="Joe is forgotten")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Joe is forgotten")).to_be_visible()


@pytest.mark.slow
def test_who_was_forgotten_meanwhile_is_said_above_the_question(visit, family, complaints):
    complaints.forgive("status of 404")
    page = visit(family, "/people")
    page.get_by_role("link", name="Joe").click()
    page.get_by_role("link", name="Forget").click()
    page.get_by_role("checkbox").check()
    family.people.forget("Joe")
    page.get_by_role("button", name="Forget for good").click()
    expect(page.locator("#message")).to_contain_text("is enrolled")


@pytest.mark.slow
@SCRIPT
def test_who_looks_alike_is_noted_as_somebody_else(visit, family, tmp_path, script):
    page = visit(family, "/people", java_script_enabled=script)
    page.get_by_role("link", name="Joe").click()
    page.get_by_text("This looks alike, but is somebody else").click()
    pictures = page.get_by_label("Pictures of the other one")
    if script:
        pictures.set_input_files(heic(tmp_path))
        expect(page.locator("#message")).to_contain_text("cannot read HEIC")
        pictures.set_input_files(large(tmp_path))
        expect(page.locator("#message")).not_to_contain_text("HEIC")
    else:
        pictures.set_input_files(EILEEN)
    page.get_by_role("button", name="Note that").click()
    expect(page.locator("#message")).to_contain_text("Noted: this is not Joe.")
    assert [person.negatives for person in family.people.people() if person.name == "Joe"] == [1]


@pytest.mark.slow
def test_a_group_that_was_deleted_meanwhile_leaves_the_name_as_it_was(visit, family, complaints):
    complaints.forgive("status of 404")
    family.people.groups.create("Family", ["Eileen"])
    page = visit(family, "/people")
    page.get_by_role("link", name="Joe").click()
    page.get_by_text("Change name, groups").click()
    family.people.groups.delete("Family")
    page.get_by_label("Name", exact=True).fill("Joseph")
    page.get_by_role("checkbox", name="Family").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_contain_text("There is no group")
    assert names(family) == ["Barack", "Eileen", "Joe"]
    page.get_by_role("checkbox", name="Family").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_contain_text("Saved: Joseph.")


@pytest.mark.slow
def test_the_way_back_from_a_search_is_one_step(visit, family):
    page = visit(family, "/groups")
    page.goto(family.url + "/people")
    for typed, found in (("J", "1 person"), ("Jo", "1 person"), ("Jox", "0 people"), ("Jo", "1 person")):
        page.get_by_role("searchbox").fill(typed)
        page.wait_for_url(f"**/people?q={typed}&*")
        expect(page.locator("#results")).to_contain_text(found)
    page.get_by_role("link", name="Joe").click()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("Jo")
    expect(page.locator("#results")).to_contain_text("1 person")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups")


@pytest.mark.slow
def test_a_search_in_a_group_that_was_deleted_meanwhile_says_so(visit, family, complaints):
    complaints.forgive("status of 404")
    family.people.groups.create("Family", ["Eileen"])
    page = visit(family, "/people")
    family.people.groups.delete("Family")
    page.get_by_label("Group").select_option("Family")
    expect(page.locator("#message")).to_contain_text("There is no group")


@pytest.mark.slow
def test_a_group_is_made_and_somebody_put_into_it(visit, family):
    page = visit(family, "/groups")
    page.get_by_label("Name").first.fill("Family")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").first.click()
    page.goto(family.url + "/people")
    page.get_by_role("link", name="Joe").click()
    page.get_by_text("Change name, groups").click()
    page.get_by_role("checkbox", name="Family").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_contain_text("Saved: Joe.")
    (group,) = family.people.groups.all()
    assert [person.name for person in group.people] == ["Joe"]
