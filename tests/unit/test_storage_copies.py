# SPDX-License-Identifier: Apache-2.0
"""What a database was before its migration: kept, given back to the whod before, and not for long."""

import contextlib
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from daemon.clock import FakeClock, SystemClock
from daemon.errors import StorageError
from daemon.storage import Durability, Expiry, StateFolder, copies, open_precious
from daemon.storage.database import Database

ONE = ("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",)
TWO = (*ONE, "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")
THREE = (*TWO, "CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT")
WEEK_S = 7 * 86400


@pytest.fixture(params=Durability, ids=lambda durability: durability.name)
def durability(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "note.db"


def write(path, migrations, *texts, durability=Durability.PRECIOUS):
    db = Database(path, durability, migrations)
    with db.transaction() as tx:
        for text in texts:
            tx.execute("INSERT INTO note (text) VALUES (?)", (text,))
    db.close()


def notes(path, migrations=ONE):
    db = open_precious(path, migrations)
    found = [text for (text,) in db.query("SELECT text FROM note ORDER BY id")]
    db.close()
    return found


def names(path):
    return sorted(file.name for file in path.parent.glob("*.db*"))


def storage(*words, told=""):
    command = [sys.executable, "-m", "daemon.storage", *map(str, words)]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=60)


def test_before_a_migration_the_file_is_kept_as_it_was(path, durability):
    write(path, ONE, "a", durability=durability)
    write(path, TWO, "b", durability=durability)
    copy = path.with_name("note.db.schema-1")
    assert notes(copy) == ["a"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert notes(path, TWO) == ["a", "b"]


def test_a_new_file_and_one_that_is_up_to_date_have_no_copy(path):
    write(path, TWO, "a")
    write(path, TWO, "b")
    assert names(path) == ["note.db"]


def test_each_step_has_its_copy(path):
    for migrations in (ONE, TWO, THREE):
        write(path, migrations)
    assert names(path) == ["note.db", "note.db.schema-1", "note.db.schema-2"]


def test_without_a_copy_nothing_is_migrated(path, monkeypatch):
    write(path, ONE, "a")

    def fails(*_):
        raise StorageError("no room")

    monkeypatch.setattr(copies, "put_in_place", fails)
    with pytest.raises(StorageError, match="no room"):
        open_precious(path, TWO)
    monkeypatch.undo()
    assert names(path) == ["note.db"]
    assert notes(path, ONE) == ["a"]


def test_a_copy_that_was_cut_short_is_made_anew(path):
    write(path, ONE, "a")
    path.with_name("note.db.schema-1.new").write_bytes(b"half")
    write(path, TWO)
    assert names(path) == ["note.db", "note.db.schema-1"]
    assert notes(path.with_name("note.db.schema-1")) == ["a"]


@pytest.mark.parametrize(("age_s", "kept"), [(WEEK_S - 60, True), (WEEK_S + 60, False), (-WEEK_S, True)])
def test_after_a_week_it_goes(path, age_s, kept):
    write(path, ONE)
    write(path, TWO)
    copy = path.with_name("note.db.schema-1")
    os.utime(copy, (0, time.time() - age_s))
    Expiry(path.parent, SystemClock()).turn()
    assert copy.exists() is kept
    assert notes(path, TWO) == []


class Unset(FakeClock):
    """A clock of a machine without a network, ten years ahead."""

    def now(self):
        return super().now() + timedelta(days=3650)

    def synced(self):
        return False


def test_where_the_clock_is_not_set_it_goes_after_a_week_of_running(path):
    write(path, ONE)
    write(path, TWO)
    copy, clock = path.with_name("note.db.schema-1"), Unset()
    expiry = Expiry(path.parent, clock)
    for seconds, kept in ((0, True), (WEEK_S, True), (60, False)):
        clock.advance(seconds)
        expiry.turn()
        assert copy.exists() is kept


def test_whoever_is_to_be_forgotten_is_in_none(path):
    write(path, ONE, "a")
    db = open_precious(path, TWO)
    db.drop_copies()
    db.close()
    assert names(path) == ["note.db"]


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """Its socket, which gives what it was told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def extensions_s(systemd):
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            key, _, value = systemd.recv(4096).decode().partition("=")
            assert key == "EXTEND_TIMEOUT_USEC"
            found.append(int(value) / 1e6)
    return found


def test_a_start_that_migrates_much_is_given_the_time_for_it(path, systemd):
    write(path, ONE, "x" * 10_000_000)
    extensions_s(systemd)
    write(path, TWO)
    checked, migrated = extensions_s(systemd)  # from either on
    assert min(checked, migrated) >= 60 + 10_000_000 / 500_000


class TestStepBack:
    @pytest.fixture
    def upgraded(self, path):
        write(path, ONE, "a")
        write(path, TWO, "b")
        write(path.with_name("same.db"), ONE, "same")
        return path

    def test_versions_are_told_of_each_database(self, upgraded):
        done = storage("versions", upgraded.parent)
        assert (done.returncode, done.stdout, done.stderr) == (0, "note.db 2\nsame.db 1\n", "")

    def test_what_a_killed_whod_left_in_its_journal_counts(self, path):
        with sqlite3.connect(path, isolation_level=None) as left:
            left.execute("PRAGMA journal_mode=WAL")
            left.execute("PRAGMA user_version=7")
            wal = path.with_name("note.db-wal").read_bytes()
            content = path.read_bytes()
        left.close()
        path.write_bytes(content)
        path.with_name("note.db-wal").write_bytes(wal)
        assert copies.versions(path.parent) == {"note.db": 7}

    def test_the_older_one_gets_what_it_can_read(self, upgraded):
        done = storage("step-back", upgraded.parent, told="note.db 1\nsame.db 1\n")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("note.db is again what it was")
        assert notes(upgraded, ONE) == ["a"]
        assert notes(upgraded.with_name("same.db")) == ["same"]
        assert notes(upgraded.with_name("note.db.schema-2"), TWO) == ["a", "b"]

    def test_the_newer_one_is_kept_for_a_week_from_then_on(self, upgraded):
        os.utime(upgraded, (0, time.time() - WEEK_S - 60))  # nobody has come since
        storage("step-back", upgraded.parent, told="note.db 1\n")
        Expiry(upgraded.parent, SystemClock()).turn()
        assert notes(upgraded.with_name("note.db.schema-2"), TWO) == ["a", "b"]

    def test_forth_again_who_came_in_between_is_still_kept_beside_it(self, upgraded):
        storage("step-back", upgraded.parent, told="note.db 1\n")
        write(upgraded, TWO, "c")
        assert notes(upgraded, TWO) == ["a", "c"]
        assert notes(upgraded.with_name("note.db.schema-2"), TWO) == ["a", "b"]

    def test_what_it_can_read_stays(self, upgraded):
        assert storage("step-back", upgraded.parent, told="note.db 2\nsame.db 1\ngone.db 3\n").stdout == ""
        assert notes(upgraded, TWO) == ["a", "b"]
        assert (upgraded.parent / "note.db.schema-1").exists()

    def test_once_more_changes_nothing(self, upgraded):
        for _ in range(2):
            assert storage("step-back", upgraded.parent, told="note.db 1\n").returncode == 0
        assert notes(upgraded, ONE) == ["a"]

    def test_without_a_copy_nothing_is_changed(self, upgraded):
        write(upgraded.with_name("same.db"), TWO)
        upgraded.with_name("note.db.schema-1").unlink()
        before = names(upgraded)
        done = storage("step-back", upgraded.parent, told="same.db 1\nnote.db 1\n")
        assert done.returncode == 1
        assert "note.db was written by a newer whod, and there is no copy of it from before" in done.stderr
        assert names(upgraded) == before
        assert notes(upgraded.with_name("same.db"), TWO) == ["same"]

    def test_power_that_fails_between_leaves_people(self, upgraded, monkeypatch):
        def fails(*_):
            raise StorageError("off")

        monkeypatch.setattr(copies, "put_in_place", fails)
        with pytest.raises(StorageError, match="off"):
            copies.step_back(upgraded.parent, {"note.db": 1})
        monkeypatch.undo()
        assert notes(upgraded, TWO) == ["a", "b"]
        copies.step_back(upgraded.parent, {"note.db": 1})
        assert notes(upgraded, ONE) == ["a"]

    def test_not_while_whod_runs(self, upgraded):
        with StateFolder(upgraded.parent):
            done = storage("versions", upgraded.parent)
        assert done.returncode == 1
        assert "in use by another whod" in done.stderr
