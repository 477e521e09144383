# SPDX-License-Identifier: Apache-2.0
"""Restores: what changes is told before, and nothing is done by half."""

from __future__ import annotations

import errno
import io
import json
import os
from dataclasses import replace

import pytest
from support_backups import Home, changed, lines, members
from support_gallery import contents, embedding, names, seen
from support_visits import visit

from daemon.backup import Wish
from daemon.errors import JobCancelled, StorageError
from daemon.types import RestoreMode, SampleKind, SettingDifference


def test_a_dry_run_tells_the_difference_and_does_nothing(home, backup):
    gallery = home.gallery
    ann = gallery.find("Ann")
    gallery.rename("Ann", "Anna")
    gallery.delete_sample("Anna", gallery.samples("Anna")[0].id)
    gallery.enrol("Anna", [seen(1, 0.7), seen(1, 1.4)], "cli", force=True)
    gallery.set_familiar("Anna", familiar=True)
    gallery.create_group("Women", ["Anna"])
    bob = gallery.forget("Bob").person
    gallery.enrol("Carl", [seen(4)], "cli")
    before = contents(gallery)
    report = home.restore(backup, dry_run=True)
    assert contents(gallery) == before
    assert (report.applied, report.added, report.changed, report.removed, report.same) == (False, 1, 1, 1, 0)
    assert report.groups_removed == ("Women",)
    by_change = {difference.change: difference for difference in report.differences}
    assert by_change["added"][1:8] == (bob.id, "Bob", None, 1, 0, ("Men",), ())
    changed_one = by_change["changed"]
    assert changed_one[1:] == (ann.id, "Ann", "Anna", 1, 2, (), ("Women",), False)
    assert by_change["removed"].name == "Carl"
    done = home.restore(backup)
    assert (done.applied, done.differences) == (True, report.differences)
    assert names(gallery) == ["Ann", "Bob"]
    assert home.changes == 1
    assert home.restore(backup, dry_run=True).same == 2


def test_all_differences_are_told_however_many_lines_are_given_at_once(home, backup, monkeypatch):
    for name in ("Ann", "Bob"):
        home.gallery.forget(name)
    monkeypatch.setattr("daemon.jobs.jobs.LINES", 1)
    assert [difference.name for difference in home.restore(backup, dry_run=True).differences] == ["Ann", "Bob"]


def test_a_backup_that_the_disk_has_no_room_for_leaves_nothing_behind(home):
    class Full(io.BytesIO):
        def read(self, size=-1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StorageError, match=r"cannot be kept \(No space left on device\): free some space"):
        home.backups.restore(Full())
    assert list(home.vault.staging.folder.iterdir()) == []


def test_who_is_forgotten_is_taken_out_of_the_report(home, backup):
    home.gallery.forget("Bob")
    job = home.done(home.backups.restore(io.BytesIO(backup)))
    bob = home.gallery.find("Bob")
    assert [line.record["name"] for line in home.jobs.lines(job.id)] == ["Bob"]
    assert "Bob" not in json.dumps(home.jobs.get(job.id).result)
    home.people.forget("Bob")
    assert bob.id not in str(home.jobs.lines(job.id))


def test_the_history_follows_new_names(home, backup):
    home.gallery.rename("Ann", "Anna")
    anna = home.gallery.find("Anna")
    home.events.record(visit(anna))
    home.restore(backup)
    assert [past.person.name for past in home.events.history.recent(5)] == ["Ann"]


def test_merging_removes_nothing(home, backup):
    gallery = home.gallery
    gallery.rename("Ann", "Anna")
    gallery.forget("Bob")
    here = gallery.enrol("bob", [seen(5)], "cli").person
    gallery.enrol("Carl", [seen(6)], "cli")
    gallery.delete_group("Men")
    gallery.create_group("MEN", ["Carl"])
    report = home.restore(backup, RestoreMode.MERGE, dry_run=True)
    assert names(gallery) == ["Anna", "bob", "Carl"]
    done = home.restore(backup, RestoreMode.MERGE)
    assert done.differences == report.differences
    assert (done.added, done.changed, done.removed, done.same) == (0, 1, 0, 2)
    assert names(gallery) == ["Anna", "bob", "Carl"]
    assert gallery.find("Bob") == here
    assert gallery.summary("bob").samples == 2
    assert {person.name for person in gallery.group("men").people} == {"bob", "Carl"}
    assert gallery.identify(embedding(2)).person == here
    again = home.restore(backup, RestoreMode.MERGE)
    assert (again.added, again.changed, again.same) == (0, 0, 3)


