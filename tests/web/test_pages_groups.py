# SPDX-License-Identifier: Apache-2.0
"""The pages of groups, over a service that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support_directory import directory
from support_groups import BOB, FAMILY
from support_pages import read
from support_web import ALICE

from daemon.errors import LookAlikeName, NameTaken
from daemon.types import Person, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService

HTMX = {"HX-Request": "true"}


def look(owner: Owner, path: str, language: str = "en") -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return read(answer.text)


def boxes(page: Page) -> dict[str, bool]:
    """The people who can be ticked, and whether they are."""
    ticks = [tag for tag in page.all("input") if tag.attributes.get("name") == "person"]
    return {tag.attributes["value"]: "checked" in tag.attributes for tag in ticks}


def test_groups_are_listed_with_people_and_cameras(owner: Owner, service: FakeService) -> None:
    service.directory = directory(service, "the FAMILY")
    page = look(owner, "/groups")
    assert page.links["The family 2 people: Alice, Bob camera porch"] == "/groups/g1"


def test_no_groups_yet_is_no_fault(owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.groups, "all", list)
    assert "No groups yet" in look(owner, "/groups").headings


def test_a_group_is_made_and_its_people_are_chosen_next(owner: Owner, service: FakeService) -> None:
    answer = owner.post("/groups", data={"name": "The family"})
    assert (answer.status_code, answer.location) == (303, "/groups/g1")
    assert ("create group", "The family", []) in service.asked
    assert "tick who is in it" in look(owner, "/groups/g1").message


def test_a_name_that_is_taken_is_said_where_it_was_typed(owner: Owner, service: FakeService) -> None:
    service.error = NameTaken("There is a group “The family” already: choose another name.")
    answer = owner.post("/groups", data={"name": "the family"}, headers=HTMX)
    assert answer.status_code == 409
    assert "There is a group “The family” already" in answer.text


def test_who_is_in_it_is_ticked(owner: Owner, service: FakeService) -> None:
    service.enrolled = {person.id: person for person in (ALICE, BOB, Person("cy", "Cy"))}
    page = look(owner, "/groups/g1")
    assert boxes(page) == {ALICE.id: True, BOB.id: True, "cy": False}
    was = [tag.attributes["value"] for tag in page.all("input") if tag.attributes.get("name") == "was"]
    assert was == [ALICE.id, BOB.id]
    assert boxes(look(owner, "/groups/g1?show=members")) == {ALICE.id: True, BOB.id: True}


def test_only_what_was_changed_is_changed(owner: Owner, service: FakeService) -> None:
    """Whom another owner has put in meanwhile stays in."""
    answer = owner.post("/groups/g1/members", data={"person": ["a", "b"], "was": ["b", "c"]})
    assert (answer.status_code, answer.location) == (303, "/groups/g1")
    assert ("change group", "g1", None, None, ["a"], ["c"]) in service.asked
    assert "Saved: 2 people are in The family." in look(owner, "/groups/g1").message


def test_a_thousand_people_come_in_parts_with_a_search(owner: Owner, service: FakeService) -> None:
    service.enrolled = {f"id-{number}": Person(f"id-{number}", f"Person {number:04}") for number in range(1000)}
    answer = owner.get("/groups/g1")
    assert len(answer.data) < 100_000
    page = read(answer.text)
    assert len(boxes(page)) == 48
    assert "Save before you go on" in page.text
    assert boxes(look(owner, "/groups/g1?q=0999")) == {"id-999": False}


def test_after_saving_the_same_part_of_the_list_is_shown(owner: Owner, service: FakeService) -> None:
    service.enrolled = {f"id-{number}": Person(f"id-{number}", f"Person {number:04}") for number in range(200)}
    page = look(owner, "/groups/g1?q=person&page=2")
    (form,) = (form for form in page.forms if form.attributes["action"] == "/groups/g1/members")
    fields = {
        tag.attributes["name"]: tag.attributes["value"]
        for tag in form.inner
        if tag.attributes.get("type") == "hidden"
    }
    answer = owner.post("/groups/g1/members", data={**fields, "person": ["id-50"]})
    assert answer.location == "/groups/g1?q=person&page=2"
    assert ("change group", "g1", None, None, ["id-50"], []) in service.asked


def test_few_people_need_no_search(owner: Owner) -> None:
    assert not [tag for tag in look(owner, "/groups/g1").all("input") if tag.attributes.get("type") == "search"]


def test_a_group_is_renamed(owner: Owner, service: FakeService) -> None:
    assert owner.post("/groups/g1", data={"name": "Kin"}).location == "/groups/g1"
    assert ("change group", "g1", "Kin", None, [], []) in service.asked
    service.error = LookAlikeName("It looks like “Kin”.")
    assert owner.post("/groups/g1", data={"name": "Kin"}, headers=HTMX).status_code == 409


def test_a_group_is_deleted_and_what_that_does_to_a_camera_is_said_before(owner: Owner, service: FakeService) -> None:
    service.directory = directory(service, FAMILY.name)
    text = " ".join(look(owner, "/groups/g1").text.split())
    assert "The camera porch looks for this group: it will not recognise its people any more" in text
    assert owner.post("/groups/g1/delete").location == "/groups"
    assert ("delete group", "g1") in service.asked
    assert "its people are still there" in look(owner, "/groups").message


@pytest.mark.parametrize("path", ["/groups", "/groups/g1", "/groups/g1/members", "/groups/g1/delete"])
def test_a_token_of_a_smaller_scope_changes_nothing(
    bearer: Callable[[Scope], FlaskClient], service: FakeService, path: str
) -> None:
    assert bearer(Scope.ENROL).post(path, data={"name": "x"}).status_code in (401, 403)
    assert not [asked for asked in service.asked if "group" in str(asked[0]) and asked[0] != "group"]


def test_groups_speak_german(owner: Owner) -> None:
    assert look(owner, "/groups", "de").headings[0] == "Gruppen"
