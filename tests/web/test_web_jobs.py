# SPDX-License-Identifier: Apache-2.0
"""Long work over HTTP: the routes, and the client on a real Unix socket."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from support_jobs import FAILED, LINES, RUNNING
from support_web import running

from daemon.client import RemotePeople
from daemon.errors import BadArchive, NoSuchJob, PhotoError
from daemon.service.sources import Item
from daemon.types import JobState, Photo, Scope
from web_admin import WebSettings, create_app
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from daemon.service import PeopleApi

NO_PICTURE = PhotoError("It is no picture.")


@pytest.fixture
def remote(api_app: Flask, tmp_path: Path) -> Iterator[PeopleApi]:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        yield RemotePeople(path)


def test_jobs_are_listed_newest_first(api):
    answer = api.get("/api/v1/jobs")
    assert answer.json == [RUNNING.as_json(), FAILED.as_json()]
    page = api.get("/api/v1/jobs?limit=1")
    assert [job["id"] for job in page.json] == [RUNNING.id]
    assert f"after={RUNNING.id}" in page.headers["Link"]


def test_a_job_and_its_report(api):
    assert api.get(f"/api/v1/jobs/{FAILED.id}").json["error"] == {
        "type": "/problems/bad-backup",
        "detail": "The file is no backup.",
    }
    lines = api.get(f"/api/v1/jobs/{RUNNING.id}/lines").json
    assert lines == [line.as_json() for line in LINES]
    assert api.get(f"/api/v1/jobs/{RUNNING.id}/lines?after=1").json == lines[1:]
    assert api.get(f"/api/v1/jobs/{RUNNING.id}/lines?problems=1").json == [line for line in lines if line["reason"]]
    for path in ("", "/lines"):
        gone = api.get(f"/api/v1/jobs/nothing{path}")
        assert (gone.status_code, gone.json["type"]) == (404, "/problems/no-such-job")
    assert api.get(f"/api/v1/jobs/{RUNNING.id}/lines?after=-1").status_code == 400


def test_a_job_is_cancelled(api):
    assert api.delete(f"/api/v1/jobs/{RUNNING.id}").json["state"] == "cancelled"


@pytest.mark.parametrize("form", [False, True])
def test_an_archive_is_imported(api, service, form):
    if form:
        answer = api.post("/api/v1/imports?force=1", data={"archive": (io.BytesIO(b"PK"), "family.zip")})
    else:
        answer = api.post("/api/v1/imports?force=1", data=b"PK", content_type="application/zip")
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    assert api.get(answer.headers["Location"]).json["state"] == "queued"
    assert service.asked == [("import_zip", b"PK", True)]


def test_an_archive_that_is_refused_is_a_problem(api, service):
    service.error = BadArchive("The archive is encrypted: pack it without a password.")
    answer = api.post("/api/v1/imports", data=b"PK", content_type="application/zip")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/bad-archive")
    assert api.post("/api/v1/imports", data=b"PK", content_type="text/plain").status_code == 400


def test_an_archive_may_be_larger_than_pictures_but_not_than_is_set(service):
    settings = WebSettings(trusted=True, max_upload_bytes=100_000_000)
    client = create_app(service, settings).test_client()
    size = 70_000_000
    assert client.post("/api/v1/imports", data=bytes(size), content_type="application/zip").status_code == 202
    client = create_app(service, WebSettings(trusted=True, max_upload_bytes=size - 1)).test_client()
    assert client.post("/api/v1/imports", data=bytes(size), content_type="application/zip").status_code == 413


def test_training(api, service):
    assert api.post("/api/v1/train", json={}).status_code == 202
    assert api.post("/api/v1/train", json={"person": "Zoë", "prototypes": 5}).status_code == 202
    assert api.post("/api/v1/train", json={"re_embed": True}).json["kind"] == "re-embed"
    assert service.asked == [("train", None, None), ("train", "Zoë", 5), ("re_embed",)]
    for body in ({"prototypes": 0}, {"prototypes": 1001}, {"prototypes": "5"}, {"re_embed": 1}):
        assert api.post("/api/v1/train", json=body).status_code == 400


def test_who_may_begin_and_end_what(bearer):
    reader, enroller = bearer(Scope.READ), bearer(Scope.ENROL)
    assert reader.get("/api/v1/jobs").status_code == 200
    assert reader.post("/api/v1/imports", data=b"PK", content_type="application/zip").status_code == 403
    assert reader.delete(f"/api/v1/jobs/{RUNNING.id}").status_code == 403
    assert enroller.post("/api/v1/imports", data=b"PK", content_type="application/zip").status_code == 202
    assert enroller.post("/api/v1/train", json={}).status_code == 403
    assert enroller.delete(f"/api/v1/jobs/{RUNNING.id}").status_code == 200
    for url in (f"/api/v1/jobs/{FAILED.id}", f"/api/v1/jobs/{FAILED.id}/lines"):  # a restore
        assert enroller.open(url, method="DELETE" if url.endswith(FAILED.id) else "GET").status_code == 403
    admin = bearer(Scope.ADMIN)
    assert admin.get(f"/api/v1/jobs/{FAILED.id}/lines").status_code == 200
    assert admin.delete(f"/api/v1/jobs/{FAILED.id}").status_code == 200
    assert admin.post("/api/v1/train", json={}).status_code == 202


def test_the_client_looks_at_jobs(remote):
    assert remote.jobs.all() == [RUNNING, FAILED]
    assert remote.jobs.get(RUNNING.id) == RUNNING
    assert remote.jobs.lines(RUNNING.id, 1) == LINES[1:]
    assert remote.jobs.lines(RUNNING.id, problems=True) == [line for line in LINES if line.record["reason"]]
    with pytest.raises(NoSuchJob):
        remote.jobs.get("no such")
    assert remote.jobs.wait(FAILED.id).state is JobState.FAILED
    assert remote.jobs.wait(RUNNING.id, 0) == RUNNING
    assert remote.jobs.cancel(RUNNING.id).state is JobState.CANCELLED


def test_the_client_begins_jobs(remote, service, tmp_path):
    archive = tmp_path / "family.zip"
    archive.write_bytes(b"PK" + bytes(3_000_000))
    with archive.open("rb") as file:
        assert remote.jobs.import_zip(file, force=True).state is JobState.QUEUED
    remote.jobs.train("Zoë", 3)
    remote.jobs.re_embed()
    assert service.asked == [("import_zip", archive.read_bytes(), True), ("train", "Zoë", 3), ("re_embed",)]


def test_what_the_service_raises_the_client_raises(remote, service):
    service.error = BadArchive("The archive is encrypted: pack it without a password.")
    with pytest.raises(BadArchive, match="without a password"):
        remote.jobs.import_zip(io.BytesIO(b"PK"))


def unreadable():
    raise NO_PICTURE


class Pictures(list):
    """A source that is a list."""


def test_pictures_are_sent_in_archives_and_told_of_by_their_own_names(remote, service, monkeypatch):
    monkeypatch.setattr("daemon.client.packing._PART_PICTURES", 2)
    items = Pictures(
        [
            Item("home/Zoë/1.JPG", "Zoë", lambda: Photo("1", b"one")),
            Item("home/Zoë/old/2.jpg", "Zoë", unreadable),
            Item("home/Zoë/old/3.png", "Zoë", lambda: Photo("3", b"three")),
            Item("home/a\\b/4.jpg", "a\\b", lambda: Photo("4", b"four")),
            Item("home/Ann/5.jpg", "Ann", lambda: Photo("5", b"five")),
        ]
    )
    refused, sent = [], []
    for job in remote.jobs.import_pictures(items, refused.append):
        with zipfile.ZipFile(io.BytesIO(service.asked[-1][1])) as archive:
            entries = archive.namelist()
            sent.append([archive.read(name) for name in entries])
        first = LINES[0]._replace(
            record={**LINES[0].record, "path": entries[0], "detail": f"{entries[0]} is no picture."}
        )
        monkeypatch.setattr("support_jobs.LINES", [first])
        (line,) = remote.jobs.lines(job.id)
        assert line.record["path"] in ("home/Zoë/1.JPG", "home/Ann/5.jpg")
        assert line.record["detail"] == f"{line.record['path']} is no picture."
        service.jobs.jobs[job.id] = FAILED
    assert sent == [[b"one", b"three"], [b"five"]]
    assert [(r["path"], r["reason"]) for r in refused] == [
        ("home/Zoë/old/2.jpg", "photo-error"),
        ("home/a\\b/4.jpg", "bad-name"),
    ]
