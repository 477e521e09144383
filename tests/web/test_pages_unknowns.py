# SPDX-License-Identifier: Apache-2.0
"""The pages of unknown visitors, over a service that is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support_groups import BOB
from support_pages import read
from support_past import GONE
from support_web import ALICE, NAMED, NOW, UNKNOWN, visit

from daemon.errors import BadName, NameTaken, NoSuchVisit
from daemon.types import LeftOut, NamedAll, Person, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService


def look(owner: Owner, path: str, language: str = "en", status: int = 200) -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status
    return read(answer.text)


def told(owner: Owner, answer) -> str:
    """What the page says to which an answer leads."""
    assert answer.status_code == 303
    return look(owner, answer.headers["Location"]).message


def strangers(service: FakeService, count: int) -> None:
    service.unknowns.list = [
        replace(UNKNOWN, id=f"u{number:03}", sighting_ids=(f"u{number:03}",), pictures=(f"u{number:03}",))
        for number in range(count)
    ]


class TestList:
    """`/unknowns`."""

    def test_each_is_told_with_faces_and_how_often(self, owner: Owner, service: FakeService) -> None:
        service.unknowns.list = [replace(UNKNOWN, pictures=("5e2", "5e1"), simulated=True)]
        page = look(owner, "/unknowns")
        assert "2 visits" in page.text
        assert "A little like Alice (0.43)." in page.text
        assert "simulated" in page.text
        assert [tag.attributes["src"] for tag in page.all("img") if "crop" in tag.attributes["src"]] == [
            "/api/v1/sightings/5e2/crop.jpg",
            "/api/v1/sightings/5e1/crop.jpg",
        ]
        assert "/unknowns/5e1" in page.links.values()
        assert [tag.attributes["value"] for tag in page.all("input") if tag.attributes.get("name") == "id"] == ["5e1"]

    def test_nobody_unknown(self, owner: Owner, service: FakeService) -> None:
        service.unknowns.list = []
        page = look(owner, "/unknowns")
        assert "Nobody unknown" in page.headings
        assert page.links["See all visits"] == "/visits"

    def test_of_somebody_quite_unlike_nobody_is_named(self, owner: Owner, service: FakeService) -> None:
        service.unknowns.list = [replace(UNKNOWN, similarity=0.12)]
        assert "Alice" not in look(owner, "/unknowns").text

    def test_500_come_in_parts(self, owner: Owner, service: FakeService) -> None:
        strangers(service, 500)
        page = look(owner, "/unknowns")
        assert "500 visitors" in page.text
        shown = [tag.attributes["value"] for tag in page.all("input") if tag.attributes.get("name") == "id"]
        assert shown == [f"u{number:03}" for number in range(20)]
        assert page.links["Older"] == "/unknowns?after=u019"
        assert len(owner.get("/unknowns").data) < 60_000
        older = look(owner, page.links["Older"])
        assert "/unknowns/u020" in [tag.attributes["href"] for tag in older.all("a")]
        assert older.links["Newer"] == "/unknowns"

    def test_in_german(self, owner: Owner) -> None:
        page = look(owner, "/unknowns", "de")
        assert "Ein wenig wie Alice (0,43)." in page.text
        assert "Unbekannte" in page.headings


class TestOne:
    """`/unknowns/<ref>`."""

    def test_the_visits_and_the_likeliest_first(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        service.unknowns.list = [replace(UNKNOWN, nearest=BOB, sighting_ids=("5e1", "gone", "5e2"))]
        service.seen = [visit(None), visit(None, sighting_id="5e2", started_at=NOW - timedelta(hours=3))]
        page = look(owner, "/unknowns/5e2")
        assert "Came 3 times" in page.text
        assert [link for link in page.links.values() if link.startswith("/visits/")] == ["/visits/5e2", "/visits/5e1"]
        joins = [tag.attributes["value"] for tag in page.all("button") if tag.attributes.get("name") == "person_id"]
        assert joins == [BOB.id, ALICE.id]

    def test_enter_saves_the_name_that_was_typed(self, owner: Owner, service: FakeService) -> None:
        """The first button of a form is the one that the Enter key presses."""
        service.seen = [visit(None)]
        (form,) = (
            form for form in look(owner, "/unknowns/5e1").forms if form.attributes["action"] == "/unknowns/name"
        )
        buttons = [tag for tag in form.inner if tag.name == "button"]
        assert "name" not in buttons[0].attributes

    def test_there_is_no_such_visitor(self, owner: Owner) -> None:
        page = look(owner, "/unknowns/nobody", status=404)
        assert "no unknown visitor" in page.text

    def test_people_are_suggested_while_a_name_is_typed(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        page = look(owner, "/unknowns/people?name=bo")
        assert page.all("html") == []
        assert [tag.attributes["value"] for tag in page.all("button")] == [BOB.id]
        assert "Zoe is new here." in look(owner, "/unknowns/people?name=Zoe").text


class TestNaming:
    """`POST /unknowns/name`."""

    def test_a_new_name(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/unknowns/name", data={"id": "5e1", "name": " Bob "})
        assert ("assign all", ["5e1"], "Bob") in service.asked
        assert told(owner, answer) == "whod knows Alice from now on. 2 earlier visits are theirs now."

    def test_somebody_who_is_there(self, owner: Owner, service: FakeService) -> None:
        owner.post("/unknowns/name", data={"id": "5e1", "name": "ali", "person_id": ALICE.id, "familiar": "1"})
        assert ("assign all", ["5e1"], ALICE.id) in service.asked

    def test_who_comes_often_may_have_a_name(self, owner: Owner, service: FakeService) -> None:
        owner.post("/unknowns/name", data={"id": "5e1", "name": "Postman", "familiar": "1"})
        assert ("assign all", ["5e1"], "Postman", "familiar") in service.asked

    def test_several_are_one_person(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/unknowns/name", data={"id": ["5e1", "5e2"], "name": "Bob"})
        assert ("assign all", ["5e1", "5e2"], "Bob") in service.asked
        assert answer.headers["Location"] == "/unknowns"

    def test_what_was_left_out_is_said(self, owner: Owner) -> None:
        answer = owner.post("/unknowns/name", data={"id": ["5e1", GONE], "name": "Bob"})
        said = told(owner, answer)
        assert said.startswith("whod knows Alice from now on.")
        assert said.endswith("One was left out: it had been named or deleted meanwhile.")

    def test_why_one_failed_is_said(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        left = (LeftOut(GONE, "It is gone."), LeftOut("5e1", "The disk is full."))
        monkeypatch.setattr(service.unknowns, "assign_all", lambda *_given, **_more: NamedAll((), left))
        answer = owner.post("/unknowns/ignore", data={"id": ["5e1", GONE]})
        assert told(owner, answer) == "2 were left out; the first: The disk is full."

    @pytest.mark.parametrize("name", ["", "   "])
    def test_without_a_name(self, owner: Owner, service: FakeService, name: str) -> None:
        answer = owner.post("/unknowns/name", data={"id": "5e1", "name": name})
        assert answer.status_code == 400
        assert "Type a name, or choose somebody" in read(answer.text).text
        assert not [call for call in service.asked if call[0] == "assign all"]

    def test_nobody_is_chosen(self, owner: Owner) -> None:
        answer = owner.post("/unknowns/name", data={"name": "Bob"})
        assert answer.status_code == 400
        assert "tick at least one" in read(answer.text).text

    @pytest.mark.parametrize("error", [BadName("Too long."), NameTaken("She lives here."), NoSuchVisit("All gone.")])
    def test_what_is_refused_is_said_above_the_form(
        self, owner: Owner, service: FakeService, error: Exception
    ) -> None:
        service.error = error
        answer = owner.post("/unknowns/name", data={"id": "5e1", "name": "x"}, headers={"HX-Request": "true"})
        assert answer.status_code == error.http_status if hasattr(error, "http_status") else answer.status_code >= 400
        assert answer.headers["HX-Retarget"] == "#message"
        assert str(error) in answer.text


class TestOthers:
    """Ignoring and deleting."""

    def test_all_come_often(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/unknowns/ignore", data={"id": ["5e1", "5e2"]})
        assert ("assign all", ["5e1", "5e2"], None) in service.asked
        assert told(owner, answer) == "2 visitors come often and are unknown no more: Alice, Alice."

    def test_faces_are_deleted(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/unknowns/forget", data={"id": ["5e1", GONE]})
        assert ("forget all", ["5e1", GONE]) in service.asked
        assert told(owner, answer).startswith("One face is deleted. One was left out:")

    def test_deleting_is_asked_for_twice(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit(None)]
        page = look(owner, "/unknowns/5e1")
        (details,) = (tag for tag in page.all("details") if "danger" in tag.attributes.get("class", ""))
        (form,) = (tag for tag in details.inner if tag.name == "form")
        assert form.attributes["action"] == "/unknowns/forget"
        assert "for good" in details.text

    def test_whoever_is_most_like_one_of_them_is_suggested_first(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        service.unknowns.list = [
            replace(UNKNOWN, nearest=who, similarity=like, id=ref, sighting_ids=(ref,))
            for ref, who, like in (("u1", ALICE, 0.2), ("u2", BOB, 0.5), ("u3", ALICE, 0.4))
        ]
        for refs, first in (("id=u1&id=u2&id=u3", BOB), ("id=u1&id=u3", ALICE)):
            page = look(owner, f"/unknowns/several?{refs}")
            buttons = [tag.attributes["value"] for tag in page.all("button") if "value" in tag.attributes]
            assert buttons[0] == first.id

    def test_several_are_shown_together(self, owner: Owner, service: FakeService) -> None:
        strangers(service, 3)
        page = look(owner, "/unknowns/several?id=u000&id=u002&id=u000&id=gone")
        assert "2 unknown visitors" in page.headings
        assert "One that was chosen is no more" in page.text
        for form in page.forms:
            if form.attributes["action"].startswith("/unknowns/"):
                ids = [tag.attributes["value"] for tag in form.inner if tag.attributes.get("name") == "id"]
                assert ids == ["u000", "u002"]

    def test_none_of_them_is_there(self, owner: Owner) -> None:
        assert look(owner, "/unknowns/several?id=gone", status=404)
        assert "Unknown visitors" in look(owner, "/unknowns/several").headings


def test_who_may_only_look_changes_nothing(
    page: FlaskClient, bearer: Callable[[Scope], FlaskClient], service: FakeService
) -> None:
    for path in ("name", "ignore", "forget"):
        assert page.post(f"/unknowns/{path}", data={"id": "5e1"}).status_code in (302, 303, 401, 403)
    assert bearer(Scope.READ).post("/unknowns/name", data={"id": "5e1", "name": "x"}).status_code == 403
    assert bearer(Scope.ENROL).post("/unknowns/forget", data={"id": "5e1"}).status_code == 403
    assert service.asked == []


def test_what_a_visitor_is_called_is_text(owner: Owner, service: FakeService) -> None:
    nasty = Person("n", "<img src=x onerror=alert(1)>")
    service.enrolled[nasty.id] = nasty
    service.unknowns.list = [replace(UNKNOWN, nearest=nasty)]
    service.seen = [visit(None)]
    for path in ("/unknowns", "/unknowns/5e1", "/unknowns/several?id=5e1", "/unknowns/people?name=img"):
        html = owner.get(path).text
        assert "&lt;img src=x" in html
        assert "<img src=x" not in html
    assert NAMED.person == ALICE
