# SPDX-License-Identifier: Apache-2.0
"""Backups over HTTP: the routes and the client on a real Unix socket, over a real gallery."""

from __future__ import annotations

import io
import threading

import pytest
from support_backups import Home, changed
from support_gallery import names, seen
from support_web import running

from daemon.client import RemotePeople
from daemon.errors import BadBackup, BadPassphrase, NoSuchBackup
from daemon.service import restore_report
from daemon.types import JobState, RestoreMode
from web_admin import WebSettings, create_app, limits
from web_admin.server import serve_unix


class Access:
    """Remembers what was changed."""

    def __init__(self):
        self.notes = []

    def note(self, *words):
        self.notes.append(words)

    def bearer(self, _):
        return None


@pytest.fixture
def home(tmp_path):
    """Ann is enrolled, and jobs are done in a thread."""
    stop = threading.Event()
    with Home(tmp_path / "state") as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")

        def work():
            while not stop.is_set():
                home.jobs.work(0.05)

        thread = threading.Thread(target=work)
        thread.start()
        yield home
        stop.set()
        thread.join()


@pytest.fixture
def app(home):
    home.people.access = Access()
    return create_app(home.people, WebSettings(trusted=True))


@pytest.fixture
def api(app):
    return app.test_client()


@pytest.fixture
def remote(app, tmp_path):
    with running(serve_unix(app, tmp_path / "whod.sock")):
        yield RemotePeople(tmp_path / "whod.sock")


def upload(data, **fields):
    return {"backup": (io.BytesIO(data), "b.zip"), **fields}


def test_a_backup_is_the_answer_and_comes_back(api, home):
    made = api.post("/api/v1/backup", json={}, buffered=True)
    assert (made.status_code, made.content_type) == (200, "application/octet-stream")
    assert made.headers["Content-Disposition"] == "attachment; filename=whod-20261121T193000Z.zip"
    assert int(made.headers["Content-Length"]) == len(made.data)
    home.gallery.rename("Ann", "Anna")
    tried = api.post("/api/v1/restore", data=upload(made.data, dry_run="1"))
    assert (tried.json["changed"], tried.json["applied"]) == (1, False)
    assert tried.json["differences"][0]["was"] == "Anna"
    assert names(home.gallery) == ["Anna"]
    assert api.post("/api/v1/restore", data=upload(made.data)).json["applied"] is True
    assert names(home.gallery) == ["Ann"]
    assert [note[1] for note in home.people.access.notes] == ["make_backup", "restore_backup", "restore_backup"]


def test_who_prefers_it_gets_a_job(api, home):
    begun = api.post("/api/v1/backup", json={"passphrase": "sesame"}, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    job = home.jobs.wait(begun.json["id"], 20)
    assert job.state is JobState.DONE
    place = f"{begun.headers['Location']}/file"
    assert api.head(place).status_code == 200  # and it is still there
    file = api.get(place, buffered=True)
    assert file.data.startswith(b"age-encryption.org/v1")
    assert "zip.age" in file.headers["Content-Disposition"]
    assert api.get(place).json["type"] == "/problems/no-such-backup"
    fields = upload(file.data, passphrase="sesame", mode="merge")
    begun = api.post("/api/v1/restore", data=fields, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    assert home.jobs.wait(begun.json["id"], 20).result["mode"] == "merge"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 400, "backup"),
        ({"backup": b"x", "mode": "both"}, 400, "replace or merge"),
        ({"backup": b"x", "dry_run": "yes"}, 400, "1 or 0"),
        ({"backup": b"x", "passphrase": ""}, 400, "at least one character"),
        ({"backup": b"x"}, 422, "no backup of whod"),
    ],
)
def test_what_is_wrong_is_a_problem(api, fields, status, words):
    data = {name: (io.BytesIO(value), "b") if name == "backup" else value for name, value in fields.items()}
    answer = api.post("/api/v1/restore", data=data)
    assert answer.status_code == status
    assert words in answer.json["detail"]


def test_the_snapshots_are_listed_and_given(api, home):
    assert api.get("/api/v1/backups").json == []
    home.jobs.wait(home.backups.snapshot().id, 20)
    (listed,) = api.get("/api/v1/backups").json
    file = api.get(f"/api/v1/backups/{listed['name']}", buffered=True)
    assert len(file.data) == listed["size"]
    assert home.people.access.notes == [("socket", "get_backup", listed["name"])]
    for name in ("gallery.db", "..%2Fgallery.db", "whod-000009-20261121T193000Z.zip"):
        assert api.get(f"/api/v1/backups/{name}").status_code == 404


