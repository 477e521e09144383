# SPDX-License-Identifier: Apache-2.0
"""The pages of enrolment, over a service that is none."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support_enrol import ALL, BEGUN, HALF, SESSION, TWIN
from support_names import HOSTILE_NAMES
from support_pages import read
from support_web import ALICE, FOUND, STRANGER, live_view

from daemon.errors import BadArchive, BadName, DoorBusy, DuplicatePhoto, LookAlikeName, NoSuchRegion
from daemon.types import Person, Pose, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from support_owner import Owner
    from support_pages import Page, Tag
    from support_web import FakeService

HERE = f"/enrol/door/{SESSION}"
SCRIPT = {"HX-Request": "true"}
"""What the page's own script sends with its requests."""
ONE, TWO = [FOUND], [FOUND, STRANGER]


def look(owner: Owner, path: str, status: int = 200, language: str = "en") -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.text
    return read(answer.text)


def upload(owner: Owner, *files: str, name: str = "Bob", **headers: str) -> Any:
    image = [(io.BytesIO(b"JPEG" if file else b""), file) for file in files]
    return owner.post("/enrol/upload", data={"name": name, "image": image}, headers=headers)


def said(page: Page) -> list[tuple[str, str]]:
    """What became of each picture."""
    return [
        (tag.attributes["data-state"], " ".join(tag.text.split()))
        for tag in page.all("div")
        if "data-state" in tag.attributes
    ]


def fields(form: Tag) -> dict[str, str]:
    inputs = [tag.attributes for tag in form.inner if tag.name == "input"]
    return {field["name"]: field["value"] for field in inputs if field["name"] != "csrf"}


class TestChoose:
    """`/enrol`."""

    def test_four_ways_lead_on(self, owner: Owner) -> None:
        page = look(owner, "/enrol")
        ways = {name: tag.attributes["href"] for name, tag in page.ids.items() if name.startswith("way-")}
        assert ways == {
            "way-upload": "/enrol/upload",
            "way-door": "/enrol/door",
            "way-unknowns": "/unknowns",
            "way-import": "/import",
        }

    def test_is_for_whoever_may_enrol(self, bearer: Callable[[Scope], FlaskClient]) -> None:
        for path in ("/enrol", "/enrol/upload", "/enrol/door", "/import"):
            assert bearer(Scope.READ).get(path).status_code == 403
            assert bearer(Scope.ENROL).get(path).status_code == 200


class TestWho:
    """Whose pictures they are."""

    @pytest.mark.parametrize("path", ["/enrol/upload", "/enrol/door"])
    def test_those_who_are_there_are_offered(self, owner: Owner, service: FakeService, path: str) -> None:
        for name in HOSTILE_NAMES:
            service.enrolled[name] = Person(name, name)
        page = look(owner, path)
        assert [tag.attributes["value"] for tag in page.all("option")] == ["Alice", *HOSTILE_NAMES]
        assert page.ids["name"].attributes["value"] == ""

    @pytest.mark.parametrize("path", ["/enrol/upload", "/enrol/door"])
    def test_one_may_be_chosen_already(self, owner: Owner, path: str) -> None:
        page = look(owner, f"{path}?person={ALICE.id}")
        assert page.ids["name"].attributes["value"] == "Alice"
        assert "Alice is there already" in page.ids["name-hint"].text
        assert look(owner, f"{path}?person=nobody", 404)


