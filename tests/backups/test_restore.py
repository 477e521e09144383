# SPDX-License-Identifier: Apache-2.0
"""Restores: all that is wrong is told, nothing is done by half; what changes is told before."""

from __future__ import annotations

import base64
import io
import json
import random
from dataclasses import replace

import numpy as np
import pytest
from support_backups import JPEG, Home, changed, lines, members, packed
from support_gallery import D, contents, embedding, names, seen
from support_visits import visit

from daemon.backup import Wish
from daemon.errors import BadBackup, BadPassphrase, JobCancelled, StorageError
from daemon.types import RestoreMode, SampleKind, SettingDifference

ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "here") as home:
        yield home


@pytest.fixture
def backup(home):
    return ann_and_bob(home)


def ann_and_bob(home):
    """A backup of Ann with two samples, and Bob, who is in a group."""
    home.gallery.enrol("Ann", [seen(1), seen(1, 0.3)], "upload", force=True, pictures=[JPEG, JPEG])
    home.gallery.enrol("Bob", [seen(2)], "cli")
    home.gallery.create_group("Men", ["Bob"])
    return home.backup()


def on_record(field, value, number=0):
    """A change of one field of one line."""

    def change(text):
        records = [json.loads(line) for line in text.splitlines()]
        records[number][field] = value
        return "".join(json.dumps(record) + "\n" for record in records).encode()

    return change


def twice(text):
    return text + text.splitlines(keepends=True)[0]


def vector(numbers):
    return base64.b64encode(np.array(numbers, "<f4").tobytes()).decode()


