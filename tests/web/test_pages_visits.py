# SPDX-License-Identifier: Apache-2.0
"""The pages of past visits, over a service that is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support_groups import BOB
from support_pages import read
from support_web import ACCOUNT, ALICE, NOW, SAMPLE, STATUS, UNKNOWN, visit

from daemon.errors import NoFaceKept, NoSuchVisit, OtherPerson
from daemon.types import Account, Ending, Outcome, Person, Replay, Rerun, Sighting, Trial
from web_admin.pages import days

if TYPE_CHECKING:
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService

OF_ALICE = visit(person=ALICE)
STRANGE = visit(None, sighting_id="5e2")


def look(owner: Owner, path: str, language: str = "en", status: int = 200) -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status
    return read(answer.text)


def words(page: Page) -> str:
    return " ".join(page.text.split())


def account(**numbers: Any) -> Account:
    return replace(ACCOUNT, numbers={**ACCOUNT.numbers, **numbers})


def asked(service: FakeService) -> tuple[Any, ...]:
    """The last question for a list of visits."""
    return next(call for call in reversed(service.asked) if call[0] == "recent")


class TestList:
    """`/visits`."""

    def test_by_day_with_what_marks_them(self, owner: Owner, service: FakeService) -> None:
        postman = Person("p", "Postman", familiar=True)
        old = {"started_at": NOW - timedelta(days=2), "ended_at": NOW - timedelta(days=2) + timedelta(seconds=75)}
        service.seen = [
            visit(person=ALICE, simulated=True, clock_synced=False),
            STRANGE,
            visit(person=postman, outcome=Outcome.FAMILIAR, sighting_id="5e3", **old),
        ]
        page = look(owner, "/visits")
        headings = [tag.text for tag in page.all("h2")]
        assert len(headings) == 2
        assert all(text in words(page) for text in ("Alice", "simulated", "clock not set", "somebody unknown"))
        assert "familiar" in page.text
        assert "1\xa0min\xa015\xa0s, camera main" in page.text
        links = [link for link in page.links.values() if link.startswith("/visits/")]
        assert links == ["/visits/5e1", "/visits/5e2", "/visits/5e3"]

    def test_today_is_called_so(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit(started_at=datetime.now(UTC))]
        assert "Today" in look(owner, "/visits").headings
        assert "Heute" in look(owner, "/visits", "de").headings

    def test_nothing_is_asked_for(self, owner: Owner, service: FakeService) -> None:
        look(owner, "/visits?person=&outcome=&first=&last=&corrected=&zone=")
        assert asked(service) == ("recent", 41, None, None, None)

    def test_filters(self, owner: Owner, service: FakeService) -> None:
        query = f"person={ALICE.id}&outcome=unknown&first=2026-03-28&last=2026-03-29&corrected=1&zone=Europe/Berlin"
        page = look(owner, f"/visits?{query}")
        assert asked(service) == (
            "recent", 41, None, ALICE.id, Outcome.UNKNOWN,
            {
                "since": datetime(2026, 3, 27, 23, tzinfo=UTC), "until": datetime(2026, 3, 29, 22, tzinfo=UTC),
                "corrected": True,
            },
        )  # fmt: skip
        assert "No such visit" in page.headings
        (first,) = (tag for tag in page.all("input") if tag.attributes.get("name") == "first")
        assert first.attributes["value"] == "2026-03-28"
        assert page.links["Known"].startswith("/visits?person=")
        assert "outcome=identified" in page.links["Known"]
        assert "first=2026-03-28" in page.links["Known"]

    @pytest.mark.parametrize(
        "query", ["outcome=rubbish", "first=yesterday", "first=0001-01-01", "last=9999-12-31", "corrected=7"]
    )
    def test_filters_that_are_wrong(self, owner: Owner, service: FakeService, query: str) -> None:
        assert "must be" in look(owner, f"/visits?{query}", status=400).text
        assert not [call for call in service.asked if call[0] == "recent"]

    @pytest.mark.parametrize("zone", ["Nowhere/Else", "../../etc/passwd", "/", "x" * 60, "Europe"])
    def test_a_time_zone_that_there_is_not_is_this_machine_s(
        self, owner: Owner, service: FakeService, zone: str
    ) -> None:
        look(owner, f"/visits?first=2026-11-21&zone={zone}")
        assert asked(service)[-1] == {"since": datetime(2026, 11, 21).astimezone()}

    def test_nobody_of_that_name(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, "/visits?person=Nobody+here")
        assert "Nobody of this name" in page.headings
        assert not [call for call in service.asked if call[0] == "recent"]

    def test_in_parts(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit(sighting_id=f"v{number:03}") for number in range(60)]
        page = look(owner, "/visits?outcome=identified")
        assert page.links["Older"] == "/visits?after=v039&outcome=identified"
        older = look(owner, page.links["Older"])
        assert asked(service)[2] == "v039"
        assert older.links["Newer"] == "/visits?outcome=identified"
        assert "hx-get" not in older.ids["visits"].attributes

    def test_with_many_people_names_are_suggested(self, owner: Owner, service: FakeService) -> None:
        for number in range(1000):
            service.enrolled[f"id-{number}"] = Person(f"id-{number}", f"Person {number:04}")
        page = look(owner, f"/visits?person={ALICE.id}")
        assert "person" not in {tag.attributes.get("name") for tag in page.all("select")}
        (name,) = (tag for tag in page.all("input") if tag.attributes.get("name") == "person")
        assert name.attributes["value"] == "Alice"
        assert len(owner.get("/visits").data) < 100_000
        names = [tag.attributes["value"] for tag in look(owner, "/visits/names?person=0007").all("option")]
        assert names == ["Person 0007"]

    def test_nobody_has_come_yet(self, owner: Owner) -> None:
        page = look(owner, "/visits?zone=Europe/Berlin")
        assert "Nobody has come yet" in page.headings
        assert page.links["Look at the door"] == "/"


class TestLive:
    """The list asks for itself."""

    def test_only_something_new_is_sent(self, owner: Owner, service: FakeService) -> None:
        service.seen = [OF_ALICE]
        refresh = look(owner, "/visits?outcome=identified").ids["visits"].attributes["hx-get"]
        assert owner.get(refresh).status_code == 204
        service.seen = [STRANGE, OF_ALICE]
        answer = owner.get(refresh)
        part = read(answer.text)
        assert answer.status_code == 200
        assert part.all("html") == []
        assert "/visits/5e2" in part.links.values()
        assert "newest=5e2" in part.ids["visits"].attributes["hx-get"]
        assert "outcome=identified" in part.ids["visits"].attributes["hx-get"]

    def test_the_first_one_ever(self, owner: Owner, service: FakeService) -> None:
        refresh = look(owner, "/visits").ids["visits"].attributes["hx-get"]
        assert owner.get(refresh).status_code == 204
        service.seen = [OF_ALICE]
        assert owner.get(refresh).status_code == 200


class TestVisit:
    """`/visits/<ref>`."""

    def test_why_in_words_then_in_figures(self, owner: Owner, service: FakeService) -> None:
        service.seen = [OF_ALICE]
        text = words(look(owner, "/visits/5e1"))
        assert "whod is very sure." in text
        assert "Enough looks agreed, and all together were clearly more like Alice than is required." in text
        assert "Alice is similar enough: 0.71 where 0.55 is required, and 0.29 ahead of anybody else" in text
        assert "1 of one look said Alice" in text or "1 of 6 looks said Alice; 5 are needed." in text
        assert "nearest counter-example 0.10" in text
        assert text.index("whod is very sure.") < text.index("Similarity, all looks together")

    @pytest.mark.parametrize(
        ("numbers", "sentence"),
        [
            ({"similarity": 0.60}, "whod is sure."),
            ({"similarity": 0.56}, "whod is just sure enough."),
            ({"reason": "below_threshold", "similarity": 0.53}, "Nearly recognised, but not enough."),
            ({"reason": "below_threshold", "similarity": 0.1}, "Like nobody whom whod knows."),
            ({"reason": "taken"}, "whod would rather not say who it was."),
        ],
    )
    def test_how_sure_it_is(self, owner: Owner, service: FakeService, numbers: dict[str, Any], sentence: str) -> None:
        service.seen, service.visits.accounts = [OF_ALICE], [account(**numbers)]
        assert sentence in words(look(owner, "/visits/5e1"))

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_every_reason_and_rule_can_be_told(self, owner: Owner, service: FakeService, language: str) -> None:
        reasons = (
            "accepted", "empty_gallery", "below_threshold", "too_close_to_second", "counter_example", "taken",
            "other_group",
        )  # fmt: skip
        rules = ("sure", "patient", "hopeless", "time_is_up", "left", "not_yet", "no_longer")
        kinds = ("identified", "familiar", "unknown", "retracted", "sighting")
        service.seen = [STRANGE]
        for number, reason in enumerate(reasons):
            numbers = {
                "reason": reason, "rule": rules[number], "event_type": kinds[number % 5],
                "candidates": [] if reason == "empty_gallery" else ACCOUNT.numbers["candidates"],
                "about": None if reason == "empty_gallery" else 1,
            }  # fmt: skip
            service.visits.accounts = [account(**numbers), account(**numbers), ACCOUNT]
            look(owner, "/visits/5e2", language)

    def test_somebody_who_was_forgotten_has_no_name(self, owner: Owner, service: FakeService) -> None:
        forgotten = {"person_id": None, "name": None, "similarity": 0.7, "votes": 3, "required": 0.6, "counter": None}
        service.seen = [STRANGE]
        service.visits.accounts = [account(person_id=None, candidates=[forgotten])]
        assert "somebody since forgotten" in look(owner, "/visits/5e2").text

    def test_a_visit_that_was_put_right_says_so(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit(person=BOB)]
        page = look(owner, "/visits/5e1")
        assert "has been put right since" in page.text
        assert "very sure" not in page.text
        service.seen = [OF_ALICE]
        assert "has been put right since" not in look(owner, "/visits/5e1").text

    def test_the_reasons_tell_of_whom_it_was_taken_for(self, owner: Owner, service: FakeService) -> None:
        """Not of whom it was given to, who may be a candidate as well."""
        bob = {**ACCOUNT.numbers["candidates"][0], "person_id": BOB.id, "name": "Bob", "similarity": 0.5, "votes": 1}
        service.seen = [visit(person=BOB)]
        service.visits.accounts = [
            account(
                event_type="sighting", person_id=BOB.id, name="Bob", corrected=True,
                candidates=[*ACCOUNT.numbers["candidates"], bob],
            ),
        ]  # fmt: skip
        text = words(look(owner, "/visits/5e1"))
        assert "Alice is similar enough: 0.71" in text
        assert "Bob is similar enough" not in text

    def test_what_whod_itself_took_back_was_not_put_right(self, owner: Owner, service: FakeService) -> None:
        service.seen = [visit(None)]
        service.visits.accounts = [
            account(),
            account(event_type="retracted", rule="no_longer"),
            account(event_type="sighting", person_id=None, rule="left", reason="below_threshold"),
        ]
        assert "has been put right since" not in look(owner, "/visits/5e1").text

    def test_a_visit_without_reasons(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def explain(_ref: str) -> list[Account]:
            raise NoSuchVisit("Too old.")

        monkeypatch.setattr(service.visits, "explain", explain)
        service.seen = [OF_ALICE]
        assert "not kept any more" in look(owner, "/visits/5e1").text

    def test_an_unknown_visitor_leads_to_naming(self, owner: Owner, service: FakeService) -> None:
        service.seen = [STRANGE, visit(None, sighting_id="5e9")]
        page = look(owner, "/visits/5e2")
        assert page.links["Say who it was"] == "/unknowns/5e2"
        assert UNKNOWN.sighting_ids == ("5e1", "5e2")
        assert "Say who it was" not in look(owner, "/visits/5e9").links

    def test_no_such_visit(self, owner: Owner) -> None:
        assert "Nothing is kept" in look(owner, "/visits/nothing", status=404).text


def rerun(sighting_id: str, now: Person | None, then: Person | None) -> Rerun:
    ends = [Ending(Outcome.of(person), person, 0.5, 0.55) for person in (now, then)]
    return Rerun(sighting_id, NOW, now, *ends)


class TestWrong:
    """Putting a visit right."""

    def test_who_it_was_can_be_chosen_or_typed(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        service.seen = [OF_ALICE]
        page = look(owner, "/visits/5e1/wrong")
        assert f"/visits/5e1/check?person_id={BOB.id}" in page.links.values()
        assert not [link for link in page.links.values() if ALICE.id in link]
        assert "Zoe is new here." in look(owner, "/visits/5e1/wrong?name=Zoe").text

    def test_what_it_would_change_is_told_before(self, owner: Owner, service: FakeService) -> None:
        service.enrolled[BOB.id] = BOB
        service.seen = [OF_ALICE]
        service.visits.report = Replay(
            40, 0,
            (
                rerun("5e1", ALICE, None), rerun("a", ALICE, None), rerun("b", ALICE, None), rerun("c", None, BOB),
                rerun("d", ALICE, BOB),
            ),
        )  # fmt: skip
        page = look(owner, "/visits/5e1/check")
        assert ("replay", Trial(40, disowned=((ALICE.id, "5e1"),))) in service.asked
        text = words(page)
        assert "A visit like this one would have been unknown." in text
        assert "2 visits of Alice would have been unknown." in text
        assert "One unknown visit would have been Bob." in text
        assert "One visit of Alice would have been Bob." in text
        assert "that it was tried on" not in text
        assert not [call for call in service.asked if call[0] in ("disown", "correct")]

    @pytest.mark.parametrize(("query", "who"), [(f"person_id={BOB.id}", BOB.id), ("name=+Zoe+", "Zoe")])
    def test_somebody_else(self, owner: Owner, service: FakeService, query: str, who: str) -> None:
        service.enrolled[BOB.id] = BOB
        service.seen, service.visits.report = [OF_ALICE], Replay(40, 0, ())
        page = look(owner, f"/visits/5e1/check?{query}")
        assert ("replay", Trial(40, corrected=((who, "5e1"),))) in service.asked
        assert "Of the 39 other visits that it was tried on none would have been different" in page.text
        assert "With a visit like this one it would have made no difference." in page.text
        (form,) = (form for form in page.forms if form.attributes["action"] == "/visits/5e1/correct")
        fields = {tag.attributes["name"]: tag.attributes["value"] for tag in form.inner if tag.name == "input"}
        assert fields["who"] == who

    @pytest.mark.parametrize("query", [f"person_id={ALICE.id}", "name=Alice"])
    def test_it_was_them_indeed(self, owner: Owner, service: FakeService, query: str) -> None:
        service.seen, service.visits.report = [OF_ALICE], Replay(1, 0, ())
        text = words(look(owner, f"/visits/5e1/check?{query}"))
        assert "Learn the best looks of this visit for Alice." in text
        assert "counter-example" not in text
        assert "becomes" not in text
        assert "that it was tried on" not in text

    def test_with_many_people_the_page_comes_before_what_takes_long(self, owner: Owner, service: FakeService) -> None:
        service.now, service.seen = replace(STATUS, samples=5000), [OF_ALICE]
        page = look(owner, "/visits/5e1/check?name=Zoe")
        assert not [call for call in service.asked if call[0] == "replay"]
        assert [form.attributes["action"] for form in page.forms if "visits" in form.attributes["action"]]
        (waiting,) = (tag.attributes["hx-get"] for tag in page.tags if tag.attributes.get("hx-trigger") == "load")
        told = "One unknown visit would have been Alice."
        service.visits.report = Replay(40, 0, (rerun("a", None, ALICE),))
        assert told in words(look(owner, waiting))
        assert told in words(look(owner, page.links["Show what it would have changed"]))

    def test_of_an_unknown_visit_nobody_is_left_to_ask_who_it_was(self, owner: Owner, service: FakeService) -> None:
        service.seen = [STRANGE]
        assert "Who was it?" in look(owner, "/visits/5e2/check").headings

    def test_it_is_done(self, owner: Owner, service: FakeService) -> None:
        service.seen = [OF_ALICE]
        answer = owner.post("/visits/5e1/disown", data={"person_id": ALICE.id})
        assert ("disown", ALICE.id, "5e1") in service.asked
        assert answer.headers["Location"] == "/visits/5e1"
        assert "2 more counter-examples" in look(owner, "/visits/5e1").message
        owner.post("/visits/5e1/correct", data={"who": "Zoe"})
        assert ("correct", "5e1", "Zoe") in service.asked
        assert look(owner, "/visits/5e1").message == "Put right: this was Alice, and whod has learned it."

    def test_without_a_face_nothing_can_be_put_right(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def replay(_trial: Trial) -> Replay:
            raise NoFaceKept("Nothing is kept of the face.")

        monkeypatch.setattr(service.visits, "replay", replay)
        service.seen = [OF_ALICE]
        answer = owner.get("/visits/5e1/check")
        assert answer.status_code >= 400
        assert "Nothing is kept of the face." in answer.text

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
    def test_a_picture_that_says_otherwise_can_be_looked_at(
        self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
    ) -> None:
        def disown(_person: str, _ref: str) -> None:
            raise OtherPerson("Nearly the same picture.", sample=(ALICE.id, SAMPLE.id))

        monkeypatch.setattr(service.visits, "disown", disown)
        service.seen = [OF_ALICE]
        answer = owner.post("/visits/5e1/disown", data={"person_id": ALICE.id}, headers=headers)
        assert answer.status_code == 409
        assert f'href="/people/{ALICE.id}#sample-{SAMPLE.id}"' in answer.text
        assert f'id="sample-{SAMPLE.id}"' in owner.get(f"/people/{ALICE.id}").text

    @pytest.mark.parametrize("path", ["disown", "correct"])
    def test_nothing_is_sent(self, owner: Owner, service: FakeService, path: str) -> None:
        service.seen = [OF_ALICE]
        assert owner.post(f"/visits/5e1/{path}", data={}).status_code == 400


def at(text: str) -> Sighting:
    return visit(started_at=datetime.fromisoformat(text))


def test_days_are_those_of_the_time_zone() -> None:
    visits = [at("2026-11-21T23:30:00Z"), at("2026-11-21T12:00:00Z"), at("2026-11-20T23:30:00Z")]
    berlin = days.by_day(visits, days.zone_of("Europe/Berlin"))
    assert [(day.date.day, len(day.visits)) for day in berlin] == [(22, 1), (21, 2)]
    assert [day.date.day for day in days.by_day(visits, UTC)] == [21, 20]
