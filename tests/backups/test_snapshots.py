# SPDX-License-Identifier: Apache-2.0
"""Backups that are kept on the device: when they are made, which stay, and who is taken out of them."""

from __future__ import annotations

import io
import threading
import time

import pytest
from support_backups import JPEG, Home, members
from support_gallery import names, seen

from daemon.backup import Maker
from daemon.backup.reading import unsealed
from daemon.errors import NoSuchBackup, NoSuchJob, StorageError, WorldError
from daemon.jobs.jobs import STAGED
from daemon.types import State
from daemon.workers import Pulse, SnapshotsWorker

DAY = 86_400


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "state") as home:
        yield home


def worker_of(home, daily=True):
    worker = SnapshotsWorker(home.backups, home.jobs.get, home.gallery, home.clock, daily=daily)

    def turns():
        """What is due is done; the number of snapshots."""
        for _ in range(2):
            worker.turn()
            while home.jobs.work(0):
                pass
        return len(home.backups.all())

    return worker, turns


def people_in(home, name, tmp_path):
    data = home.taken(name)
    if name.endswith(".age"):
        (tmp_path / "a").write_bytes(data)
        data = unsealed(tmp_path / "a", "sesame", tmp_path / "b").read_bytes()
    return members(data)["people.jsonl"].decode()


def test_the_first_is_made_at_once_and_then_one_a_day_when_something_has_changed(home):
    _, turns = worker_of(home)
    assert turns() == 0, "nobody is enrolled"
    home.gallery.enrol("Ann", [seen(1)], "cli")
    assert turns() == 1
    home.gallery.enrol("Bob", [seen(2)], "cli")
    home.clock.advance(DAY - 60)
    assert turns() == 1
    home.clock.advance(120)
    assert turns() == 2
    home.clock.advance(3 * DAY)
    assert turns() == 2, "nothing has changed"
    home.gallery.rename("Bob", "Bert")
    assert turns() == 3


def test_after_a_restart_none_is_made_where_nothing_has_changed(home, tmp_path):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    assert worker_of(home)[1]() == 1
    home.close()
    with Home(tmp_path / "state", clock=home.clock) as again:
        again.clock.advance(2 * DAY)
        _, turns = worker_of(again)
        assert turns() == 1
        again.gallery.set_familiar("Ann", familiar=True)
        again.clock.advance(DAY)
        assert turns() == 2


