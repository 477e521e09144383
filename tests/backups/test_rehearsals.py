# SPDX-License-Identifier: Apache-2.0
"""A backup that is tried first is sent once, kept for some minutes, and then gone."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace

import pytest
from support_backups import Home, ann_and_bob
from support_gallery import names, seen

from daemon.errors import BadPassphrase, NoSuchBackup
from daemon.service import restore_report
from daemon.service.rehearsals import KEPT_S
from daemon.types import JobState, RestoreMode
from daemon.workers import SnapshotsWorker

REPLACE, MERGE = RestoreMode.REPLACE, RestoreMode.MERGE


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "state") as home:
        yield home


def staged(home):
    folder = home.vault.staging.folder
    return list(folder.iterdir()) if folder.exists() else []


def report(home, job):
    return restore_report(home.jobs, home.done(job))


def test_what_would_change_is_told_and_then_done_without_sending_it_again(home):
    data = ann_and_bob(home)
    home.gallery.rename("Ann", "Anna")
    home.gallery.enrol("Cleo", [seen(3)], "cli")
    tried = home.backups.rehearsals.begin(io.BytesIO(data), None, REPLACE)
    told = report(home, tried)
    assert (told.applied, told.changed, told.removed) == (False, 1, 1)
    assert names(home.gallery) == ["Anna", "Bob", "Cleo"]
    assert [path.stat().st_mode & 0o777 for path in staged(home)] == [0o600]
    assert home.backups.rehearsals.keeps(tried.id)

    other = home.backups.rehearsals.again(tried.id, MERGE)
    assert report(home, other).removed == 0
    done = home.backups.rehearsals.perform(other.id, REPLACE)
    assert report(home, done).applied
    assert names(home.gallery) == ["Ann", "Bob"]
    assert staged(home) == []
    assert not home.backups.rehearsals.keeps(tried.id)


def test_a_wrong_passphrase_is_given_again_for_the_same_file(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    data = home.backup("sesame")
    tried = home.backups.rehearsals.begin(io.BytesIO(data), "no", REPLACE)
    with pytest.raises(BadPassphrase):
        home.done(tried)
    again = home.backups.rehearsals.again(tried.id, REPLACE, "sesame")
    assert report(home, again).same == 1
    assert report(home, home.backups.rehearsals.perform(again.id, REPLACE)).applied


def test_a_passphrase_is_written_nowhere(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    data = home.backup("xyzzy-plugh")
    report(home, home.backups.rehearsals.begin(io.BytesIO(data), "xyzzy-plugh", REPLACE))
    for path in home.folder.rglob("*"):
        assert path.is_dir() or b"xyzzy-plugh" not in path.read_bytes()


def test_a_snapshot_is_opened_by_the_passphrase_that_it_was_made_with(tmp_path):
    (tmp_path / "secret").write_text("sesame\n")
    (tmp_path / "secret").chmod(0o600)
    with Home(tmp_path / "state", passphrase_file=str(tmp_path / "secret")) as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        name = home.done(home.backups.snapshot()).result["snapshot"]
        tried = home.backups.rehearsals.begin_kept(name, None, REPLACE)
        assert report(home, tried).same == 1
        with pytest.raises(NoSuchBackup):
            home.backups.rehearsals.begin_kept("whod-000009-20261121T193002Z.zip", None, REPLACE)


def test_it_is_gone_when_its_time_is_over(home):
    tried = home.backups.rehearsals.begin(io.BytesIO(ann_and_bob(home)), None, REPLACE)
    report(home, tried)
    home.clock.advance(KEPT_S - 1)
    home.backups.rehearsals.tidy()
    assert home.backups.rehearsals.keeps(tried.id)
    home.clock.advance(1)
    worker = SnapshotsWorker(home.backups, home.jobs.get, home.gallery, home.clock, daily=False)
    pulse = SimpleNamespace(stopping=False, beat=lambda: None)
    pulse.sleep = lambda _: setattr(pulse, "stopping", True)
    worker.run(pulse)
    assert staged(home) == []
    for late in (home.backups.rehearsals.perform, home.backups.rehearsals.again):
        with pytest.raises(NoSuchBackup, match="choose it again"):
            late(tried.id, REPLACE)


def test_the_next_one_takes_its_place(home):
    data = ann_and_bob(home)
    first = home.backups.rehearsals.begin(io.BytesIO(data), None, REPLACE)
    second = home.backups.rehearsals.begin(io.BytesIO(data), None, REPLACE)
    report(home, first)
    report(home, second)
    assert len(staged(home)) == 1
    assert home.backups.rehearsals.keeps(second.id)
    with pytest.raises(NoSuchBackup):
        home.backups.rehearsals.perform(first.id, REPLACE)


def test_nothing_of_it_outlives_the_process(home, tmp_path):
    report(home, home.backups.rehearsals.begin(io.BytesIO(ann_and_bob(home)), None, REPLACE))
    assert staged(home)
    home.close()
    with Home(tmp_path / "state") as again:
        assert staged(again) == []


def test_whoever_is_forgotten_is_not_kept_in_it(home):
    data = ann_and_bob(home)
    tried = home.backups.rehearsals.begin(io.BytesIO(data), None, REPLACE)
    report(home, tried)
    assert home.people.forget("Ann").snapshots == 1
    assert staged(home) == []
    assert not home.backups.rehearsals.keeps(tried.id)


def test_one_that_cannot_be_kept_leaves_nothing(home):
    class Broken:
        def read(self, *_):
            raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="free some space"):
        home.backups.rehearsals.begin(Broken(), None, REPLACE)
    assert staged(home) == []


def test_a_job_that_is_cancelled_leaves_what_it_looked_at(home):
    data = ann_and_bob(home)
    tried = home.backups.rehearsals.begin(io.BytesIO(data), None, REPLACE)
    assert home.jobs.cancel(tried.id).state is JobState.CANCELLED
    assert report(home, home.backups.rehearsals.again(tried.id, REPLACE)).same == 2


def test_two_who_press_at_once_restore_once(home):
    tried = home.backups.rehearsals.begin(io.BytesIO(ann_and_bob(home)), None, REPLACE)
    report(home, tried)
    outcomes = []

    def press():
        try:
            outcomes.append(home.backups.rehearsals.perform(tried.id, REPLACE).state)
        except NoSuchBackup:
            outcomes.append(None)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None", "None", "None", "queued"]
