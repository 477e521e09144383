# SPDX-License-Identifier: Apache-2.0
"""The file of the gallery: of an older whod, and its newer columns."""

import contextlib
import sqlite3
import zlib

import pytest
from support_gallery import MODEL
from support_samples import ANN, BO, CY, SETTINGS, aside, counts, enrol, picture, pictures, view

from daemon.errors import (
    StorageCorrupt,
    StorageError,
)
from daemon.gallery.schema import MIGRATIONS
from daemon.gallery.store import Store
from daemon.gallery.stored import StoredGroup, StoredRequest, StoredUndo


@pytest.fixture
def gallery_settings():
    return SETTINGS


SCHEMA_1 = """
    CREATE TABLE person (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE sample (
        id TEXT NOT NULL PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('positive', 'negative')),
        model_id TEXT NOT NULL,
        vector BLOB NOT NULL,
        quality REAL NOT NULL,
        source TEXT NOT NULL,
        created_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sample_of_person ON sample (person_id);
    PRAGMA user_version=1;
"""
AT = "2026-11-21T19:30:02.113Z"


def write_schema_1(path):
    """A file as whod 0.1 wrote it: Ann with two samples, Bo with one and a counter-example."""
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(SCHEMA_1)
        for person_id, name in (("a", "Ann"), ("b", "Bo")):
            words = (person_id, name, name.lower(), AT, AT)
            old.execute(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", (*words, zlib.crc32("\n".join(words).encode()))
            )
        rows = [("a", "positive", picture(ANN)), ("a", "positive", picture(ANN, 1))]
        rows += [("b", "positive", picture(BO)), ("b", "negative", picture(CY))]
        for number, (person_id, kind, face) in enumerate(rows):
            vector = face.embedding.vector.tobytes()
            words = (f"s{number}", person_id, kind, MODEL, "0.8", "upload", AT)
            checksum = zlib.crc32(vector, zlib.crc32("\n".join(words).encode()))
            row = (f"s{number}", person_id, kind, MODEL, vector, 0.8, "upload", AT, checksum)
            old.execute("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        old.commit()


def test_a_file_of_the_first_schema_keeps_everything(open_gallery, path):
    write_schema_1(path)
    gallery = open_gallery()
    assert counts(gallery) == {"Ann": (2, 0), "Bo": (1, 1)}
    assert not any(person.familiar for person in gallery.people())
    assert [(s.id, s.quality, s.source, s.set_aside_at) for s in gallery.samples("Ann")] == [
        ("s0", 0.8, "upload", None), ("s1", 0.8, "upload", None),
    ]  # fmt: skip
    assert gallery.identify(picture(ANN, 2).embedding).person == gallery.find("Ann")
    assert view(open_gallery()) == view(gallery)
    enrol(gallery, "Ann", *pictures(ANN, 5, first=2))
    gallery.set_familiar("Bo", familiar=True)
    assert counts(open_gallery()) == {"Ann": (5, 0), "Bo": (1, 1)}
    assert view(open_gallery()) == view(gallery)


def test_a_file_of_the_second_schema_keeps_everything(open_gallery, path):
    write_schema_1(path)
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(f"{MIGRATIONS[1]}; PRAGMA user_version=2;")
        words = ["a", "Ann", "ann", AT, AT, "familiar"]
        checksum = zlib.crc32("\n".join(words).encode())
        old.execute("UPDATE person SET familiar = 1, checksum = ? WHERE id = 'a'", (checksum,))
        words = ["s1", "a", "positive", MODEL, "0.8", "upload", AT, AT]
        checksum = zlib.crc32(picture(ANN, 1).embedding.vector.tobytes(), zlib.crc32("\n".join(words).encode()))
        old.execute("UPDATE sample SET set_aside_at = ?, checksum = ? WHERE id = 's1'", (AT, checksum))
        old.commit()
    gallery = open_gallery()
    assert counts(gallery) == {"Ann": (1, 0), "Bo": (1, 1)}
    assert [person.familiar for person in gallery.people()] == [True, False]
    assert aside(gallery) == {"s1"}
    assert view(open_gallery()) == view(gallery)


@pytest.fixture
def store(open_gallery, path):
    """A file with a picture, a group with a member and what can be undone, all Ann's."""
    gallery = open_gallery()
    sample_id = enrol(gallery, "Ann", picture(ANN)).sample_ids[0]
    ann = gallery.find("Ann").id
    gallery.close()
    with contextlib.closing(Store(path)) as store:
        with store.transaction() as writer:
            writer.keep_picture(sample_id, b"a jpeg")
            writer.save_group(StoredGroup("g", "Family", "family", AT, frozenset({ann})))
            writer.add_undo(StoredUndo("u", "sample", ann, AT, b"{}"))
            writer.add_request(StoredRequest("k", "f", ann, "{}", AT))
        yield store


def test_what_the_third_schema_keeps_is_read_back(store):
    (sample,) = store.load().samples
    (group,) = store.load().groups
    assert store.picture(sample.id) == b"a jpeg"
    assert group == StoredGroup("g", "Family", "family", AT, frozenset({sample.person_id}))
    assert store.undos() == [StoredUndo("u", "sample", sample.person_id, AT, b"{}")]
    assert store.request("k") == StoredRequest("k", "f", sample.person_id, "{}", AT)
    assert store.request("other") is None
    assert store.picture("other") is None


def test_with_a_person_goes_all_that_is_theirs(store, path):
    (sample,) = store.load().samples
    with store.transaction() as writer:
        writer.delete_person(sample.person_id)
    assert store.load() == ([], [], [StoredGroup("g", "Family", "family", AT)])
    assert (store.undos(), store.request("k"), store.picture(sample.id)) == ([], None, None)
    assert sample.person_id.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE picture SET jpeg = x'00'",
        "UPDATE circle SET name = 'Famili'",
        "UPDATE circle SET created_at = ''",
        "UPDATE member SET person_id = 'nobody'",
        "UPDATE member SET circle_id = 'no group'",
        "UPDATE undo SET record = x'00'",
        "UPDATE undo SET kind = 'merge'",
        "UPDATE undo SET made_at = ''",
    ],
)
def test_the_new_tables_are_checked(store, path, change):
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute(change)
        other.commit()
    with pytest.raises(StorageCorrupt, match=r"does not match its checksum|is not there"):
        _read_all(store)