def test_a_clock_that_was_wrong_does_not_keep_it_from_being_made_though_each_run_is_short(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    _, turns = worker_of(home)
    home.clock.advance(20 * 365 * DAY)
    assert turns() == 1
    home.clock.advance(-20 * 365 * DAY)
    _, turns = worker_of(home)
    assert turns() == 1, "nothing has changed"
    home.gallery.enrol("Bob", [seen(2)], "cli")
    _, turns = worker_of(home)
    assert turns() == 2
    home.gallery.rename("Bob", "Bert")
    _, turns = worker_of(home)
    assert turns() == 2, "it is of today"
    newest, older = home.backups.all()
    assert newest.made_at < older.made_at
    assert "Bob" in people_in(home, newest.name, home.folder)


def test_while_the_clock_may_be_wrong_a_day_of_the_run_counts(home, monkeypatch):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    _, turns = worker_of(home)
    assert turns() == 1
    monkeypatch.setattr(home.clock, "synced", lambda: False)
    home.clock.advance(-20 * 365 * DAY)
    home.gallery.enrol("Bob", [seen(2)], "cli")
    _, turns = worker_of(home)
    assert turns() == 1
    home.clock.advance(DAY + 60)
    assert turns() == 2


def test_the_newest_stay(tmp_path):
    with Home(tmp_path / "state", keep=3) as home:
        made = []
        for number in range(5):
            home.gallery.enrol(f"P{number}", [seen(number)], "cli")
            made.append(home.snapshot())
        assert [file.name for file in home.backups.all()] == made[:1:-1]
        assert home.snapshot() is None


def test_the_files_are_for_the_owner_alone(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    path = home.vault.snapshots.path(home.snapshot())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent == home.folder / "backups"
    assert home.backups.all()[0].size == path.stat().st_size


@pytest.mark.parametrize("name", ["../gallery.db", "gallery.db", "", "whod-000001-20261121T193000Z.zip/../x", "."])
def test_only_snapshots_are_given(home, name):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    home.snapshot()
    with pytest.raises(NoSuchBackup):
        home.backups.open(name)


def test_a_failure_is_told_as_part_of_the_health_and_tried_again(home, tmp_path, monkeypatch):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    worker, turns = worker_of(home)

    def full(*_):
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("daemon.gallery.keeper.Keeper.copy_to", full)
        assert turns() == 0
    assert worker.part().state is State.DEGRADED
    assert worker.part().detail == "No backup was kept: The disk is full."
    assert turns() == 0, "not at once"
    home.clock.advance(3700)
    assert turns() == 1
    assert (worker.part().state, worker.part().detail) == (State.OK, "")


def test_what_cannot_be_taken_away_is_told_once(home, monkeypatch, caplog):
    worker = SnapshotsWorker(home.backups, home.jobs.get, home.gallery, home.clock, daily=False)
    sleeps = iter(range(5))
    pulse = Pulse(home.clock)
    monkeypatch.setattr(pulse, "sleep", lambda _: next(sleeps) == 4 and pulse.stop())

    def tidy():
        raise StorageError("It is busy.")

    monkeypatch.setattr(home.backups, "tidy", tidy)
    worker.run(pulse)
    assert caplog.messages == ["A backup that was only tried may still be there: It is busy."]


def test_a_folder_that_is_not_mounted_is_told(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    with Home(tmp_path / "state", folder=disk) as home:
        disk.rmdir()
        home.gallery.enrol("Ann", [seen(1)], "cli")
        worker, turns = worker_of(home)
        with pytest.raises(StorageError):
            turns()
        assert "mounted" in worker.part().detail
        assert not disk.exists()
        disk.mkdir()
        home.clock.advance(3700)
        assert turns() == 1
        assert len(list(disk.iterdir())) == 1


def test_where_they_are_not_wanted_none_is_made(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    worker, _ = worker_of(home, daily=False)
    assert worker.part().state is State.OFF


@pytest.fixture(params=["plain", "encrypted"])
def kept(request, tmp_path):
    """A home with two snapshots of Ann and Bob, the first without Bob."""
    secret = tmp_path / "secret"
    secret.write_text("sesame\n")
    secret.chmod(0o600)
    options = {"passphrase_file": secret} if request.param == "encrypted" else {}
    with Home(tmp_path / "state", **options) as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        home.snapshot()
        home.gallery.enrol("Bob", [seen(2)], "cli", pictures=[JPEG])
        home.gallery.create_group("All", ["Ann", "Bob"])
        home.snapshot()
        yield home


def test_who_is_forgotten_is_in_no_snapshot(kept, tmp_path):
    old = [file.name for file in kept.backups.all()]
    receipt = kept.people.forget("Bob")
    assert receipt.snapshots == 1
    assert [file.name for file in kept.backups.all()] == old
    for file in kept.backups.all():
        assert file.encrypted is (kept.settings.backup.passphrase_file != "")
        text = people_in(kept, file.name, tmp_path)
        assert "Ann" in text
        assert "Bob" not in text
    report = kept.restore(kept.taken(old[0]), passphrase="sesame" if old[0].endswith("age") else None, dry_run=True)
    assert report.problems == ()
    assert (report.people, report.samples, report.pictures) == (1, 1, 0)


def test_a_snapshot_that_cannot_be_written_anew_is_deleted(kept, monkeypatch):
    newest = kept.vault.snapshots.path(kept.backups.all()[0].name)
    newest.write_bytes(newest.read_bytes()[:-40])
    assert kept.people.forget("Bob").snapshots == 1
    assert not newest.exists()
    assert len(kept.backups.all()) == 1


def test_what_a_backup_job_has_made_goes_with_somebody_forgotten(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    job = home.done(home.backups.make())
    assert home.people.forget("Ann").snapshots == 1
    with pytest.raises(NoSuchBackup, match="not kept any more"):
        home.backups.fetch(job.id)
    assert list(home.vault.staging.folder.iterdir()) == []


def test_who_is_forgotten_while_a_backup_is_made_is_not_in_it(home, monkeypatch):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    forgetting = threading.Thread(target=home.people.forget, args=("Ann",))
    write = Maker.write

    def interrupted(*given):
        manifest = write(*given)
        forgetting.start()
        while names(home.gallery):
            time.sleep(0.01)
        forgetting.join(0.3)
        return manifest

    monkeypatch.setattr(Maker, "write", interrupted)
    job = home.done(home.backups.make())
    forgetting.join()
    with pytest.raises(NoSuchBackup, match="not kept any more"):
        home.backups.fetch(job.id)


def test_nobody_is_forgotten_while_the_snapshots_cannot_be_changed(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    with Home(tmp_path / "state", folder=disk) as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        home.snapshot()
        disk.rename(tmp_path / "away")
        with pytest.raises(StorageError, match="mounted"):
            home.people.forget("Ann")
        (tmp_path / "away").rename(disk)
        with monkeypatch.context() as patched:
            patched.setattr("daemon.service.backups.os.access", lambda *_: False)
            with pytest.raises(StorageError, match="make it writable"):
                home.people.forget("Ann")
        assert names(home.gallery) == ["Ann"]
        assert home.people.forget("Ann").snapshots == 1


def test_what_fails_after_all_is_said_and_made_up_for(home, monkeypatch):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    home.snapshot()
    job = home.done(home.backups.make())

    def full(_):
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(home.vault.snapshots, "forget", full)
        with pytest.raises(StorageError, match=r"is forgotten, but may still be .* The disk is full\."):
            home.people.forget("Ann")
    assert names(home.gallery) == []
    with pytest.raises(NoSuchBackup):
        home.backups.fetch(job.id)
    assert home.people.finish_forgetting() == (0, 1)


def test_what_a_backup_job_has_made_is_given_once(home):
    job = home.done(home.backups.make())
    with home.backups.fetch(job.id) as file:
        assert file.read().startswith(b"PK")
    with pytest.raises(NoSuchBackup):
        home.backups.fetch(job.id)
    with pytest.raises(NoSuchBackup, match="no backup"):
        home.backups.fetch(home.backups.snapshot().id)


def test_what_a_power_cut_left_of_one_is_deleted(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    home.snapshot()
    left = home.folder / "backups" / ".whod-000002-20261121T193000Z.zip.part"
    left.write_bytes(b"half")
    home.gallery.enrol("Bob", [seen(2)], "cli")
    home.snapshot()
    assert not left.exists()


def test_a_snapshot_that_ended_among_so_many_jobs_that_it_is_not_kept_any_more_stops_nothing(home):
    home.gallery.enrol("Ann", [seen(1)], "cli")
    gone = []

    def job(job_id):
        gone.append(job_id)
        raise NoSuchJob("There is no such job.")

    worker = SnapshotsWorker(home.backups, job, home.gallery, home.clock, daily=True)
    worker.turn()
    while home.jobs.work(0):
        pass
    worker.turn()
    worker.turn()
    assert len(gone) == 1
    assert worker.part().state is State.OK


def test_only_so_many_backups_wait_to_be_restored(home):
    for _ in range(STAGED):
        home.backups.restore(io.BytesIO(b"x"))
    with pytest.raises(WorldError, match="try again when some are done"):
        home.backups.restore(io.BytesIO(b"x"))
    assert len(list(home.vault.staging.folder.iterdir())) == STAGED


def test_how_many_are_in_one_is_told_where_it_can_be_seen(tmp_path):
    with Home(tmp_path / "state") as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        home.done(home.backups.snapshot())
        home.gallery.enrol("Bob", [seen(2)], "cli")
        home.done(home.backups.snapshot())
        assert [each.people for each in home.backups.all()] == [2, 1]
        ann = home.gallery.find("Ann").id
        home.people.forget(ann)
        assert [each.people for each in home.backups.all()] == [1, 0]
        newest = home.folder / "backups" / home.backups.all()[0].name
        newest.write_bytes(b"cut off")
        assert [each.people for each in home.backups.all()] == [None, 0]
    (tmp_path / "secret").write_text("sesame")
    (tmp_path / "secret").chmod(0o600)
    with Home(tmp_path / "sealed", passphrase_file=str(tmp_path / "secret")) as home:
        home.gallery.enrol("Ann", [seen(1)], "cli")
        home.done(home.backups.snapshot())
        assert [(each.encrypted, each.people) for each in home.backups.all()] == [(True, None)]
