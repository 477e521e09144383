# SPDX-License-Identifier: Apache-2.0
"""The disk fails at the n-th read, write or sync, for every n, and the power goes after that."""

import contextlib
import random
import sqlite3

import pytest
from support_changes import FILE, Enrol, Forget, Merge, Rename, Restore, found, opened, put
from support_tape import Tape, taped

from daemon.clock import FakeClock
from daemon.errors import StorageError
from daemon.storage import open_disposable, open_precious

CHANGES = (Enrol("Ann", 1), Enrol("Bo", 2), Rename("Ann", "Cy"), Forget("Bo"), Restore("Dee", 3), Enrol("Eli", 4))
CHANGES = (*CHANGES, Merge("Eli", "Dee"))
KINDS = ("read", "write", "sync", "folder sync", "delete", "rename")


class Owner:
    """Who makes the changes, each until it is done, and looks at what a cut would leave after each failure."""

    def __init__(self, folder, tape, rng):
        self.people = {}
        self.possible = [self.people]
        """What a cut may leave: also what failed, and yet is seen to be done."""
        self.failures = 0
        self._folder, self._tape, self._rng = folder, tape, rng
        self._left = folder.parent / "left"
        self._gallery = None

    def insist(self, change):
        wanted = change.after(self.people)
        self.possible.append(wanted)
        for _ in range(20):
            try:
                self._gallery = self._gallery or opened(self._folder)
                change.do(self._gallery)
            except StorageError as error:
                assert "the disk fails" in str(error) or "cannot be replaced" in str(error), error
                self.failures += 1
                for _ in range(3):
                    assert self.after_a_cut() in self.possible
                if self.seen() == wanted:
                    break
            else:
                self.possible = [wanted]
                assert self.after_a_cut() == wanted
                break
        else:
            raise AssertionError(f"{change} cannot be done")
        self.people = wanted

    def seen(self):
        return found(put(self._tape.disk.files(), self._left))

    def after_a_cut(self):
        return found(put(self._tape.disk.cut(self._rng), self._left))

    def close(self):
        self._gallery.close()


def life(memory, **faults):
    """All changes on a disk that fails so; how often it was asked for what, and how many changes failed."""
    folder = put({}, memory / "state")
    tape = Tape(folder, **faults)
    with taped(tape):
        owner = Owner(folder, tape, random.Random(repr(faults)))
        for change in (*CHANGES, Enrol("Flo", 5)):
            owner.insist(change)
        owner.close()
    for _ in range(3):
        assert owner.after_a_cut() in owner.possible
    assert found(folder) == owner.people
    return tape.counts, owner.failures


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_of_the_disk_takes_nothing_that_was_acknowledged(kind, memory):
    counts, _ = life(memory)
    failed = sum(life(memory, failing=kind, first=n, last=n)[1] > 0 for n in range(1, counts[kind] + 1, 23))
    assert failed


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_each_failure_of_the_disk_takes_nothing_that_was_acknowledged(kind, length, memory):
    counts, _ = life(memory)
    for n in range(1, counts[kind] + 1):
        life(memory, failing=kind, first=n, last=n + length - 1)


def test_a_damaged_file_that_cannot_be_set_aside_is_said(memory):
    tape = Tape(put({"events.db": b"no database"}, memory / "state"), failing="rename", first=1, last=1)
    with taped(tape), pytest.raises(StorageError, match=r"is damaged and cannot be set aside \(Input/output error\)"):
        open_disposable(tape.folder / "events.db", (), FakeClock().now())


def test_an_enrolment_that_is_asked_for_again_is_sure_once_it_is_answered(memory):
    enrolment = Enrol("Ann", 1)
    tape = Tape(put({}, memory / "state"))
    with taped(tape), contextlib.closing(opened(tape.folder)) as gallery:
        tape.failing, tape.first = "folder sync", tape.counts["folder sync"] + 2
        tape.last = tape.first
        with pytest.raises(StorageError, match="disk fails"):
            enrolment.do(gallery)
        assert gallery.answered(enrolment.request).person.name == "Ann"
        for seed in range(50):
            assert found(put(tape.disk.cut(random.Random(seed)), memory / "left")) == enrolment.after({})


def test_what_a_failed_commit_left_in_doubt_is_sure_after_the_next_transaction(memory):
    tape = Tape(put({}, memory / "state"))
    with (
        taped(tape),
        contextlib.closing(open_precious(tape.folder / FILE, ("CREATE TABLE note (text)",))) as database,
    ):
        tape.failing, tape.first = "folder sync", tape.counts["folder sync"] + 2
        tape.last = tape.first
        with pytest.raises(StorageError, match="disk fails"), database.transaction() as transaction:
            transaction.insert("INSERT INTO note VALUES ('in doubt')")
        assert database.query("SELECT * FROM note") == [("in doubt",)]
        with database.transaction() as transaction:
            assert transaction.query("SELECT * FROM note") == [("in doubt",)]
        for seed in range(50):
            put(tape.disk.cut(random.Random(seed)), memory / "left")
            with contextlib.closing(sqlite3.connect(memory / "left" / FILE)) as left:
                assert left.execute("SELECT * FROM note").fetchall() == [("in doubt",)]
