# SPDX-License-Identifier: Apache-2.0
"""The model of the disk loses what a disk may lose, and nothing else."""

import random

from support_disk import SECTOR, Deleted, Disk, FolderSynced, Made, Renamed, Synced, Truncated, Written

OLD = {"a": b"old" * SECTOR}
NEW = Written("a", 0, b"new" * SECTOR)


def left(*operations, name="a"):
    """What a thousand cuts leave of a file."""
    disk = Disk(OLD)
    for operation in operations:
        disk.apply(operation)
    return {disk.cut(random.Random(seed)).get(name) for seed in range(1000)}


def test_what_was_synced_stays():
    assert left(NEW, Synced("a")) == {NEW.data}
    assert left(Truncated("a", 2), Synced("a")) == {b"ol"}


def test_what_was_not_synced_may_stay_go_or_be_torn_at_any_sector():
    sectors = [(OLD["a"][at : at + SECTOR], NEW.data[at : at + SECTOR]) for at in range(0, 3 * SECTOR, SECTOR)]
    assert left(NEW) == {a + b + c for a in sectors[0] for b in sectors[1] for c in sectors[2]}


def test_a_sync_that_failed_is_not_made_good_by_the_next():
    assert len(left(NEW, Synced("a", failed=True), Synced("a"))) == 8
    again = (NEW, Synced("a", failed=True), NEW, Synced("a"))
    assert left(*again) == {NEW.data}


def test_names_are_sure_once_the_folder_was_synced():
    made = (Made("b"), Written("b", 0, b"b"), Synced("b"))
    assert left(*made, name="b") == {None, b"b"}
    assert left(*made, FolderSynced(), name="b") == {b"b"}
    assert left(Deleted("a")) == {None, OLD["a"]}
    assert left(Deleted("a"), FolderSynced(failed=True)) == {None, OLD["a"]}
    assert left(Deleted("a"), FolderSynced()) == {None}
    assert left(*made, FolderSynced(), Renamed("b", "a")) == {OLD["a"], b"b"}
    assert left(*made, Renamed("b", "a"), FolderSynced()) == {b"b"}