def test_a_recovery_is_told_until_somebody_takes_notice(api, home):
    assert api.get("/api/v1/recovery").json == {"recovery": None}
    (home.folder / "recovered.json").write_text(
        '{"at": "2026-11-21T19:30:02.113Z", "aside": "gallery.db.damaged-20261121T193002",'
        ' "snapshot": "whod-000001-20261120T193002Z.zip", "made_at": "2026-11-20T19:30:02.000Z"}'
    )
    assert api.get("/api/v1/recovery").json["recovery"]["snapshot"] == "whod-000001-20261120T193002Z.zip"
    assert api.delete("/api/v1/recovery").json == {"recovery": None}
    assert not (home.folder / "recovered.json").exists()


def test_the_page_on_tcp_gives_no_backup_without_a_token(home):
    home.people.access = Access()
    page = create_app(home.people, WebSettings()).test_client()
    for call in (page.get("/api/v1/backups"), page.post("/api/v1/backup", json={}), page.get("/api/v1/recovery")):
        assert call.status_code == 401
    assert page.post("/api/v1/restore", data=upload(b"x")).status_code == 401


def test_the_client_makes_fetches_and_restores(remote, home):
    job = remote.jobs.wait(remote.backups.make("sesame").id, 20)
    with remote.backups.fetch(job.id) as file:
        data = file.read()
    with pytest.raises(NoSuchBackup), remote.backups.fetch(job.id):
        pass
    home.gallery.forget("Ann")
    job = remote.backups.restore(io.BytesIO(data), "sesame", RestoreMode.MERGE)
    report = restore_report(remote.jobs, remote.jobs.wait(job.id, 20))
    assert (report.applied, report.added, report.differences[0].name) == (True, 1, "Ann")
    job = remote.backups.restore(io.BytesIO(data), "open")
    with pytest.raises(BadPassphrase):
        restore_report(remote.jobs, remote.jobs.wait(job.id, 20))
    job = remote.backups.restore(io.BytesIO(b"x"))
    with pytest.raises(BadBackup):
        restore_report(remote.jobs, remote.jobs.wait(job.id, 20))


def test_the_client_sends_what_is_larger_than_its_pieces(remote, home):
    with Home(home.folder.parent / "other") as other:
        for number in range(30):
            other.gallery.enrol(
                "Ann", [seen(1, 0.1 * number)], "cli", force=True, pictures=[b"\xff\xd8\xff" + bytes(30)]
            )
        data = other.backup()
    text = b"".join(b"%d" % number for number in range(200_000))
    large = changed(
        data, "settings.json", lambda settings: settings[:-2] + b', "x": {"y": "' + text[:700_000] + b'"}}'
    )
    job = remote.backups.restore(io.BytesIO(large), dry_run=True)
    assert len(large) > 256 * 1024
    assert restore_report(remote.jobs, remote.jobs.wait(job.id, 20)).problems == ()


def test_the_client_lists_gives_and_takes_notice(remote, home):
    home.jobs.wait(home.backups.snapshot().id, 20)
    (file,) = remote.backups.all()
    with remote.backups.open(file.name) as data:
        assert len(data.read()) == file.size
    with pytest.raises(NoSuchBackup):
        remote.backups.open("whod-000009-20261121T193000Z.zip")
    assert remote.backups.recovered() is None
    remote.backups.accept()


def test_who_waits_for_jobs_leaves_room_for_others(app, home, monkeypatch):
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait(job_id):
        begun.release()
        go_on.wait(20)
        return home.jobs.wait(job_id, 20)

    monkeypatch.setattr(home.people.jobs, "wait", wait)
    answers = []
    waiting = [
        threading.Thread(
            target=lambda: answers.append(
                app.test_client().post("/api/v1/backup", json={}, buffered=True).status_code
            )
        )
        for _ in range(limits.WAITERS)
    ]
    for thread in waiting:
        thread.start()
        assert begun.acquire(timeout=20)
    refused = app.test_client().post("/api/v1/backup", json={})
    assert (refused.status_code, "respond-async" in refused.json["detail"]) == (503, True)
    assert "Retry-After" in refused.headers
    asked = app.test_client().post("/api/v1/backup", json={}, headers={"Prefer": "respond-async"})
    assert asked.status_code == 202
    go_on.set()
    for thread in waiting:
        thread.join()
    assert answers == [200] * limits.WAITERS
    assert app.test_client().post("/api/v1/backup", json={}, buffered=True).status_code == 200