def test_merging_keeps_to_the_largest_number_of_samples(tmp_path, home):
    cap = home.settings.gallery.max_samples
    with Home(tmp_path / "there") as there:
        for name in ("here", "there"):
            one = home if name == "here" else there
            for number in range(cap - 5):
                tilt = 0.05 * number + (0.02 if name == "there" else 0)
                one.gallery.enrol("Ann", [seen(1, tilt)], "cli", force=True)
        report = home.restore(there.backup(), RestoreMode.MERGE)
    assert report.differences[0].samples_added == cap - 5
    kept = home.gallery.samples("Ann")
    assert len(kept) == 2 * (cap - 5)
    assert sum(sample.set_aside_at is None for sample in kept) == cap


def test_merging_keeps_what_can_be_undone(home, backup):
    gallery = home.gallery
    gone = gallery.delete_sample("Ann", gallery.samples("Ann")[0].id).undo
    home.restore(backup, RestoreMode.MERGE)
    assert [undo.id for undo in gallery.undos()] == [gone.id]


def test_of_another_model_people_names_and_groups_stay(tmp_path, home, backup):
    with Home(tmp_path / "there", "other-model", size=64) as there:
        report = there.restore(backup)
        assert report.applied
        assert names(there.gallery) == ["Ann", "Bob"]
        assert [group.name for group in there.gallery.groups()] == ["Men"]
        assert there.gallery.sample_count == 0
        assert "2 samples are of another model, and are embedded again" in report.notes[0]
        assert "1 samples are of another model and have no picture" in report.notes[1]
        assert there.jobs.get(report.re_embed_job).kind == "re-embed"
        back = there.backup()
    home.restore(back)
    assert home.gallery.identify(embedding(1)).person.name == "Ann"


def test_settings_are_told_and_left_alone(home, backup):
    text = json.loads(members(backup)["settings.json"])
    text["gallery"]["k"] = 9
    text["gone"] = {"by": 1}
    other = changed(backup, "settings.json", lambda _: json.dumps(text).encode())
    report = home.restore(other)
    assert report.settings == (SettingDifference("gallery.k", 7, 9), SettingDifference("gone.by", None, 1))
    assert home.restore(backup, dry_run=True).settings == ()


def test_counter_examples_and_what_is_set_aside_come_back(home):
    gallery = home.gallery
    gallery.enrol("Ann", [seen(1)], "cli")
    gallery.add_samples("Ann", SampleKind.NEGATIVE, [seen(2)], "visit")
    backup = home.backup()
    gallery.forget("Ann")
    home.restore(backup)
    assert [sample.kind for sample in gallery.samples("Ann")] == ["positive", "negative"]


def test_a_cancelled_one_changes_nothing(home, backup):
    home.gallery.forget("Bob")
    before = contents(home.gallery)
    path = home.folder / "backup.zip"
    path.write_bytes(backup)

    def stop(done, total):
        raise JobCancelled(f"{done} of {total}")

    restorer = home.jobs._runners["restore"]._restorer
    with pytest.raises(JobCancelled):
        restorer.restore(Wish(path), stop)
    assert contents(home.gallery) == before


def test_a_disk_that_fails_changes_nothing(home, backup, monkeypatch):
    home.gallery.forget("Bob")
    before = contents(home.gallery)

    def fails(*_):
        raise StorageError("The disk fails.")

    with monkeypatch.context() as patch:
        patch.setattr("daemon.gallery.store.Store.replace_by", fails)
        with pytest.raises(StorageError, match="The disk fails"):
            home.restore(backup)
    assert contents(home.gallery) == before
    home.gallery.enrol("Dora", [seen(8)], "cli")
    assert home.restore(backup).removed == 1


def test_a_picture_is_kept_only_where_pictures_are(tmp_path, home, backup):
    restorer = home.jobs._runners["restore"]._restorer
    restorer._settings = replace(home.settings, gallery=replace(home.settings.gallery, keep_pictures=False))
    report = home.restore(backup)
    assert "left out" in report.notes[0]
    assert [line["picture"] for line in lines(home.backup(), "samples.jsonl")] == [None] * 3
