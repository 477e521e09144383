# SPDX-License-Identifier: Apache-2.0
"""The pages of people, over a service that is none."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from support_directory import directory
from support_groups import BOB, MERGE
from support_names import HOSTILE_NAMES
from support_pages import read
from support_web import ALICE, ASIDE, SAMPLE, UNDO, VERSION, visit

from daemon.errors import LookAlikeName, NoSuchPerson
from daemon.types import Concern, Need, Person, Removal, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService

PLACE = f"/people/{ALICE.id}"
LONG = "Wolfeschlegelsteinhausenbergerdorff " * 5


def look(owner: Owner, path: str, language: str = "en", status: int = 200) -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status
    return read(answer.text)


def names(page: Page) -> list[str]:
    return [tag.text for tag in page.all("bdi") if tag.attributes.get("class") == "who"]


def crowd(service: FakeService, count: int) -> None:
    for number in range(count):
        person = Person(f"id-{number:04}", f"Person {number:04}")
        service.enrolled[person.id] = person
    service.care.pictures.update(service.enrolled)


class TestList:
    """`/people`."""

    def test_everybody_is_on_a_card_that_leads_to_their_page(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        service.care.pictures.add(BOB.id)
        service.care.told[ALICE.id] = (Concern(Need.WANING, similarity=0.61, before=0.72),)
        page = look(owner, "/people")
        assert names(page) == ["Alice", "Bob"]
        (to_alice,) = (tag for tag in page.all("a") if tag.attributes.get("href") == PLACE)
        assert "recognised less well" in to_alice.text
        assert "2 pictures" in to_alice.text
        (face,) = (tag for tag in page.all("img") if "face.jpg" in tag.attributes["src"])
        assert face.attributes["src"] == "/api/v1/people/b0b/face.jpg"
        assert face.attributes["loading"] == "lazy"
        assert "familiar" in page.text
        assert "Need attention (1)" in page.text

    def test_nobody_yet_leads_to_enrolling(self, owner: Owner, service: FakeService) -> None:
        service.enrolled.clear()
        page = look(owner, "/people")
        assert page.links["Add the first person"] == "/enrol"
        assert not [form for form in page.forms if form.attributes["method"] == "get"]

    def test_search_and_filters_are_done_by_the_server(self, owner: Owner, service: FakeService) -> None:
        crowd(service, 3)
        service.enrolled[BOB.id] = BOB
        service.care.told["id-0001"] = (Concern(Need.FEW_SAMPLES),)
        assert names(look(owner, "/people?q=ERSON+0002")) == ["Person 0002"]
        assert names(look(owner, "/people?show=familiar&q=&group=&order=name")) == ["Bob"]
        assert names(look(owner, "/people?show=needy")) == ["Person 0001"]
        assert "1 person" in look(owner, "/people?show=needy").text
        assert names(look(owner, "/people?group=g1")) == ["Alice", "Bob"]

    def test_nobody_found_leads_back_to_all(self, owner: Owner) -> None:
        page = look(owner, "/people?q=nowhere")
        assert page.links["Show all"] == "/people"
        assert "Nobody needs attention" in look(owner, "/people?show=needy").headings

    def test_a_thousand_people_come_in_parts_of_a_bearable_size(self, owner: Owner, service: FakeService) -> None:
        crowd(service, 1000)
        answer = owner.get("/people")
        assert len(answer.data) < 100_000
        page = read(answer.text)
        assert len(names(page)) == 48
        assert "1,001 people" in page.text
        (further,) = (tag for tag in page.all("a") if tag.attributes.get("rel") == "next")
        assert further.attributes["href"] == "/people?page=2"
        last = look(owner, "/people?order=name&show=all&q=person&page=99")
        assert names(last) == [f"Person {number:04}" for number in range(960, 1000)]
        assert not [tag for tag in last.all("a") if tag.attributes.get("rel") == "next"]

    def test_the_parts_keep_what_was_looked_for(self, owner: Owner, service: FakeService) -> None:
        crowd(service, 100)
        page = look(owner, "/people?q=person&order=seen&page=2")
        hrefs = {tag.attributes["rel"]: tag.attributes["href"] for tag in page.all("a") if "rel" in tag.attributes}
        assert hrefs == {"prev": "/people?q=person&order=seen", "next": "/people?q=person&order=seen&page=3"}

    @pytest.mark.parametrize("name", [*HOSTILE_NAMES, LONG, "🦊", "👩‍👩‍👧", "李雷"])
    def test_names_of_all_kinds_are_text(self, owner: Owner, service: FakeService, name: str) -> None:
        service.enrolled = {ALICE.id: Person(ALICE.id, name)}
        service.seen = [visit(name)]
        for path in ("/people", f"{PLACE}/merge?into={ALICE.id}"):
            page = look(owner, path)
            assert name in page.text
            assert not page.all("script")[2:]

    @pytest.mark.parametrize(
        ("name", "letters"),
        [("Alice", "A"), ("zoë von Müller", "ZM"), ("אליס בנת", "אב"), ("李雷", "李"), ("(Bob) 2", "B2")],
    )
    def test_who_has_no_picture_has_letters(
        self, owner: Owner, service: FakeService, name: str, letters: str
    ) -> None:
        service.enrolled = {ALICE.id: Person(ALICE.id, name)}
        (initials,) = (
            tag for tag in look(owner, "/people").all("span") if "initials" in tag.attributes.get("class", "")
        )
        assert initials.text == letters

    def test_a_name_without_letters_has_a_sign(self, owner: Owner, service: FakeService) -> None:
        service.enrolled = {ALICE.id: Person(ALICE.id, "🦊")}
        (sign,) = (tag for tag in look(owner, "/people").all("span") if "initials" in tag.attributes.get("class", ""))
        assert [tag.name for tag in sign.inner] == ["svg", "use"]


class TestPerson:
    """`/people/<id>`."""

    def test_all_that_is_known_is_shown(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit("Alice")]
        page = look(owner, PLACE)
        assert page.headings[0] == "Alice"
        for said in ("uploaded", "Good", "0.81", "similarity 0.71", "7 visits are kept", "Mixed up with others"):
            assert said in page.text
        assert page.links["Last visits"] == f"/visits?person={ALICE.id}"
        assert page.links["Add pictures"] == f"/enrol/upload?person={ALICE.id}"
        assert page.links["Forget"] == f"{PLACE}/forget"

    @pytest.mark.parametrize(
        ("concern", "said"),
        [
            (Concern(Need.NO_SAMPLE), "does not know this face"),
            (Concern(Need.FEW_SAMPLES), "With 2 pictures"),
            (Concern(Need.OLD_SAMPLES), "over three years old"),
            (
                Concern(Need.WANING, similarity=0.61, before=0.72),
                "a similarity of 0.61 in the last weeks, it was 0.72",
            ),
            (Concern(Need.LOOK_ALIKE, BOB), "told from Bob"),
        ],
    )
    def test_what_is_to_be_done_is_said(
        self, owner: Owner, service: FakeService, concern: Concern, said: str
    ) -> None:
        service.care.told[ALICE.id] = (concern,)
        assert said in " ".join(look(owner, PLACE).text.split())

    def test_whom_they_look_like_can_be_merged(self, owner: Owner, service: FakeService) -> None:
        service.care.told[ALICE.id] = (Concern(Need.LOOK_ALIKE, BOB),)
        links = [tag.attributes["href"] for tag in look(owner, PLACE).all("a")]
        assert f"{PLACE}/merge?into=b0b" in links
        assert "/sureness" in links

    def test_samples_come_in_parts(self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "samples", lambda _ref: [SAMPLE] * 1000)
        answer = owner.get(PLACE)
        assert len(answer.data) < 100_000
        assert len([tag for tag in read(answer.text).all("li") if tag.attributes.get("class") == "sample"]) == 24
        assert [tag for tag in read(answer.text).all("a") if tag.attributes.get("rel") == "next"]

    def test_counter_examples_stand_apart(self, owner: Owner) -> None:
        lists = [tag for tag in look(owner, PLACE).all("ul") if tag.attributes.get("class") == "samples"]
        assert [["0.81" in each.text, "0.50" in each.text] for each in lists] == [[True, False], [False, True]]

    def test_a_name_familiarity_and_groups_are_changed_together(self, owner: Owner, service: FakeService) -> None:
        form = {"name": "Alicia", "familiar": "1", "group": ["g2", "g3"], "version": VERSION}
        answer = owner.post(PLACE, data=form)
        assert (answer.status_code, answer.location) == (303, PLACE)
        assert ("change", ALICE.id, "Alicia", True, ["g2", "g3"], VERSION) in service.asked
        assert "Saved: Alicia" in look(owner, PLACE).message

    def test_somebody_else_was_faster(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(PLACE, data={"name": "Alicia", "version": "another"}, headers={"HX-Request": "true"})
        assert answer.status_code == 412
        assert "Somebody changed them" in answer.text
        assert service.enrolled[ALICE.id].name == "Alice"

    def test_a_name_that_is_refused_is_said_where_it_was_typed(self, owner: Owner, service: FakeService) -> None:
        service.error = LookAlikeName("It looks like “Bob”.")
        form = {"name": "B\u043eb", "version": VERSION}
        answer = owner.post(PLACE, data=form, headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert "It looks like “Bob”." in answer.text

    def test_nobody_of_this_id(self, owner: Owner) -> None:
        assert "Nobody is called" in look(owner, "/people/nobody", status=404).text

    def test_what_is_missing_from_the_form_is_said(self, owner: Owner) -> None:
        answer = owner.post(PLACE, data={"name": "Alicia"})
        assert answer.status_code == 400
        assert "version" in answer.text


class TestMerge:
    """`/people/<id>/merge`."""

    def test_the_other_is_chosen_by_search(self, owner: Owner, service: FakeService) -> None:
        crowd(service, 2)
        page = look(owner, f"{PLACE}/merge?q=person")
        hrefs = [tag.attributes["href"] for tag in page.all("a") if "into=" in tag.attributes.get("href", "")]
        assert hrefs == [f"{PLACE}/merge?into=id-0000", f"{PLACE}/merge?into=id-0001"]
        assert "Alice" not in names(look(owner, f"{PLACE}/merge"))[1:]

    def test_what_happens_is_said_before(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        text = " ".join(look(owner, f"{PLACE}/merge?into=b0b").text.split())
        for said in ("2 pictures go over to Bob", "7 visits will be those of Bob", "can be undone for 24 hours"):
            assert said in text

    def test_it_is_done_and_can_be_undone_at_once(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.enrolled[BOB.id] = BOB
        monkeypatch.setattr(
            service, "merge", lambda *asked, **more: service.asked.append((*asked, more)) or Removal(BOB, MERGE)
        )
        answer = owner.post(f"{PLACE}/merge", data={"into": "b0b", "version": VERSION})
        assert (answer.status_code, answer.location) == (303, "/people/b0b")
        assert service.asked[-1] == (ALICE.id, "b0b", {"expected": VERSION})
        page = look(owner, "/people/b0b")
        assert "Alice is now part of Bob." in page.message
        assert [form.attributes["action"] for form in page.ids["message"].inner if form.name == "form"] == [
            "/undo/u1"
        ]

    def test_one_who_was_changed_meanwhile_is_not_merged(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        answer = owner.post(f"{PLACE}/merge", data={"into": "b0b", "version": "old"})
        assert answer.status_code == 412
        assert ALICE.id in service.enrolled


class TestForget:
    """`/people/<id>/forget` and `/people/forget`."""

    def test_what_is_deleted_is_said_before(self, owner: Owner) -> None:
        text = look(owner, f"{PLACE}/forget").text
        assert "2 samples of the face" in text
        assert "7 visits" in text

    def test_it_must_be_meant(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(f"{PLACE}/forget", data={"version": VERSION})
        assert answer.status_code == 400
        assert "Tick the box first" in answer.text
        assert ALICE.id in service.enrolled

    def test_there_is_a_receipt(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(f"{PLACE}/forget", data={"version": VERSION, "sure": "1"})
        assert answer.status_code == 200
        page = read(answer.text)
        assert page.headings[0] == "Alice is forgotten"
        facts = [
            (tag.inner[0].text, tag.inner[1].text)
            for tag in page.all("div")
            if [t.name for t in tag.inner][:2] == ["dt", "dd"]
        ]
        assert facts[0] == ("Was known as", ALICE.id)
        assert facts[2:] == [("Samples", "2"), ("Pictures", "1"), ("Visits", "7"), ("Backups written anew", "0")]
        assert ("forget", ALICE.id, VERSION) in service.asked

    def test_one_who_was_changed_meanwhile_is_not_forgotten(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(f"{PLACE}/forget", data={"version": "old", "sure": "1"})
        assert answer.status_code == 412
        assert ALICE.id in service.enrolled

    def test_everybody_is_forgotten_with_a_receipt(self, owner: Owner, service: FakeService) -> None:
        kept = len(service.backups.all())
        assert f"{kept} backup" in look(owner, "/people/forget").text
        assert owner.post("/people/forget", data={}).status_code == 400
        assert ("forget all",) not in service.asked
        answer = owner.post("/people/forget", data={"sure": "1"})
        assert answer.status_code == 200
        assert read(answer.text).headings[0] == "Everybody is forgotten"
        assert "Backups deleted" in answer.text

    def test_that_everybody_was_forgotten_is_recorded(self, owner: Owner, service: FakeService) -> None:
        owner.post("/people/forget", data={"sure": "1"})
        assert service.access.deeds()[0].action == "forget_everybody"

    def test_everybody_takes_the_password_anew(self, owner: Owner, service: FakeService) -> None:
        service.clock.advance(301)
        answer = owner.get("/people/forget")
        assert (answer.status_code, answer.location) == (303, "/confirm?next=/people/forget")
        answer = owner.post("/people/forget", data={"sure": "1"})
        assert answer.status_code == 303
        assert ("forget all",) not in service.asked


class TestSamples:
    """What is done to samples, and undone."""

    def test_a_sample_is_removed_and_that_can_be_undone(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(f"{PLACE}/samples/s0/delete")
        assert (answer.status_code, answer.location) == (303, PLACE)
        assert ("delete", ALICE.id, "s0") in service.asked
        page = look(owner, PLACE)
        assert "The picture is removed." in page.message
        assert [form.attributes["action"] for form in page.ids["message"].inner if form.name == "form"] == [
            f"/undo/{UNDO.id}"
        ]
        owner.post(f"/undo/{UNDO.id}")
        assert ("undo", UNDO.id) in service.asked

    def test_where_it_cannot_be_undone_it_is_asked_first(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.directory = directory(service, undo_hours=0)
        monkeypatch.setattr(service.undos, "all", list)
        page = look(owner, PLACE)
        (asked, _) = (tag for tag in page.all("details") if tag.attributes.get("class") == "danger")
        assert "This cannot be undone" in asked.text
        assert "Nothing can be undone" in look(owner, "/people/undo").headings

    def test_one_that_was_set_aside_is_used_again(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "samples", lambda _ref: [ASIDE])
        actions = [form.attributes["action"] for form in look(owner, PLACE).forms]
        assert f"{PLACE}/samples/s1/restore" in actions
        assert owner.post(f"{PLACE}/samples/s1/restore").location == PLACE
        assert ("restore", ALICE.id, "s1") in service.asked

    def test_a_picture_of_somebody_else_is_a_counter_example(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post(
            f"{PLACE}/counter-examples", data={"image": [(BytesIO(b"x"), "a.jpg"), (BytesIO(b"y"), "b.jpg")]}
        )
        assert (answer.status_code, answer.location) == (303, PLACE)
        assert ("add", ALICE.id, "negative", [("a.jpg", b"x"), ("b.jpg", b"y")], "upload", False) in service.asked
        assert "these 2 are not Alice" in look(owner, PLACE).message

    def test_what_can_be_undone_is_listed_with_the_time_that_is_left(self, owner: Owner) -> None:
        page = look(owner, "/people/undo")
        assert "Robert was merged into Bob" in " ".join(page.text.split())
        assert [form.attributes["action"] for form in page.forms if "/undo/" in form.attributes["action"]] == [
            "/undo/u1"
        ]

    def test_an_undone_change_leads_to_whose_it_is(self, owner: Owner, service: FakeService) -> None:
        assert owner.post("/undo/u1").location == "/people/b0b"
        service.enrolled[BOB.id] = BOB
        assert "This is Bob" in look(owner, "/people/b0b").message


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (f"{PLACE}/merge", Scope.ENROL),
        (f"{PLACE}/forget", Scope.ENROL),
        ("/people/forget", Scope.ENROL),
        (f"{PLACE}/samples/s0/delete", Scope.ENROL),
        (f"{PLACE}/counter-examples", Scope.READ),
    ],
)
def test_a_token_of_too_small_a_scope_changes_nothing(
    bearer: Callable[[Scope], FlaskClient], service: FakeService, path: str, scope: Scope
) -> None:
    before = dict(service.enrolled)
    assert bearer(scope).post(path, data={"sure": "1"}).status_code in (401, 403)
    assert service.enrolled == before


@pytest.mark.parametrize("path", ["/people", PLACE, f"{PLACE}/merge", f"{PLACE}/forget", "/people/undo"])
def test_pages_speak_german(owner: Owner, path: str) -> None:
    german, english = look(owner, path, "de").text, look(owner, path, "en").text
    assert german != english


def test_a_person_who_is_gone_meanwhile_is_told(owner: Owner, service: FakeService) -> None:
    service.error = NoSuchPerson("Nobody is called so.")
    assert owner.post(f"{PLACE}/samples/s0/delete").status_code == 404


def test_groups_that_a_camera_is_limited_to_are_told(owner: Owner, service: FakeService) -> None:
    service.directory = directory(service, "The family")
    assert "The camera porch looks for the people of this group only." in look(owner, "/groups/g1").text