class TestUpload:
    """`/enrol/upload`."""

    def test_a_picture_with_one_face_is_taken_and_its_quality_told(self, owner: Owner, service: FakeService) -> None:
        service.faces = ONE
        page = read(upload(owner, "a.jpg").text)
        assert said(page) == [("taken", "Taken. Quality: Good")]
        assert ("label", "r0", "Bob", "positive", "upload", False) in service.asked
        assert page.links["See this person"] == "/people/id-1"

    def test_each_of_several_gets_its_answer(self, owner: Owner, service: FakeService) -> None:
        service.faces = ONE
        page = read(upload(owner, "a.jpg", "broken.jpg", "c.jpg").text)
        assert [state for state, _ in said(page)] == ["taken", "refused", "taken"]
        assert "broken.jpg is damaged" in said(page)[1][1]
        assert [tag.text for tag in page.all("p") if "file" in tag.attributes.get("class", "")] == [
            "a.jpg",
            "broken.jpg",
            "c.jpg",
        ]

    def test_no_face_and_a_poor_one_are_told_and_the_poor_one_can_be_taken(
        self, owner: Owner, service: FakeService
    ) -> None:
        service.faces = []
        assert "No face was found" in said(read(upload(owner, "a.jpg").text))[0][1]
        service.faces, service.photos.flawed = ONE, True
        page = read(upload(owner, "a.jpg").text)
        assert said(page)[0][1].startswith("The face is blurred or grainy: hold still")
        (form,) = [form for form in page.forms if form.attributes["action"] == "/enrol/face"]
        assert fields(form) == {"name": "Bob", "region": "r0", "title": "a.jpg", "force": "1"}
        forced = owner.post("/enrol/face", data=fields(form))
        assert said(read(forced.text)) == [("taken", "Taken.")]
        assert ("label", "r0", "Bob", "positive", "upload", True) in service.asked

    def test_of_several_faces_one_is_chosen(self, owner: Owner, service: FakeService) -> None:
        service.faces = TWO
        page = read(upload(owner, "a.jpg").text)
        assert said(page)[0][0] == "choose"
        choices = [form for form in page.forms if form.attributes["action"] == "/enrol/face"]
        assert [fields(form)["region"] for form in choices] == ["r1", "r0"]  # from left to right
        assert all(len(form.attributes["data-box"].split()) == 4 for form in choices)
        buttons = [tag for form in choices for tag in form.inner if tag.name == "button"]
        assert [tag.attributes["aria-label"] for tag in buttons] == ["Face 1 of 2", "Face 2 of 2"]
        assert not any(call[0] == "label" for call in service.asked)
        owner.post("/enrol/face", data=fields(choices[0]))
        assert ("label", "r1", "Bob", "positive", "upload", False) in service.asked

    @pytest.mark.parametrize(
        ("error", "again"), [(DuplicatePhoto("It is there already."), True), (NoSuchRegion("It is too late."), False)]
    )
    def test_why_a_face_is_refused_is_told(
        self, owner: Owner, service: FakeService, error: Exception, again: bool
    ) -> None:
        service.photos.refuses = error
        page = read(owner.post("/enrol/face", data={"name": "Bob", "region": "r0"}).text)
        assert said(page)[0][1].startswith(str(error))
        assert bool([form for form in page.forms if form.attributes["action"] == "/enrol/face"]) is again

    @pytest.mark.parametrize("error", [BadName("The name is empty."), LookAlikeName("It looks like “Alice”.")])
    def test_a_name_that_cannot_be_is_told_once(self, owner: Owner, service: FakeService, error: Exception) -> None:
        service.error = error
        answer = upload(owner, "a.jpg", "b.jpg", **SCRIPT)
        assert answer.status_code == error.http_status
        assert answer.headers["HX-Retarget"] == "#message"
        assert str(error) in answer.text

    def test_a_script_gets_the_answer_alone_and_asks_again_safely(self, owner: Owner, service: FakeService) -> None:
        service.faces = ONE
        answer = upload(owner, "a.jpg", **SCRIPT, **{"Idempotency-Key": "k1"})
        assert "<html" not in answer.text
        (box,) = [tag.attributes for tag in read(answer.text).all("div") if "data-state" in tag.attributes]
        assert (box["data-name"], box["data-person"]) == ("Bob", "/people/id-1")
        key = service.asked[-1][-1]
        assert key.endswith("/k1")
        assert upload(owner, "a.jpg", "b.jpg", **{"Idempotency-Key": "k2"}).status_code == 400

    def test_without_a_picture_that_is_said(self, owner: Owner) -> None:
        answer = upload(owner, "")
        assert (answer.status_code, "Choose a picture first." in answer.text) == (400, True)

    def test_names_stay_text(self, owner: Owner, service: FakeService) -> None:
        service.faces = TWO
        for name in HOSTILE_NAMES:
            page = read(upload(owner, "a.jpg", name=name).text)
            assert {fields(form)["name"] for form in page.forms if form.attributes["action"] == "/enrol/face"} == {
                name
            }
            assert name in " ".join(page.headings) or name.split() == " ".join(page.headings).split()[2:]

    def test_it_works_in_german(self, owner: Owner, service: FakeService) -> None:
        service.faces, service.photos.flawed = ONE, True
        answer = upload(owner, "a.jpg", **{"Accept-Language": "de"})
        assert "Das Gesicht ist unscharf" in said(read(answer.text))[0][1]


