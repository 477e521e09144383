# SPDX-License-Identifier: Apache-2.0
"""A full disk and one that became read-only: they are said, nothing is half written, faces are identified on."""

import contextlib

import pytest
from support_changes import Enrol, Forget, Rename, found, held, opened, vector
from support_daemon import BARACK, EILEEN, JOE, Daemon, play
from support_disks import fail, failing_disk, fill, small_disk
from support_gallery import MODEL

from daemon.errors import StorageError
from daemon.types import Embedding

FULL = "the disk is full: free some space and try again"
READ_ONLY = "its disk is read-only, as one becomes that fails: check the SD card and the kernel's log"
LARGE = Enrol("Bo" * 40, 2)


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 2 * 1024 * 1024) as disk:
        yield disk


@pytest.mark.parametrize("spare", [0, 4096, 16 * 1024, 40 * 1024])
def test_an_enrolment_on_a_full_disk_is_refused_and_done_once_there_is_space(disk, spare):
    with contextlib.closing(opened(disk)) as gallery:
        Enrol("Ann", 1).do(gallery)
        before = held(gallery)
        filler = fill(disk, spare)
        changes, refused = [Enrol(f"Bo {number}", number) for number in range(2, 100)], None
        people = before
        for change in changes:
            try:
                change.do(gallery)
            except StorageError as error:
                refused = change
                assert FULL in str(error)
                break
            people = change.after(people)
        assert refused is not None
        assert held(gallery) == people
        assert gallery.identify(Embedding(vector(1, 0), MODEL)).person.name == "Ann"
        filler.unlink()
        refused.do(gallery)
        assert found(disk) == held(gallery) == refused.after(people)


def test_a_full_disk_is_opened_and_read(disk):
    with contextlib.closing(opened(disk)) as gallery:
        Enrol("Ann", 1).do(gallery)
    fill(disk, 0)
    assert found(disk) == Enrol("Ann", 1).after({})


def test_a_disk_that_became_read_only_is_said(tmp_path):
    with failing_disk(tmp_path / "disk") as disk, contextlib.closing(opened(disk)) as gallery:
        Enrol("Ann", 1).do(gallery)
        before = held(gallery)
        fail(disk)
        for change in (Enrol("Bo", 2), Rename("Ann", "Bo"), Forget("Ann")):
            with pytest.raises(StorageError, match=READ_ONLY):
                change.do(gallery)
        assert gallery.identify(Embedding(vector(1, 0), MODEL)).person.name == "Ann"
        assert {person.name: person.samples for person in gallery.people()} == {"Ann": 3}
        assert before == Enrol("Ann", 1).after({})


@contextlib.contextmanager
def running(tmp_path, disk):
    daemon = Daemon(tmp_path)
    daemon.state = disk / "state"
    with contextlib.closing(daemon):
        daemon.start(play(tmp_path / "day", (None, 2)))
        assert daemon.whod("enrol", "Eileen", EILEEN).returncode == 0
        yield daemon


def identified(daemon):
    return "Eileen" in daemon.whod("identify", EILEEN).stdout


def test_the_daemon_identifies_on_while_the_disk_is_full(tmp_path):
    with small_disk(tmp_path / "disk", 8 * 1024 * 1024) as disk, running(tmp_path, disk) as daemon:
        filler = fill(disk, 0)
        refused = daemon.whod("enrol", "Joe", JOE)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert FULL in refused.stderr
        assert identified(daemon)
        filler.unlink()
        assert daemon.whod("enrol", "Joe", JOE).returncode == 0
        assert daemon.end() == 0


def test_the_daemon_identifies_on_while_the_disk_is_read_only(tmp_path):
    with failing_disk(tmp_path / "disk") as disk, running(tmp_path, disk) as daemon:
        fail(disk)
        refused = daemon.whod("enrol", "Barack", BARACK)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert READ_ONLY in refused.stderr
        assert identified(daemon)