NAN = [float("nan"), *[0.0] * (D - 1)]
WRONG = {
    "a name of a megabyte": (
        "people.jsonl",
        on_record("name", random.Random(1).randbytes(450_000).hex()),
        "too long",
    ),
    "a name that turns the text": ("people.jsonl", on_record("name", "A\u202eb"), "direction"),
    "a name that is no text": ("people.jsonl", on_record("name", 7), "another kind"),
    "two people of one name": ("people.jsonl", on_record("name", "ANN", 1), "already"),
    "two people of one id": ("people.jsonl", twice, "already"),
    "an id that is a path": ("people.jsonl", on_record("id", "../../etc/passwd"), "id that is none"),
    "a time that is none": ("people.jsonl", on_record("created_at", "yesterday"), "no time"),
    "a time of another zone": ("people.jsonl", on_record("created_at", "2026-11-21T19:30:02.113+01:00"), "no time"),
    "a group that is not there": ("people.jsonl", on_record("groups", [ID]), "group that is not there"),
    "a field too many": ("people.jsonl", on_record("admin", True), "not known"),
    "two groups of one name": ("groups.jsonl", twice, "already"),
    "a sample of nobody": ("samples.jsonl", on_record("person_id", ID), "nobody"),
    "two samples of one id": ("samples.jsonl", twice, "already"),
    "NaN": ("samples.jsonl", on_record("vector", vector(NAN)), "numbers that are none"),
    "infinity": ("samples.jsonl", on_record("vector", vector([float("inf"), *NAN[1:]])), "numbers that are none"),
    "no unit vector": ("samples.jsonl", on_record("vector", vector([2.0, *NAN[1:]])), "unit length"),
    "an empty vector": ("samples.jsonl", on_record("vector", ""), "cut off"),
    "half a number": ("samples.jsonl", on_record("vector", "AAAAAAA="), "cut off"),
    "no base64": ("samples.jsonl", on_record("vector", "ä" * 8), "not base64"),
    "another dimension": ("samples.jsonl", on_record("vector", vector(np.eye(64)[0])), "64 numbers"),
    "a quality that is none": ("samples.jsonl", on_record("quality", 1.5), "quality"),
    "a kind that is none": ("samples.jsonl", on_record("kind", "maybe"), "kind"),
    "a picture that is none": ("samples.jsonl", on_record("picture", "aGFsbG8="), "no JPEG"),
    "no JSON": ("samples.jsonl", lambda text: b"[1, 2\n" + text, "not JSON"),
    "a number that is none": ("samples.jsonl", on_record("quality", float("nan")), "not JSON"),
    "JSON in JSON": ("people.jsonl", lambda text: b"[" * 9000 + b"\n" + text, "not JSON"),
    "a list": ("people.jsonl", lambda text: b"[]\n" + text, "not a JSON object"),
    "a line that is cut off": ("people.jsonl", lambda text: text[:-1], "cut off"),
    "a line without end": (
        "people.jsonl",
        lambda text: text + random.Random(1).randbytes(600_000).hex().encode(),
        "too long",
    ),
    "settings that are none": ("settings.json", lambda _: b"7", "not a JSON object"),
    "a format from the future": (
        "manifest.json",
        lambda text: text.replace(b'"format": 1', b'"format": 7'),
        "update whod",
    ),
    "another program's": ("manifest.json", lambda text: text.replace(b'"whod"', b'"who"'), "not of a backup of whod"),
    "counts that are wrong": (
        "manifest.json",
        lambda text: text.replace(b'"people": 2', b'"people": 3'),
        "tells of 3",
    ),
    "a digest that is none": (
        "manifest.json",
        lambda text: text.replace(b'"people.jsonl": "', b'"people.jsonl": "x'),
        "sha256",
    ),
}


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A home that nothing changes, and a backup of it."""
    with Home(tmp_path_factory.mktemp("still")) as home:
        yield home, ann_and_bob(home)


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_right_is_told_and_nothing_is_done(still, what):
    home, backup = still
    member, change, said = WRONG[what]
    bad = changed(backup, member, change)
    before = contents(home.gallery)
    report = home.restore(bad, dry_run=True)
    assert not report.applied
    assert any(word in " ".join(report.problems) for word in said.split("|")), report.problems
    with pytest.raises(BadBackup) as raised:
        home.restore(bad)
    assert str(raised.value).split(".")[0] in report.problems[0]
    assert contents(home.gallery) == before
    assert home.changes == 0
    assert list(home.vault.staging.folder.iterdir()) == []


def test_all_that_is_wrong_is_told_at_once(home, backup):
    bad = changed(backup, "people.jsonl", on_record("name", ""))
    bad = changed(bad, "samples.jsonl", on_record("quality", 2, 2))
    parts = members(bad)
    parts["settings.json"] += b" "
    problems = home.restore(packed(parts), dry_run=True).problems
    assert len(problems) >= 4  # the name, the samples of nobody, the quality, the digest
    assert any("people.jsonl, line 1" in problem for problem in problems)
    assert any("samples.jsonl, line 3" in problem for problem in problems)
    assert any("settings.json does not match its sha256" in problem for problem in problems)
    assert not any("Bob" in problem or "Ann" in problem for problem in problems)


def test_a_hundred_problems_are_enough(home, backup):
    bad = changed(backup, "people.jsonl", lambda text: text + b"x\n" * 250)
    problems = home.restore(bad, dry_run=True).problems
    assert len(problems) == 101
    assert problems[-1] == "There are 151 problems more."  # and the counts


def test_members_that_are_missing_or_strange_are_told(home, backup):
    parts = members(backup)
    del parts["groups.jsonl"]
    parts["autorun.exe"] = b"x"
    problems = home.restore(packed(parts), dry_run=True).problems
    assert set(problems) == {"groups.jsonl is missing.", "autorun.exe does not belong into a backup."}


@pytest.mark.parametrize(
    "data",
    [b"", b"not a zip", b"PK\x03\x04" + bytes(100), packed({"a.txt": b"x"}), packed({"../manifest.json": b"{}"})],
)
def test_what_is_no_backup_is_refused(home, data):
    with pytest.raises(BadBackup):
        home.restore(data, dry_run=True)


def test_trailing_bytes_are_refused(home, backup):
    for data in (backup + b"x", b"x" + backup, backup[:-1]):
        with pytest.raises(BadBackup):
            home.restore(data)


def test_a_bomb_is_stopped(home, backup):
    parts = members(backup)
    parts["people.jsonl"] = bytes(50_000_000)
    with pytest.raises(BadBackup, match="100 times"):
        home.restore(packed(parts), dry_run=True)


def test_the_passphrase_must_fit(home, backup):
    sealed = home.backup("sesame")
    with pytest.raises(BadPassphrase, match="encrypted"):
        home.restore(sealed)
    with pytest.raises(BadPassphrase, match="not the passphrase"):
        home.restore(sealed, passphrase="open")
    with pytest.raises(BadPassphrase, match="no passphrase"):
        home.restore(backup, passphrase="sesame")
    with pytest.raises(BadPassphrase, match="empty"):
        home.restore(sealed, passphrase="")


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