class TestDoor:
    """`/enrol/door`."""

    def test_somebody_begins(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/enrol/door", data={"name": "Bob"})
        assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
        assert service.asked[-1] == ("door", "Bob", False)

    def test_who_is_in_the_way_is_told_and_may_be_taken_over(self, owner: Owner, service: FakeService) -> None:
        assert "take_over" not in owner.get("/enrol/door").text
        service.door.others = True
        page = look(owner, "/enrol/door")
        assert "Somebody is being enrolled" in page.text
        assert [tag for tag in page.all("input") if tag.attributes.get("name") == "take_over"]
        owner.post("/enrol/door", data={"name": "Bob", "take_over": "1"})
        assert service.asked[-1] == ("door", "Bob", True)
        service.error = DoorBusy("Somebody is there.")
        busy = owner.post("/enrol/door", data={"name": "Bob"}, headers=SCRIPT)
        assert busy.headers["HX-Redirect"] == "/enrol/door"

    def test_a_camera_that_gives_nothing_or_is_the_demo_is_said(self, owner: Owner, service: FakeService) -> None:
        assert "The camera gives no picture" in look(owner, "/enrol/door").text
        service.view = replace(live_view(), simulated=True)
        assert "This is the demo" in look(owner, "/enrol/door").text
        service.view = live_view()
        assert not {"demo", "no picture"} & set(look(owner, "/enrol/door").text.split())

    def test_the_guide_shows_what_to_do_and_what_is_there(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, HERE)
        assert page.headings == ["Bob at the door"]
        assert page.ids["cue"].text == "Stay like that"
        guide = page.ids["guide"].attributes
        assert (guide["data-wanted"], guide["data-look"]) == ("right", f"/door/{SESSION}/look")
        shots = {tag.attributes["data-pose"]: tag for tag in page.all("li") if "data-pose" in tag.attributes}
        assert {pose: tag.attributes["class"] for pose, tag in shots.items()} == {
            "front": "taken",
            "left": "taken",
            "right": "wanted",
            "up": "",
        }
        texts = json.loads(page.ids["texts"].text)
        assert texts["cues"]["closer"] == ["Come closer", "The face is too small."]
        assert "hidden" not in page.ids["enough"].attributes

    def test_before_anything_is_taken_there_is_no_end_but_to_stop(self, owner: Owner, service: FakeService) -> None:
        service.door.now = BEGUN
        assert "hidden" in look(owner, HERE).ids["enough"].attributes
        answer = owner.post(f"{HERE}/end")
        assert (answer.headers["Location"], service.door.now) == ("/enrol", None)
        assert owner.post(f"{HERE}/end").status_code == 303
        assert "has ended" in look(owner, HERE, 404).text

    @pytest.mark.parametrize(("state", "path", "count"), [(ALL, HERE, 4), (HALF, f"{HERE}?review=1", 2)])
    def test_at_the_end_there_is_a_last_look(
        self, owner: Owner, service: FakeService, state: Any, path: str, count: int
    ) -> None:
        service.door.now = state
        page = look(owner, path)
        assert page.headings == ["Bob: a last look"]
        shown = [tag.attributes["src"] for tag in page.all("img") if "/shots/" in tag.attributes["src"]]
        assert len(shown) == count
        assert owner.get(shown[0]).mimetype == "image/jpeg"
        assert f"Add these {count} pictures" in page.text
        assert ("Take more" in page.text) is (state is HALF)

    def test_a_shot_is_taken_again(self, owner: Owner, service: FakeService) -> None:
        service.door.now = ALL
        answer = owner.post(f"{HERE}/again", data={"pose": "left"})
        assert answer.headers["Location"] == HERE
        assert service.asked[-1] == ("retake", SESSION, Pose.LEFT)

    def test_all_are_enrolled_and_the_person_is_shown(self, owner: Owner, service: FakeService) -> None:
        service.door.now = ALL
        answer = owner.post(f"{HERE}/enrol", data={"version": ALL.version})
        assert answer.headers["Location"] == "/people/id-1"

    def test_only_what_the_last_look_was_at_is_enrolled(self, owner: Owner, service: FakeService) -> None:
        service.door.now = ALL
        (form,) = [form for form in look(owner, HERE).forms if form.attributes["action"] == f"{HERE}/enrol"]
        service.door.now = replace(ALL, version=ALL.version + 2)
        late = owner.post(f"{HERE}/enrol", data=fields(form), headers=SCRIPT)
        assert (late.status_code, late.headers["HX-Retarget"]) == (412, "#message")
        assert service.enrolled.keys() == {ALICE.id}
        assert owner.post(f"{HERE}/enrol").status_code == 400

    def test_why_a_shot_was_refused_stands_beside_it(self, owner: Owner, service: FakeService) -> None:
        service.door.now, service.door.refuses = ALL, {Pose.LEFT: TWIN}
        answer = owner.post(f"{HERE}/enrol", data={"version": ALL.version})
        page = look(owner, answer.headers["Location"])
        assert "1 picture was not taken" in page.text
        rows = {tag.attributes["data-pose"]: tag.text for tag in page.all("li") if "data-pose" in tag.attributes}
        assert str(TWIN) in rows["left"]
        assert ("Take again" in rows["left"], "Take again" in rows["front"]) == (True, False)
        forced = owner.post(f"{HERE}/enrol", data={"version": ALL.version, "force": "1"})
        assert forced.headers["Location"] == "/people/id-1"

    def test_without_a_script_the_camera_looks_at_the_press_of_a_button(
        self, owner: Owner, service: FakeService
    ) -> None:
        assert "Look now" in look(owner, HERE).text
        assert owner.post(f"{HERE}/look").headers["Location"] == HERE
        assert service.asked[-1] == ("look", SESSION)


class TestImport:
    """`/import`."""

    def test_an_archive_becomes_a_job(self, owner: Owner, service: FakeService) -> None:
        archive = (io.BytesIO(b"PK"), "people.zip")
        answer = owner.post("/import", data={"archive": archive, "force": "1"}, headers=SCRIPT)
        assert answer.headers["HX-Redirect"] == "/jobs/11112222"
        assert ("import_zip", b"PK", True) in service.asked

    def test_without_a_file_or_with_a_bad_one_that_is_said(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/import", data={"archive": (io.BytesIO(b""), "")})
        assert (answer.status_code, "Choose a zip file first." in answer.text) == (400, True)
        service.error = BadArchive("That is no zip.")
        answer = owner.post("/import", data={"archive": (io.BytesIO(b"x"), "a.zip")}, headers=SCRIPT)
        assert (answer.status_code, "That is no zip." in answer.text) == (422, True)
