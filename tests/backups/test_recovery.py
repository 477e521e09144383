# SPDX-License-Identifier: Apache-2.0
"""A damaged gallery is set aside, and the newest good snapshot takes its place; never silently."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3

import pytest
from support_backups import Home
from support_gallery import contents, names, seen

from daemon.errors import StorageCorrupt, StorageError
from daemon.types import State


@pytest.fixture
def state(tmp_path):
    """A state folder with two snapshots: of Ann, and of Ann and Bob. Carl is in the gallery alone."""
    with Home(tmp_path / "state") as home:
        for number, name in enumerate(["Ann", "Bob", "Carl"], start=1):
            home.gallery.enrol(name, [seen(number)], "cli")
            if name != "Carl":
                home.snapshot()
    return tmp_path / "state"


def truncated(data):
    return data[: len(data) // 2]


def zeroed_page(data):
    return data[:8192] + bytes(4096) + data[12288:]


def flipped(data):
    place = data.index(b"Carl")
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


DAMAGE = {
    "truncated": truncated,
    "empty": lambda _: b"",
    "a zeroed page": zeroed_page,
    "a flipped bit": flipped,
    "something else": lambda _: b"not a database" * 1000,
    "zeroes": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_the_newest_snapshot_takes_the_place(state, what):
    path = state / "gallery.db"
    bad = DAMAGE[what](path.read_bytes())
    path.write_bytes(bad)
    with Home(state) as home:
        assert names(home.gallery) == ["Ann", "Bob"]
        recovery = home.backups.recovered()
        assert (state / recovery.aside).read_bytes() == bad
        assert recovery.snapshot == home.backups.all()[0].name
        part = home.vault.recoverer.part()
        assert (part.name, part.state) == ("gallery", State.DEGRADED)
        for word in (recovery.snapshot, recovery.aside, "whod backups --accept", "2026-11-21 at 19:30"):
            assert word in part.detail
        home.gallery.enrol("Dora", [seen(8)], "cli")
    with Home(state) as home:
        assert names(home.gallery) == ["Ann", "Bob", "Dora"]
        assert home.vault.recoverer.part().state is State.DEGRADED, "told until somebody takes notice"
        home.backups.accept()
        assert home.vault.recoverer.part().state is State.OK
        assert home.backups.recovered() is None


def test_a_gallery_that_is_gone_comes_back(state):
    (state / "gallery.db").unlink()
    with Home(state) as home:
        assert names(home.gallery) == ["Ann", "Bob"]
        assert home.backups.recovered().aside is None


def test_a_damaged_snapshot_is_passed_over(state):
    newest, older = sorted((state / "backups").iterdir(), reverse=True)
    newest.write_bytes(newest.read_bytes()[:-1])
    (state / "gallery.db").write_bytes(b"")
    with Home(state) as home:
        assert names(home.gallery) == ["Ann"]
        assert home.backups.recovered().snapshot == older.name


def test_without_a_good_snapshot_it_is_refused_and_left_as_it_is(state):
    for snapshot in (state / "backups").iterdir():
        snapshot.write_bytes(b"x")
    (state / "gallery.db").write_bytes(b"damaged")
    with pytest.raises(StorageCorrupt, match="none of its backups can be used"):
        Home(state)
    assert (state / "gallery.db").read_bytes() == b"damaged"
    shutil.rmtree(state / "backups")
    with pytest.raises(StorageCorrupt, match="left as it is"):
        Home(state)
    assert (state / "gallery.db").read_bytes() == b"damaged"


def test_commands_refuse_a_damaged_gallery_and_say_what_to_do(state):
    with Home(state) as home:
        recoverer = home.vault.recoverer
    path = state / "gallery.db"
    good = path.read_bytes()
    for data, said in ((b"", "damaged"), (good[:5000], "damaged"), (None, "gone")):
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        with pytest.raises(StorageCorrupt, match=f"{said}.*Start whod"):
            recoverer.open()
        assert (path.read_bytes() if data is not None else None) == data
    assert not path.exists()


def test_to_begin_anew_both_are_moved_away(state):
    (state / "gallery.db").rename(state / "old.db")
    (state / "backups").rename(state / "old backups")
    with Home(state) as home:
        assert names(home.gallery) == []
        assert home.vault.recoverer.part().state is State.OK


def test_where_everybody_was_forgotten_there_is_nothing_to_bring_back(state):
    with Home(state) as home:
        for name in ("Ann", "Bob", "Carl"):
            home.people.forget(name)
    (state / "gallery.db").unlink()
    with Home(state) as home:
        assert names(home.gallery) == []
        assert home.backups.recovered() is None


def test_who_was_forgotten_does_not_come_back(state):
    with Home(state) as home:
        home.people.forget("Bob")
    (state / "gallery.db").write_bytes(b"")
    with Home(state) as home:
        assert names(home.gallery) == ["Ann"]


def test_a_damaged_file_does_not_keep_who_is_forgotten(state):
    data = (state / "gallery.db").read_bytes()
    (state / "gallery.db").write_bytes(flipped(data))
    with Home(state) as home:
        aside = state / home.backups.recovered().aside
        assert b"Bob" in aside.read_bytes()
        assert home.people.forget("Bob").snapshots == 2
        assert aside.name not in home.vault.recoverer.part().detail
        assert not aside.exists()


def test_a_journal_that_was_left_is_not_played_into_the_backup(state):
    """A power cut after the damaged file got its other name, and before its journal was gone."""
    path = state / "gallery.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size=1")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE sample SET quality = 0.5")
        other.execute("CREATE TABLE large AS SELECT randomblob(100000) AS it")  # more than the cache takes
        journal = (state / "gallery.db-journal").read_bytes()
    path.rename(state / "gallery.db.damaged-20261121T193000")
    (state / "gallery.db-journal").write_bytes(journal)
    with Home(state) as home:
        assert names(home.gallery) == ["Ann", "Bob"]
        assert home.backups.recovered().aside == "gallery.db.damaged-20261121T193000"


@pytest.mark.parametrize("step", ["set_aside", "new_file", "put_in_place"])
def test_a_power_cut_meanwhile_loses_neither(state, step, monkeypatch):
    bad = b"damaged" * 100
    (state / "gallery.db").write_bytes(bad)

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"daemon.backup.recovery.{step}", cut)
        with pytest.raises(KeyboardInterrupt):
            Home(state)
    with Home(state) as home:
        assert names(home.gallery) == ["Ann", "Bob"]
        assert (state / home.backups.recovered().aside).read_bytes() == bad


def test_a_restore_takes_notice(state):
    with Home(state) as home:
        backup = home.backup()
    (state / "gallery.db").write_bytes(b"")
    with Home(state) as home:
        home.restore(backup)
        assert names(home.gallery) == ["Ann", "Bob", "Carl"]
        assert home.backups.recovered() is None


def test_what_cannot_be_read_of_it_is_told(state):
    (state / "recovered.json").write_text("half")
    with Home(state) as home:
        assert home.vault.recoverer.part().state is State.DEGRADED
        with pytest.raises(StorageError, match="delete it"):
            home.backups.recovered()


def flips(state, count, seed):
    """Bits flipped in the gallery, one at a time: each is harmless, or found and made good."""
    path, chance = state / "gallery.db", random.Random(seed)
    good = path.read_bytes()
    with Home(state) as home:
        before = contents(home.gallery)
    recovered = 0
    for _ in range(count):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(bad))
        with Home(state) as home:
            if home.backups.recovered():
                recovered += 1
                assert names(home.gallery) == ["Ann", "Bob"]
                home.backups.accept()
            else:
                assert contents(home.gallery) == before
        for aside in state.glob("gallery.db.damaged-*"):
            aside.unlink()
    assert recovered


def test_a_flipped_bit_is_found_or_harmless(state):
    flips(state, 40, 1)


@pytest.mark.slow
def test_a_thousand_flipped_bits_are_found_or_harmless(state):
    flips(state, 1000, 2)
