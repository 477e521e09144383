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
