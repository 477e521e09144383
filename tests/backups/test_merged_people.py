# SPDX-License-Identifier: Apache-2.0
"""Who was merged is known under the old id wherever older backups hold them, and is forgotten there too."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from support_backups import Home, changed, lines, members
from support_gallery import names, seen

from daemon.backup import format as fmt
from daemon.errors import BadBackup
from daemon.types import RestoreMode


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "state") as home:
        yield home


def enrolled(home, number, name):
    return home.gallery.enrol(name, [seen(number)], "cli").person.id


def merged(home):
    """Rob was Bob: the id of Rob, who is gone, and the snapshot that was made before."""
    rob = enrolled(home, 1, "Rob")
    enrolled(home, 2, "Bob")
    snapshot = home.snapshot()
    home.gallery.merge("Rob", "Bob")
    return rob, snapshot


def people_in(home, name):
    return {line["id"]: line for line in lines(home.taken(name), fmt.PEOPLE)}


def test_a_backup_tells_who_was_merged_and_only_where_there_are_any(home, tmp_path):
    rob, _ = merged(home)
    enrolled(home, 3, "Ann")
    backup = home.backup()
    assert {line["name"]: line.get("merged") for line in lines(backup, fmt.PEOPLE)} == {"Bob": [rob], "Ann": None}
    with Home(tmp_path / "there") as there:
        there.restore(backup)
        assert members(there.backup())[fmt.PEOPLE] == members(backup)[fmt.PEOPLE]


def back_by_replacing(home, backup):
    home.restore(backup)


def back_by_merging(home, backup):
    home.restore(backup, RestoreMode.MERGE)


@pytest.mark.parametrize("back", [back_by_replacing, back_by_merging])
def test_after_a_restore_older_snapshots_are_still_searched_for_who_was_merged(home, back):
    bob = enrolled(home, 2, "Bob")
    backup = home.backup()  # from before Rob was there at all
    rob = enrolled(home, 1, "Rob")
    snapshot = home.snapshot()
    home.gallery.merge("Rob", "Bob")
    back(home, backup)
    assert set(people_in(home, snapshot)) == {bob, rob}
    home.people.forget("Bob")
    assert people_in(home, snapshot) == {}


def test_after_a_damaged_gallery_as_well(tmp_path):
    with Home(tmp_path / "state") as home:
        rob, older = merged(home)
        home.snapshot()
    (tmp_path / "state" / "gallery.db").write_bytes(b"")
    with Home(tmp_path / "state") as home:
        assert rob in people_in(home, older)
        home.people.forget("Bob")
        assert people_in(home, older) == {}


def test_whoever_is_there_again_is_nobodys_old_id(home):
    rob, snapshot = merged(home)
    home.restore(home.taken(snapshot))
    assert names(home.gallery) == ["Bob", "Rob"]
    home.people.forget("Bob")
    assert set(people_in(home, snapshot)) == {rob}
    assert names(home.gallery) == ["Rob"]


def test_to_merge_a_backup_makes_nobody_two_again(home):
    enrolled(home, 1, "Rob")
    home.gallery.create_group("Men", ["Rob"])
    snapshot = home.snapshot()
    enrolled(home, 2, "Bob")
    home.gallery.merge("Rob", "Bob")
    home.gallery.delete_group("Men")
    samples = {sample.id for sample in home.gallery.samples("Bob")}
    home.gallery.rename("Bob", "Robert")
    enrolled(home, 5, "Rob")  # somebody else
    home.restore(home.taken(snapshot), RestoreMode.MERGE)
    assert names(home.gallery) == ["Rob", "Robert"]
    assert {sample.id for sample in home.gallery.samples("Robert")} == samples
    assert [person.name for person in home.gallery.group("Men").people] == ["Robert"]


def test_who_has_the_same_name_is_found_in_older_snapshots_after_merging(home):
    old = enrolled(home, 1, "Bob")
    snapshot = home.snapshot()
    home.gallery.forget("Bob")
    home.gallery.forgot([old])
    enrolled(home, 2, "bob")
    home.restore(home.taken(snapshot), RestoreMode.MERGE)
    home.people.forget("bob")
    assert people_in(home, snapshot) == {}


def test_whom_a_snapshot_does_not_tell_apart_goes_with_who_is_forgotten(home):
    """Merged by mistake, backed up, undone: that backup has the samples of both under one id."""
    rob, _ = merged(home)
    ann = enrolled(home, 3, "Ann")
    snapshot = home.snapshot()
    (undo,) = home.gallery.undos()
    home.people.undos.undo(undo.id)
    home.people.forget(rob)
    assert set(people_in(home, snapshot)) == {ann}
    assert {line["person_id"] for line in lines(home.taken(snapshot), fmt.SAMPLES)} == {ann}
    assert home.restore(home.taken(snapshot), dry_run=True).problems == ()
    assert names(home.gallery) == ["Ann", "Bob"]


def test_who_is_yet_to_be_forgotten_elsewhere_is_remembered_over_a_restore(home):
    """A restore may come between the two halves of a forgetting."""
    backup = home.backup()
    ann = enrolled(home, 3, "Ann")
    snapshot = home.snapshot()
    home.gallery.forget("Ann")
    home.restore(backup)
    assert home.gallery.forgotten() == [ann]
    home.people.finish_forgetting()
    assert people_in(home, snapshot) == {}


WRONG = {
    "somebody who is there": lambda people: people[0].update(merged=[people[1]["id"]]),
    "somebody who comes later": lambda people: people[1].update(merged=[people[0]["id"]]),
    "themselves": lambda people: people[0].update(merged=[people[0]["id"]]),
    "the same one twice": lambda people: [
        one.update(merged=["0" * 8 + "-0000" * 3 + "-" + "0" * 12]) for one in people
    ],
    "no id": lambda people: people[0].update(merged=["../x"]),
    "no list": lambda people: people[0].update(merged="x"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_a_backup_cannot_rightly_say_is_refused(home, what):
    enrolled(home, 1, "Ann")
    enrolled(home, 2, "Bob")

    def change(data):
        people = [json.loads(line) for line in data.splitlines()]
        WRONG[what](people)
        return b"".join(json.dumps(one).encode() + b"\n" for one in people)

    bad = changed(home.backup(), fmt.PEOPLE, change)
    assert zipfile.is_zipfile(io.BytesIO(bad))
    assert home.restore(bad, dry_run=True).problems
    with pytest.raises(BadBackup):
        home.restore(bad)
    assert names(home.gallery) == ["Ann", "Bob"]
