# SPDX-License-Identifier: Apache-2.0
"""The file of the gallery: a disk that fails, and damage."""

import contextlib
import random
import sqlite3

import numpy as np
import pytest
from support_gallery import MODEL, SETTINGS, D, axis, contents, embedding, names, seen

from daemon.errors import (
    StorageCorrupt,
    StorageError,
)
from daemon.gallery import Gallery
from daemon.gallery.store import Store
from daemon.gallery.stored import Sample, StoredPerson
from daemon.types import Change


def test_a_locked_file_is_said_and_nothing_is_half_written(gallery, open_gallery, path):
    gallery.enrol("Alice", [seen(1)], "upload")
    gallery._store._database._connection.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    for change in (
        lambda: gallery.enrol("Bob", [seen(2)], "upload"),
        lambda: gallery.enrol("Alice", [seen(2)], "upload"),
        lambda: gallery.rename("Alice", "Al"),
        lambda: gallery.forget("Alice"),
    ):
        with pytest.raises(StorageError, match="locked by another program"):
            change()
    assert gallery.identify(embedding(1)).person == gallery.find("Alice")
    other.close()
    assert gallery.sample_count == 1
    gallery.enrol("Bob", [seen(2)], "upload")
    assert contents(open_gallery()) == contents(gallery)


def test_a_full_disk_is_said_and_nothing_is_half_written(gallery, open_gallery):
    gallery.enrol("Alice", [seen(1)], "upload", force=True)
    database = gallery._store._database
    (pages,) = database.query("PRAGMA page_count")[0]
    database.query(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match="disk is full: free some space and try again"):
        gallery.enrol("Bob", [seen(2, tilt / 1000) for tilt in range(200)], "import", force=True)
    assert names(gallery) == ["Alice"]
    assert gallery.identify(embedding(1)).person == gallery.find("Alice")
    database.query(f"PRAGMA max_page_count={pages + 1000}")
    gallery.enrol("Bob", [seen(2, tilt / 1000) for tilt in range(200)], "import", force=True)
    assert contents(open_gallery()) == contents(gallery)


class CommitsButFails(Store):
    """A disk that has done what it says it could not do: syncing the folder failed after the journal was gone."""

    @contextlib.contextmanager
    def transaction(self):
        with super().transaction() as writer:
            yield writer
        raise StorageError("the disk fails")


def test_after_a_commit_in_doubt_the_file_is_right(path, clock, open_gallery):
    store = CommitsButFails(path)
    gallery = Gallery(store, MODEL, SETTINGS, clock)
    with pytest.raises(StorageError):
        gallery.enrol("Alice", [seen(1)], "upload", force=True)
    assert gallery.people() == []
    store.transaction = super(CommitsButFails, store).transaction
    assert gallery.enrol("Alice", [seen(1, 0.1)], "upload", force=True).change is Change.UPDATED
    assert contents(open_gallery()) == contents(gallery)
    assert gallery.sample_count == 2
    gallery.close()


def flip(path, where, bit=0):
    data = bytearray(path.read_bytes())
    data[where] ^= 1 << bit
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("row", ["vector", "name", "name key", "sample id", "owner", "model", "source"])
def test_a_flipped_bit_is_found_by_the_checksum_and_the_file_left(open_gallery, path, row):
    gallery = open_gallery()
    enrolled = gallery.enrol("Alice", [seen(1, 0.3)], "upload")
    gallery.close()
    data = path.read_bytes()
    needle = {
        "vector": axis(1, 0.3).astype("<f4").tobytes(),
        "name": b"Alicealice",
        "name key": b"alice2026",
        "sample id": enrolled.sample_ids[0].encode() + enrolled.person.id.encode(),
        "owner": enrolled.person.id.encode() + b"positive",
        "model": MODEL.encode(),
        "source": b"upload",
    }[row]
    assert data.count(needle) == 1
    bad = flip(path, data.index(needle) + 4)
    with pytest.raises(StorageCorrupt, match=r"gallery\.db is damaged"):
        open_gallery()
    assert path.read_bytes() == bad


def test_random_flipped_bits_are_found_or_harmless(open_gallery, path):
    gallery = open_gallery()
    for number in range(3):
        gallery.enrol(f"Person {number}", [seen(number), seen(number, 0.2)], "upload")
    wanted, good = contents(gallery), path.read_bytes()
    gallery.close()
    found = 0
    for bit in random.Random(4).sample(range(len(good) * 8), 300):
        bad = flip(path, bit // 8, bit % 8)
        try:
            with contextlib.closing(open_gallery()) as opened:
                assert contents(opened) == wanted
        except StorageError:
            assert path.read_bytes() == bad
            found += 1
        path.write_bytes(good)
    assert found > 10


WRONG_VECTORS = {
    "empty": b"",
    "odd length": axis(1).tobytes()[:-1],
    "another length": np.ones(1, "<f4").tobytes(),
    "not unit": (axis(1) * 1.01).tobytes(),
    "zero": bytes(4 * D),
    "nan": (axis(1) * np.nan).astype("<f4").tobytes(),
    "infinite": np.full(D, 3e38, "<f4").tobytes(),
}


@pytest.mark.parametrize("vector", WRONG_VECTORS.values(), ids=WRONG_VECTORS.keys())
def test_a_vector_that_cannot_be_right_is_damage_though_its_checksum_fits(open_gallery, path, vector):
    person = open_gallery().enrol("Alice", [seen(1)], "upload").person
    store = Store(path)
    with store.transaction() as writer:
        writer.add_samples([Sample("s", person.id, "positive", MODEL, vector, 0.5, "upload", "2026-11-21T19:30:02Z")])
    store.close()
    with pytest.raises(StorageCorrupt, match=r"gallery.db is damaged \(.*(unit vector|length)\)"):
        open_gallery()


def test_a_sample_of_nobody_is_damage(open_gallery, path):
    open_gallery().enrol("Alice", [seen(1)], "upload")
    other = sqlite3.connect(path)
    other.execute("DELETE FROM person")
    other.commit()
    other.close()
    with pytest.raises(StorageCorrupt, match="nobody's"):
        open_gallery()


def test_damage_since_the_start_is_not_passed_on_by_a_merge(gallery, path):
    gallery.enrol("Al", [seen(1)], "upload")
    gallery.enrol("Alice", [seen(2)], "upload")
    other = sqlite3.connect(path)
    other.execute("UPDATE sample SET quality = 0.9")
    other.commit()
    other.close()
    with pytest.raises(StorageCorrupt, match="checksum"):
        gallery.merge("Al", "Alice")
    assert gallery.person_count == 2


def test_a_person_without_samples_is_no_candidate(open_gallery, path):
    store = Store(path)
    with store.transaction() as writer:
        writer.save_person(StoredPerson("p", "Alice", "alice", "2026-11-21T19:30:02Z", "2026-11-21T19:30:02Z"))
    store.close()
    gallery = open_gallery()
    assert (names(gallery), gallery.candidates(embedding(1))) == (["Alice"], ())
    assert gallery.forget("Alice").person.id == "p"
