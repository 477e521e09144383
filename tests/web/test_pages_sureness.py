# SPDX-License-Identifier: Apache-2.0
"""The page on how sure whod is, over a service that is none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from support_pages import read
from support_past import ALIKE, CAROL, SCORES
from support_web import ALICE, SAMPLE, STATUS

from daemon.errors import NoSuchPerson
from daemon.types import AlikeReport, Closeness, Pair, Person, Standing

if TYPE_CHECKING:
    import pytest
    from support_owner import Owner
    from support_pages import Page
    from support_web import FakeService


def look(owner: Owner, path: str, language: str = "en", status: int = 200) -> Page:
    answer = owner.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status
    return read(answer.text)


def words(page: Page) -> str:
    return " ".join(page.text.split())


def crowd(count: int) -> AlikeReport:
    people = [Person(f"id-{number:04}", f"Person {number:04}") for number in range(count)]
    standings = tuple(
        Standing(person, 5, 5, 0, 0, 0.56, 0.6 + number / count / 10, "s", people[number - 1], 0.2)
        for number, person in enumerate(people)
    )
    return replace(ALIKE, people=standings, matrix=(), pairs=(Pair(people[0], people[1], 0.4),), cautions=())


class TestReport:
    """`/sureness`."""

    def test_what_to_look_at(self, owner: Owner, service: FakeService) -> None:
        service.now = replace(STATUS, samples=4)
        page = look(owner, "/sureness")
        text = words(page)
        assert "only one picture of one person" in text
        assert "A picture of Alice looks more like Carol than like the others of Alice." in text
        assert "Alice and Carol can hardly be told apart." in text
        assert page.links["They are one"] == f"/people/{ALICE.id}/merge?into={CAROL.id}"
        picture = f"/api/v1/people/{ALICE.id}/samples/{SAMPLE.id}/picture.jpg"
        assert (picture in [tag.attributes["src"] for tag in page.all("img")]) == SAMPLE.picture

    def test_thresholds_lead_to_the_settings(self, owner: Owner, service: FakeService) -> None:
        service.now = replace(STATUS, samples=4)
        page = look(owner, "/sureness")
        links = [tag.attributes["href"] for tag in page.all("a") if tag.text.strip() == "Use"]
        assert links == [f"/settings/gallery?threshold={value}" for value in ("0.453", "0.523", "0.620")]
        text = words(page)
        assert "Of strangers, about one picture in 2,400 is taken for one of you." in text
        assert "25.0\xa0% of your pictures are not recognised." in page.text or "25.0 % of your pictures" in text
        assert "All of your pictures are recognised." in text

    def test_the_plot_has_the_threshold_and_a_table(self, owner: Owner, service: FakeService) -> None:
        service.now = replace(STATUS, samples=4)
        page = look(owner, "/sureness")
        (plot,) = (tag for tag in page.all("svg") if tag.attributes.get("class") == "plot")
        (line,) = (tag for tag in plot.inner if tag.attributes.get("class") == "threshold")
        assert float(line.attributes["x1"]) == 58 + 362 * 0.55
        bars = [tag for tag in plot.inner if tag.name == "rect"]
        assert len(bars) == 2 + 2 + 1
        assert "0.55" in plot.attributes["aria-label"]
        cells = re.findall(r"<td class=\"number\">(\d+)</td>", owner.get("/sureness").text)
        assert sum(map(int, cells)) == SCORES.looked - 1 + SCORES.looked

    def test_what_the_threshold_cuts_off_is_marked(self, owner: Owner, service: FakeService) -> None:
        service.now = replace(STATUS, samples=4)
        low = replace(SCORES, now=replace(SCORES.now, threshold=0.23))
        service.report = replace(ALIKE, scores=low)
        plot = next(tag for tag in look(owner, "/sureness").all("svg") if tag.attributes.get("class") == "plot")
        assert [tag.attributes["class"] for tag in plot.inner if "bad" in tag.attributes.get("class", "")] == [
            "bar bad"
        ]

    def test_the_matrix_and_its_table(self, owner: Owner, service: FakeService) -> None:
        service.now = replace(STATUS, samples=4)
        page = look(owner, "/sureness")
        (heat,) = (tag for tag in page.all("svg") if tag.attributes.get("class") == "plot heat")
        assert len([tag for tag in heat.inner if tag.name == "rect"]) == 4
        assert "0.14" in page.text
        assert f"/sureness/{ALICE.id}" in page.links.values()

    def test_so_many_pictures_that_only_some_were_looked_for(self, owner: Owner, service: FakeService) -> None:
        service.report = replace(ALIKE, scores=replace(SCORES, samples=100_000, looked=2000))
        assert "these figures are of 2,000 of 100,000" in look(owner, "/sureness/report").text
        assert "diese Zahlen sind von" in look(owner, "/sureness/report", "de").text.replace("Diese", "diese")

    def test_nobody_yet(self, owner: Owner, service: FakeService) -> None:
        service.now, service.report = replace(STATUS, samples=0), AlikeReport((), (), (), ())
        page = look(owner, "/sureness")
        assert "Nobody to compare yet" in page.headings
        assert page.links["Add a face"] == "/enrol"

    def test_somebody_alone(self, owner: Owner, service: FakeService) -> None:
        alone = replace(SCORES.now, missed=None, named=None)
        service.now = replace(STATUS, samples=1)
        service.report = replace(
            ALIKE, people=ALIKE.people[1:], pairs=(), matrix=((1.0,),), cautions=(),
            scores=replace(SCORES, now=alone, choices=(alone,)),
        )  # fmt: skip
        page = look(owner, "/sureness")
        assert "Who looks like whom" not in page.headings
        assert "Only one picture: cannot be checked." in page.text


class TestMany:
    """1,000 people."""

    def test_the_page_comes_before_what_takes_long(self, owner: Owner, service: FakeService) -> None:
        service.now, service.report = replace(STATUS, samples=5000), crowd(1000)
        page = look(owner, "/sureness?page=2")
        assert not [call for call in service.asked if call[0] == "alike"]
        waiting = page.ids["report"].attributes
        assert (waiting["hx-get"], waiting["hx-trigger"]) == ("/sureness/report?page=2", "load")
        assert page.links["Show it"] == "/sureness?page=2&whole=1"
        assert "Each person" in look(owner, page.links["Show it"]).headings

    def test_who_stands_apart_least_is_first_and_the_rest_in_parts(self, owner: Owner, service: FakeService) -> None:
        service.report = crowd(1000)
        worst = replace(service.report.people[700], missed=2)
        people = service.report.people
        service.report = replace(service.report, people=(*people[:700], worst, *people[701:]))
        page = look(owner, "/sureness/report")
        listed = [link for text, link in page.links.items() if "Just apart" in text or "not recognised" in text]
        assert listed[0] == "/sureness/id-0700"
        assert listed[1] == "/sureness/id-0000"
        assert len(listed) == 20
        assert "2 of 5 pictures are not recognised." in page.text
        assert len(owner.get("/sureness/report").data) < 100_000
        assert page.links["Next"] == "/sureness?page=2#people"

    def test_somebody_is_found_by_name(self, owner: Owner, service: FakeService) -> None:
        service.report = crowd(1000)
        page = look(owner, "/sureness/report?q=PERSON+0042")
        assert "/sureness/id-0042" in page.links.values()
        assert len([link for link in page.links.values() if link.startswith("/sureness/id-00")]) <= 3
        assert "Nobody of this name has a picture." in look(owner, "/sureness/report?q=zzz").text

    def test_a_part_beyond_the_last_is_the_last(self, owner: Owner, service: FakeService) -> None:
        service.report = crowd(30)
        assert "/sureness/id-0029" in look(owner, "/sureness/report?page=99").links.values()


class TestPerson:
    """`/sureness/<person_id>`."""

    def test_who_is_most_like_them(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, f"/sureness/{ALICE.id}")
        assert ("closeness", ALICE.id, 12) in service.asked
        assert f"/sureness/{CAROL.id}" in page.links.values()
        assert page.links["The person"] == f"/people/{ALICE.id}"

    def test_nobody_to_compare_with(self, owner: Owner, service: FakeService) -> None:
        service.near = Closeness((ALICE,), ((1.0,),))
        assert "Nobody to compare with" in look(owner, f"/sureness/{ALICE.id}").headings

    def test_nobody_of_that_id(self, owner: Owner, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
        def closeness(_ref: str, _count: int = 12) -> Closeness:
            raise NoSuchPerson("There is nobody.")

        monkeypatch.setattr(service, "closeness", closeness)
        look(owner, "/sureness/nobody", status=404)
