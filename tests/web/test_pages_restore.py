# SPDX-License-Identifier: Apache-2.0
"""The pages of a restore: what it would change is shown first."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support_jobs import RUNNING
from support_kept import LOCKED, LOOKED, MADE, REPORT, SEALED, begun, words
from support_names import HOSTILE_NAMES
from support_pages import read

from daemon.errors import StorageError
from daemon.types import JobLine, JobState, PersonDifference, RestoreMode

if TYPE_CHECKING:
    from support_owner import Owner
    from support_web import FakeService

LOOK = f"/backup/restore/{LOOKED.id}"


def look(owner: Owner, url: str, **headers: str):
    answer = owner.get(url, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    return read(answer.text)


def report(service: FakeService, **fields) -> None:
    service.jobs.older[LOOKED.id] = replace(LOOKED, result=replace(REPORT, **fields).as_json())


class TestTry:
    def upload(self, owner: Owner, data: bytes = b"zip", **fields: str):
        return owner.post("/backup/restore", data={"backup": (io.BytesIO(data), "b.zip"), **fields})

    def test_a_file(self, owner: Owner, service: FakeService) -> None:
        answer = self.upload(owner, mode="merge", passphrase="sesame")
        assert answer.headers["Location"] == "/backup/restore/11112222"
        assert begun(service) == [("begin", b"zip", "sesame", RestoreMode.MERGE)]

    def test_an_empty_passphrase_is_none(self, owner: Owner, service: FakeService) -> None:
        self.upload(owner, passphrase="")
        assert begun(service) == [("begin", b"zip", None, RestoreMode.REPLACE)]

    @pytest.mark.parametrize("data", [{"mode": "replace"}, {"backup": (io.BytesIO(b""), "")}])
    def test_no_file(self, owner: Owner, service: FakeService, data) -> None:
        answer = owner.post("/backup/restore", data=data, content_type="multipart/form-data")
        assert answer.status_code == 400
        assert begun(service) == []

    def test_a_large_one_may_come(self, owner: Owner, service: FakeService) -> None:
        head = b'--b\r\nContent-Disposition: form-data; name="backup"; filename="b.zip"\r\n\r\n'
        body = head + bytes(70_000_000) + b"\r\n--b--\r\n"
        answer = owner.post("/backup/restore", data=body, content_type="multipart/form-data; boundary=b")
        assert answer.status_code == 303
        assert len(begun(service)[0][1]) == 70_000_000

    def test_one_that_is_kept(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, f"/backup/restore?name={SEALED.name}")
        assert "f-backup" not in page.ids
        owner.post(f"/backup/kept/{SEALED.name}/restore", data={"mode": "replace", "passphrase": ""})
        assert begun(service) == [("begin_kept", SEALED.name, None, RestoreMode.REPLACE)]
        assert owner.get("/backup/restore?name=whod-1.zip").status_code == 404

    def test_a_full_disk_is_told(self, owner: Owner, service: FakeService) -> None:
        service.error = StorageError("What was sent cannot be kept: free some space.")
        answer = self.upload(owner)
        assert answer.status_code == 503
        assert "free some space" in answer.text


class TestReport:
    def test_what_would_change_is_shown_in_words_with_names(self, owner: Owner) -> None:
        page = look(owner, LOOK)
        text = words(page.ids["main"])
        assert "What would change" in page.headings
        for said in (
            "1 person is removed",
            "1 person is added",
            "1 person changes",
            "is called Robert here, 1 sample less, into Family",
            "New groups: Family",
            "1 stays as it is.",
            "1 person who is here now will be removed",
            "2 samples are of another model and have no picture.",
        ):
            assert said in text
        assert {"Zoë", "Bob", "Robert", "Cleo", "Family"} == {tag.text for tag in page.all("bdi")}

    def test_and_is_done_in_the_way_that_was_shown(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, LOOK)
        assert "Replace everybody here by the backup" in page.text
        assert owner.post(LOOK).headers["Location"] == "/backup/restore/11112222"
        report(service, mode=RestoreMode.MERGE, removed=0)
        assert "Merge the backup into those who are here" in look(owner, LOOK).text
        owner.post(LOOK)
        assert begun(service) == [
            ("perform", LOOKED.id, RestoreMode.REPLACE),
            ("perform", LOOKED.id, RestoreMode.MERGE),
        ]

    def test_or_shown_for_the_other_way(self, owner: Owner, service: FakeService) -> None:
        page = look(owner, LOOK)
        (form,) = [form for form in page.forms if form.attributes["action"] == f"{LOOK}/again"]
        fields = {tag.attributes["name"]: tag.attributes["value"] for tag in form.inner if "value" in tag.attributes}
        assert fields["mode"] == "merge"
        owner.post(f"{LOOK}/again", data={"mode": "merge"})
        assert begun(service) == [("again", LOOKED.id, RestoreMode.MERGE, None)]

    def test_when_the_file_is_kept_no_more_it_is_to_be_chosen_again(self, owner: Owner, service: FakeService) -> None:
        service.backups.held.clear()
        page = look(owner, LOOK)
        assert "not kept here any more" in page.text
        assert [form for form in page.forms if "/backup/restore" in form.attributes["action"]] == []
        answer = owner.post(LOOK)
        assert answer.status_code == 404
        assert "choose it again" in answer.text

    def test_a_damaged_one_tells_all_and_offers_nothing(self, owner: Owner, service: FakeService) -> None:
        report(service, problems=("people.jsonl is cut.", "A digest differs."))
        page = look(owner, LOOK)
        assert "people.jsonl is cut." in page.text
        assert "A digest differs." in page.text
        assert [form for form in page.forms if "/backup/restore" in form.attributes["action"]] == []
        assert owner.post(LOOK).status_code == 400
        assert begun(service) == []

    def test_what_was_done(self, owner: Owner, service: FakeService) -> None:
        report(service, applied=True, dry_run=False, re_embed_job=RUNNING.id)
        page = look(owner, LOOK)
        assert "The backup is restored" in page.headings
        assert f"/jobs/{RUNNING.id}" in page.links.values()
        assert [form for form in page.forms if "/backup/restore" in form.attributes["action"]] == []

    def test_nothing_would_change(self, owner: Owner, service: FakeService) -> None:
        service.jobs.reports[LOOKED.id] = []
        report(service, added=0, changed=0, removed=0, groups_added=(), same=3)
        assert "Nothing would change" in look(owner, LOOK).text

    def test_a_wrong_passphrase_is_asked_for_again(self, owner: Owner, service: FakeService) -> None:
        url = f"/backup/restore/{LOCKED.id}"
        page = look(owner, url)
        assert "The passphrase is wrong." in page.text
        assert page.ids["f-passphrase"].attributes["type"] == "password"
        owner.post(f"{url}/again", data={"passphrase": "sesame"})
        assert begun(service) == [("again", LOCKED.id, RestoreMode.REPLACE, "sesame")]

    def test_a_thousand_people(self, owner: Owner, service: FakeService) -> None:
        many = [PersonDifference("added", f"p{i}", f"Person {i}", samples_added=3) for i in range(1000)]
        service.jobs.reports[LOOKED.id] = [JobLine(i, each.as_json()) for i, each in enumerate(many, 1)]
        report(service, added=1200, changed=0, removed=0)
        answer = owner.get(LOOK)
        assert "1,200 people are added" in answer.text
        assert "… and 1,175 more." in answer.text
        assert "Person 299<" in answer.text
        assert "900 more are not listed." in answer.text
        assert len(answer.data) <= 100_000

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_names_are_text(self, owner: Owner, service: FakeService, name: str) -> None:
        strange = [PersonDifference("changed", "p", name, was=name, groups_added=(name,))]
        service.jobs.reports[LOOKED.id] = [JobLine(i, each.as_json()) for i, each in enumerate(strange, 1)]
        report(service, groups_added=(name,), groups_removed=(name,))
        page = look(owner, LOOK)
        assert [tag.text for tag in page.all("bdi")] == [name] * 5

    def test_while_it_is_looked_at(self, owner: Owner, service: FakeService) -> None:
        service.jobs.older[LOOKED.id] = replace(LOOKED, state=JobState.RUNNING, result=None)
        page = look(owner, LOOK)
        assert [tag for tag in page.tags if tag.attributes.get("hx-get") == f"/jobs/{LOOKED.id}/progress"]

    def test_one_that_was_cancelled(self, owner: Owner, service: FakeService) -> None:
        service.jobs.older[LOOKED.id] = replace(LOOKED, state=JobState.CANCELLED, result=None)
        assert "nothing has changed" in look(owner, LOOK).text

    def test_another_job_has_restored_nothing(self, owner: Owner) -> None:
        assert owner.get(f"/backup/restore/{MADE.id}").status_code == 404
