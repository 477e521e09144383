# SPDX-License-Identifier: Apache-2.0
"""The pages of backups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support_jobs import RUNNING, THEN
from support_kept import KEPT, LOOKED, MADE, SEALED, begun, words
from support_pages import read

from daemon.types import JobState, Recovery, Scope

if TYPE_CHECKING:
    from support_owner import Owner
    from support_web import FakeService

LOOK = f"/backup/restore/{LOOKED.id}"
CONFIRMED = [
    ("GET", "/backup/new"),
    ("POST", "/backup/new"),
    ("POST", f"/backup/made/{MADE.id}"),
    ("GET", f"/backup/kept/{KEPT.name}"),
    ("POST", f"/backup/kept/{KEPT.name}"),
    ("POST", f"/backup/kept/{KEPT.name}/restore"),
    ("GET", "/backup/restore"),
    ("POST", "/backup/restore"),
    ("POST", LOOK),
    ("POST", f"{LOOK}/again"),
]


def look(owner: Owner, url: str, **headers: str):
    answer = owner.get(url, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    return read(answer.text)


class TestList:
    def test_those_that_are_kept(self, owner: Owner) -> None:
        page = look(owner, "/backup")
        rows = {tag.attributes["href"]: words(tag) for tag in page.all("a") if "/kept/" in tag.attributes["href"]}
        assert "4 people · 25 kB" in rows[f"/backup/kept/{KEPT.name}"]
        assert "encrypted" in rows[f"/backup/kept/{SEALED.name}"]
        assert "people" not in rows[f"/backup/kept/{SEALED.name}"]

    def test_none_yet(self, owner: Owner, service: FakeService) -> None:
        service.backups.kept = []
        assert "No backup is kept yet" in look(owner, "/backup").headings

    def test_when_one_was_downloaded_last(self, owner: Owner, service: FakeService) -> None:
        assert "You have not downloaded one yet." in look(owner, "/backup").text
        owner.post(f"/backup/made/{MADE.id}")
        page = look(owner, "/backup")
        assert "Last downloaded" in page.text
        assert service.clock.now().isoformat()[:16] in [tag.attributes["datetime"][:16] for tag in page.all("time")]

    def test_a_recovered_gallery_is_told_until_somebody_has_seen_it(self, owner: Owner, service: FakeService) -> None:
        service.backups.recovery = Recovery(THEN, "gallery.db.damaged-1", KEPT.name, THEN)
        page = look(owner, "/backup")
        assert "The people were damaged, and brought back from a backup" in page.headings
        assert "gallery.db.damaged-1" in page.text
        assert owner.post("/backup/recovery").headers["Location"] == "/backup"
        page = look(owner, "/backup")
        assert "You have seen it." in page.message
        assert "damaged" not in " ".join(page.headings)


@pytest.mark.parametrize(("method", "url"), CONFIRMED)
def test_the_password_is_asked_for_anew(owner: Owner, service: FakeService, method: str, url: str) -> None:
    service.clock.advance(301)
    answer = owner.open(url, method=method)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/confirm?next=")
    assert begun(service) == []


@pytest.mark.parametrize(
    ("method", "url"), [*CONFIRMED, ("GET", "/backup"), ("GET", LOOK), ("POST", "/backup/recovery")]
)
def test_they_are_the_owner_s_alone(bearer, page, method: str, url: str) -> None:
    assert bearer(Scope.ENROL).open(url, method=method).status_code == 403
    assert page.open(url, method=method).status_code in (303, 403)


class TestDownload:
    def test_with_a_passphrase(self, owner: Owner, service: FakeService) -> None:
        answer = owner.post("/backup/new", data={"passphrase": "four words are good", "again": "four words are good"})
        assert answer.headers["Location"] == "/backup/made/11112222"
        assert begun(service) == [("make", "four words are good")]

    def test_without_one_only_on_purpose(self, owner: Owner, service: FakeService) -> None:
        assert owner.post("/backup/new", data={"plain": "1"}).status_code == 303
        assert begun(service) == [("make", None)]

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({}, "say that you want the file without one"),
            ({"passphrase": "a", "again": "a", "plain": "1"}, "say that you want the file without one"),
            ({"passphrase": "a", "again": "b"}, "not the same"),
            ({"passphrase": "a"}, "not the same"),
        ],
    )
    def test_what_does_not_fit_is_refused_in_words(self, owner, service, form, sentence) -> None:
        answer = owner.post("/backup/new", data=form)
        assert answer.status_code == 400
        assert sentence in answer.text
        assert begun(service) == []

    def test_a_passphrase_that_is_refused_is_not_sent_back(self, owner: Owner) -> None:
        for headers in ({}, {"HX-Request": "true"}):
            answer = owner.post("/backup/new", data={"passphrase": "xyzzy", "again": "plugh"}, headers=headers)
            assert "xyzzy" not in answer.text + str(answer.headers)

    def test_what_is_lost_without_it_is_said_before(self, owner: Owner) -> None:
        assert "nothing can bring it back" in look(owner, "/backup/new").text

    def test_the_file_when_it_is_made(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, f"/backup/made/{MADE.id}")
        assert "whod-20261121T193002Z.zip" in page.text
        assert "3 people, 9 samples, 8 pictures" in page.text
        (form,) = [form for form in page.forms if "/backup/made/" in form.attributes["action"]]
        assert "hx-post" not in form.attributes, "a script cannot save a file"
        answer = owner.post(form.attributes["action"])
        assert answer.data == b"a backup"
        assert answer.headers["Content-Disposition"] == "attachment; filename=whod-20261121T193002Z.zip"
        assert answer.headers["Cache-Control"] == "no-store"
        assert begun(service) == [("fetch", MADE.id)]

    def test_while_it_is_made(self, owner: Owner, service: FakeService) -> None:
        service.jobs.older[MADE.id] = replace(MADE, state=JobState.RUNNING, done=2, total=8, result=None)
        page = look(owner, f"/backup/made/{MADE.id}")
        assert "2 of 8" in page.text
        assert [tag for tag in page.tags if tag.attributes.get("hx-get") == f"/jobs/{MADE.id}/progress"]

    def test_another_job_has_made_none(self, owner: Owner) -> None:
        assert owner.get(f"/backup/made/{RUNNING.id}").status_code == 404
        assert owner.post(f"/backup/made/{RUNNING.id}").status_code == 404

    def test_one_that_is_kept(self, owner: Owner) -> None:
        page = look(owner, f"/backup/kept/{KEPT.name}")
        assert KEPT.name in page.text
        answer = owner.post(f"/backup/kept/{KEPT.name}")
        assert answer.data == b"a kept backup"
        assert KEPT.name in answer.headers["Content-Disposition"]
        assert owner.get("/backup/kept/whod-1.zip").status_code == 404
        assert owner.post("/backup/kept/whod-1.zip").status_code == 404

    def test_taking_one_is_on_record(self, owner: Owner, service: FakeService) -> None:
        owner.post(f"/backup/made/{MADE.id}")
        owner.post(f"/backup/kept/{KEPT.name}")
        deeds = [(deed.action, deed.target) for deed in service.access.deeds(10)]
        assert ("get_job_file", MADE.id) in deeds
        assert ("get_backup", KEPT.name) in deeds


def test_the_kinds_of_jobs_have_their_pages(owner: Owner, service: FakeService) -> None:
    service.jobs.jobs = {MADE.id: MADE, LOOKED.id: LOOKED}
    links = look(owner, "/jobs").links.values()
    assert f"/jobs/{MADE.id}" in links
    assert LOOK in links
    assert f"/backup/made/{MADE.id}" in look(owner, f"/jobs/{MADE.id}").links.values()