def _read_all(store):
    for sample in store.load().samples:
        store.picture(sample.id)
    store.undos()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET familiar = 0",
        "UPDATE person SET familiar = 1 - familiar",
        "UPDATE sample SET set_aside_at = NULL",
        "UPDATE sample SET set_aside_at = created_at",
        "UPDATE sample SET set_aside_at = '' WHERE set_aside_at IS NULL",
    ],
)
def test_the_new_columns_are_under_the_checksum(open_gallery, path, change):
    gallery = open_gallery(max_samples=3)
    gallery.enrol_familiar(pictures(ANN, 4), "visit")
    gallery.close()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE sample SET set_aside_at = set_aside_at")
        other.execute(change)
        other.commit()
    with pytest.raises(StorageCorrupt, match="checksum"):
        open_gallery()


def test_when_the_disk_fails_nothing_is_half_changed(gallery, open_gallery, path):
    enrol(gallery, "Ann", *pictures(ANN, 7))
    before, (sample_id, *_) = view(gallery), aside(gallery)
    gallery._store._database._connection.execute("PRAGMA busy_timeout=20")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for change in (
            lambda: enrol(gallery, "Ann", picture(ANN, 8)),
            lambda: gallery.add_counter_examples("Ann", [picture(BO)], "visit"),
            lambda: gallery.restore_sample("Ann", sample_id),
            lambda: gallery.delete_sample("Ann", sample_id),
            lambda: gallery.set_familiar("Ann", familiar=True),
        ):
            with pytest.raises(StorageError, match="locked by another program"):
                change()
    assert view(gallery) == before == view(open_gallery())
