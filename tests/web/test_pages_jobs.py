# SPDX-License-Identifier: Apache-2.0
"""The pages of long work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support_jobs import FAILED, RUNNING, THEN
from support_pages import read
from support_web import ALICE

from daemon.types import Job, JobKind, JobLine, JobState, Problem, Scope

if TYPE_CHECKING:
    from support_owner import Owner
    from support_web import FakeService

TRAINED = {
    "people": 3,
    "changed": 1,
    "searched": 40,
    "set_aside": 5,
    "alike": {
        "false_accept": 0.001,
        "threshold": 0.43,
        "tested": 45,
        "missed": 2,
        "mistaken": 0,
        "highest_similarity": 0.31,
        "warnings": {},
    },
}


def look(owner: Owner, url: str, **headers: str):
    answer = owner.get(url, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    return read(answer.text)


def words(tag) -> str:
    return " ".join(tag.text.split())


def add(service: FakeService, kind: JobKind, **fields) -> Job:
    defaults = {"state": JobState.DONE, "created_at": THEN, "started_at": THEN, "ended_at": THEN}
    job = Job("abcd0001", kind, **(defaults | fields))
    service.jobs.jobs[job.id] = job
    return job


def test_what_is_under_way_and_what_was_done(owner: Owner) -> None:
    page = look(owner, "/jobs")
    assert "2 of 5" in page.text
    (bar,) = page.all("progress")
    assert (bar.attributes["value"], bar.attributes["max"]) == ("2", "5")
    past = next(
        tag for tag in page.all("li") if f"/backup/restore/{FAILED.id}" in str([a.attributes for a in tag.inner])
    )
    assert "failed" in words(past)
    assert "The file is no backup." in words(past)


def test_nothing_was_done_yet(owner: Owner, service: FakeService) -> None:
    service.jobs.jobs.clear()
    assert "Nothing was done yet" in look(owner, "/jobs").headings


def test_a_running_job_is_polled_and_its_page_loaded_again_at_the_end(owner: Owner, service: FakeService) -> None:
    page = look(owner, f"/jobs/{RUNNING.id}")
    (live,) = [tag for tag in page.tags if tag.attributes.get("hx-get", "").endswith("/progress")]
    assert live.attributes["hx-trigger"].startswith("every")
    answer = owner.get(live.attributes["hx-get"])
    assert "<html" not in answer.text
    assert "HX-Refresh" not in answer.headers
    service.jobs.jobs[RUNNING.id] = replace(RUNNING, state=JobState.DONE, ended_at=THEN)
    assert owner.get(live.attributes["hx-get"]).headers["HX-Refresh"] == "true"
    assert [tag for tag in look(owner, f"/jobs/{RUNNING.id}").tags if "hx-trigger" in tag.attributes] == []


def test_without_scripts_the_page_of_a_running_job_loads_itself_again(owner: Owner) -> None:
    page = look(owner, f"/jobs/{RUNNING.id}")
    assert [tag.attributes.get("http-equiv") for tag in page.all("noscript")[0].inner] == ["refresh"]


@pytest.mark.parametrize(
    ("pace", "left"),
    [((25, 100, 60), "about 3 min left"), ((0, 100, 60), None), ((25, None, 60), None), ((25, 100, 1), None)],
)
def test_how_long_it_goes_on_is_told_in_words_when_it_can_be(owner, service, pace, left):
    done, total, began_s = pace
    began = datetime.now(UTC) - timedelta(seconds=began_s)
    service.jobs.jobs[RUNNING.id] = replace(RUNNING, done=done, total=total, started_at=began)
    text = look(owner, f"/jobs/{RUNNING.id}").text.replace("\N{NO-BREAK SPACE}", " ")
    assert (left in text) if left else ("left" not in text)


def test_the_report_and_only_its_problems(owner: Owner) -> None:
    page = look(owner, f"/jobs/{RUNNING.id}")
    assert "Zoë/1.jpg" in page.text
    assert "new person" in page.text
    only = look(owner, page.links["Only problems"])
    assert "Zoë/1.jpg" not in only.text
    assert "a.txt" in only.text
    assert "refused" in only.text
    assert "No." in only.text


def test_a_long_report_comes_in_pages(owner: Owner, service: FakeService) -> None:
    lines = [JobLine(i, {"path": f"p{i:04}.jpg", "change": "updated", "reason": None}) for i in range(1, 251)]
    service.jobs.reports[RUNNING.id] = lines
    seen, url = [], f"/jobs/{RUNNING.id}"
    while url:
        page = look(owner, url)
        seen += [tag.text for tag in page.all("span") if tag.attributes.get("class") == "path"]
        url = page.links.get("Next lines")
    assert seen == [line.record["path"] for line in lines]


def test_cancelling(owner: Owner, service: FakeService) -> None:
    answer = owner.post(f"/jobs/{RUNNING.id}/cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/{RUNNING.id}")
    assert service.jobs.get(RUNNING.id).state is JobState.CANCELLED
    assert "It ends soon." in look(owner, f"/jobs/{RUNNING.id}").message


def test_only_who_may_do_all_may_cancel_more_than_an_import(bearer, service: FakeService) -> None:
    add(service, JobKind.TRAIN, state=JobState.RUNNING, ended_at=None)
    client = bearer(Scope.ENROL)
    assert client.post("/jobs/abcd0001/cancel").status_code == 403
    assert client.post(f"/jobs/{RUNNING.id}/cancel").status_code == 303
    assert client.get(f"/jobs/{FAILED.id}").status_code == 403, "a restore's lines tell who is in a backup"


def test_training_everybody_and_one_person(owner: Owner, service: FakeService) -> None:
    field = look(owner, "/jobs").ids["f-person"]
    assert field.attributes["hx-get"] == "/visits/names"
    assert owner.post("/jobs/train").headers["Location"] == "/jobs/11112222"
    assert owner.post("/jobs/train", data={"person": ALICE.name}).status_code == 303
    assert owner.post("/jobs/re-embed").status_code == 303
    begun = [asked for asked in service.asked if asked[0] in ("train", "re_embed")]
    assert begun == [("train", None, None), ("train", ALICE.name, None), ("re_embed",)]


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        (
            JobKind.IMPORT,
            {"result": {"created": 2, "updated": 7, "unchanged": 0, "refused": 1}},
            "2 new people, 7 pictures added, 1 refused",
        ),
        (JobKind.TRAIN, {"result": TRAINED}, "3 people, 1 changed"),
        (
            JobKind.RE_EMBED,
            {"result": {"re_embedded": 9, "enrol_again": 1}},
            "9 pictures read again, 1 person must be added again",
        ),
        (JobKind.BACKUP, {"result": {"snapshot": None}}, "Nothing has changed since the last backup"),
        (JobKind.BACKUP, {"result": {"snapshot": "whod-1.zip"}}, "The daily backup was made"),
        (
            JobKind.TRAIN,
            {"state": JobState.FAILED, "error": Problem("world-error", "The disk is full.")},
            "The disk is full.",
        ),
        (JobKind.TRAIN, {"state": JobState.CANCELLED}, "cancelled"),
    ],
)
def test_what_came_of_it_in_words(owner, service, kind, fields, told):
    job = add(service, kind, **fields)
    assert told in words(look(owner, f"/jobs/{job.id}").ids["main"])


def test_what_a_training_measured(owner: Owner, service: FakeService) -> None:
    add(service, JobKind.TRAIN, result=TRAINED)
    facts = {
        words(row.inner[0]): words(row.inner[1])
        for row in look(owner, "/jobs/abcd0001").all("dl")[0].inner
        if row.name == "div"
    }
    assert facts["Pictures tested against all others"] == "45"
    assert facts["Not recognised in the test"] == "2"
    assert facts["Suggested threshold"] == "0.43"


def test_errors_of_jobs_are_told_in_german(owner: Owner, service: FakeService) -> None:
    add(service, JobKind.RESTORE, state=JobState.FAILED, error=Problem("bad-passphrase", "The passphrase is wrong."))
    page = look(owner, "/jobs", **{"Accept-Language": "de"})
    assert "andere Passphrase" in page.text
    assert "The passphrase" not in page.text


class TestOnEveryPage:
    def test_a_running_job_is_shown_in_small(self, owner: Owner) -> None:
        running = look(owner, "/people").ids["running"]
        assert "Import" in running.text
        assert "2 of 5" in running.text
        assert running.attributes["hx-get"] == f"/jobs/running?was={RUNNING.id}"
        assert next(tag for tag in running.inner if tag.name == "a").attributes["href"] == f"/jobs/{RUNNING.id}"

    def test_at_its_end_what_became_of_it_stays_to_be_read_and_asks_no_more(self, owner, service) -> None:
        service.jobs.jobs[RUNNING.id] = replace(RUNNING, state=JobState.DONE, ended_at=THEN)
        shown = read(owner.get(f"/jobs/running?was={RUNNING.id}").text).ids["running"]
        assert "done" in shown.text
        assert "hx-get" not in shown.attributes
        assert "running" not in look(owner, "/people").ids

    @pytest.mark.parametrize("url", ["/jobs", f"/jobs/{RUNNING.id}", "/backup/new"])
    def test_but_not_where_it_is_the_subject(self, owner: Owner, url: str) -> None:
        assert "running" not in look(owner, url).ids

    def test_nobody_who_is_not_logged_in_sees_it(self, page) -> None:
        assert "running" not in read(page.get("/login").text).ids
        assert page.get("/jobs/running").status_code in (302, 303)

    def test_when_nothing_runs_there_is_nothing_to_see(self, owner: Owner, service: FakeService) -> None:
        service.jobs.jobs.clear()
        assert owner.get("/jobs/running?was=x").text.strip() == ""
