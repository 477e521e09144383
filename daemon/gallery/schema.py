# SPDX-License-Identifier: Apache-2.0
"""The tables of `gallery.db`. A group is a `circle` there: GROUP is a word of SQL."""

MIGRATIONS = (
    """
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
    """,
    """
    ALTER TABLE person ADD COLUMN familiar INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sample ADD COLUMN set_aside_at TEXT;
    """,
    """
    CREATE TABLE picture (
        sample_id TEXT NOT NULL PRIMARY KEY REFERENCES sample (id) ON DELETE CASCADE,
        jpeg BLOB NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE circle (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE member (
        circle_id TEXT NOT NULL REFERENCES circle (id) ON DELETE CASCADE,
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        PRIMARY KEY (circle_id, person_id)
    ) STRICT;
    CREATE INDEX member_of_person ON member (person_id);
    CREATE TABLE undo (
        id TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('sample', 'merge')),
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        made_at TEXT NOT NULL,
        record BLOB NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX undo_of_person ON undo (person_id);
    CREATE INDEX undo_at ON undo (made_at);
    CREATE TABLE request (
        key TEXT NOT NULL PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        answer TEXT NOT NULL,
        made_at TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX request_of_person ON request (person_id);
    CREATE INDEX request_at ON request (made_at);
    CREATE TABLE alias (
        id TEXT NOT NULL PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX alias_of_person ON alias (person_id);
    CREATE TABLE forgotten (id TEXT NOT NULL PRIMARY KEY) STRICT;
    """,
)
