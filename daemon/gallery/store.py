# SPDX-License-Identifier: Apache-2.0
"""People and samples in `gallery.db`: its schema, its SQL and its checksums."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from daemon.storage import damaged, open_precious
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from daemon.gallery.index import Matrix
    from daemon.storage import Row, Transaction
    from daemon.types import Vector

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
)

VECTOR_DTYPE = np.dtype("<f4")
_UNIT_TOLERANCE = 1e-3
"""How far from 1 the square of a vector's length may be."""


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A row of `person`; times as `daemon.clock.iso` writes them."""

    id: str
    name: str
    key: str
    """`Name.key` of the name."""
    created_at: str
    updated_at: str
    familiar: bool = False

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields; of `familiar` only if it is set, so that rows from before it was there stay right."""
        words = [self.id, self.name, self.key, self.created_at, self.updated_at]
        return zlib.crc32("\n".join([*words, "familiar"] if self.familiar else words).encode())


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of `sample`."""

    id: str
    person_id: str
    kind: str
    model_id: str
    vector: bytes
    """`VECTOR_DTYPE`, of unit length."""
    quality: float
    source: str
    created_at: str
    set_aside_at: str | None = None
    """When others took its place; it is not searched."""

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields; of `set_aside_at` only if it is set, as `StoredPerson.checksum`."""
        words = [self.id, self.person_id, self.kind, self.model_id, repr(self.quality), self.source, self.created_at]
        words += [self.set_aside_at] if self.set_aside_at is not None else []
        return zlib.crc32(self.vector, zlib.crc32("\n".join(words).encode()))

    @property
    def is_searched(self) -> bool:
        """Whether it is the person's face, and not set aside."""
        return self.kind == SampleKind.POSITIVE and self.set_aside_at is None

    @property
    def is_negative(self) -> bool:
        """Whether it is a counter-example."""
        return self.kind == SampleKind.NEGATIVE

    @property
    def is_unit(self) -> bool:
        """Whether the vector is one that the index can take."""
        if not self.vector or len(self.vector) % VECTOR_DTYPE.itemsize:
            return False
        return is_unit(np.frombuffer(self.vector, VECTOR_DTYPE))


def is_unit(vector: Vector) -> bool:
    """Whether a vector is of unit length."""
    return abs(float(np.dot(vector, vector)) - 1) <= _UNIT_TOLERANCE


def as_matrix(samples: Sequence[Sample]) -> Matrix:
    """The vectors of samples of one model, at least one; (n, d)."""
    return np.stack([np.frombuffer(sample.vector, VECTOR_DTYPE) for sample in samples]).astype(np.float32, copy=False)


class Contents(NamedTuple):
    """All that the file holds."""

    people: list[StoredPerson]
    samples: list[Sample]


class Store:
    """The gallery's file.

    Raises StorageCorrupt where a row does not match its checksum or cannot be right, StorageError where the file
    cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = open_precious(path, MIGRATIONS)

    def load(self) -> Contents:
        """Everything, checked."""
        people = [_person(row, self._path) for row in self._database.query(_SELECT_PEOPLE)]
        samples = [_sample(row, self._path) for row in self._database.query(_SELECT_SAMPLES)]
        shapes = {(sample.model_id, len(sample.vector)) for sample in samples}
        if len(shapes) > len({model_id for model_id, _ in shapes}):
            raise damaged(self._path, "samples of one model differ in length")
        if not {sample.person_id for sample in samples} <= {person.id for person in people}:
            raise damaged(self._path, "a sample is nobody's")
        return Contents(people, samples)

    def samples_of(self, person_id: str) -> list[Sample]:
        """All samples of a person, in the order in which they came."""
        return [_sample(row, self._path) for row in self._database.query(_SELECT_SAMPLES_OF, (person_id,))]

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Writer]:
        """Changes that are all kept, once the block has ended, or none."""
        with self._database.transaction() as transaction:
            yield Writer(transaction, self._path)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class Writer:
    """The changes of one transaction."""

    def __init__(self, transaction: Transaction, path: Path) -> None:
        self._transaction = transaction
        self._path = path

    def save_person(self, person: StoredPerson) -> None:
        """Add a person, or put this in the place of the one with the same id."""
        self._transaction.execute(_SAVE_PERSON, (*astuple(person), person.checksum))

    def delete_person(self, person_id: str) -> None:
        """Remove a person and all samples."""
        self._transaction.execute("DELETE FROM person WHERE id = ?", (person_id,))

    def samples_of(self, person_id: str) -> list[Sample]:
        """All samples of a person, in the order in which they came."""
        rows = self._transaction.query(_SELECT_SAMPLES_OF, (person_id,))
        return [_sample(row, self._path) for row in rows]

    def add_samples(self, samples: Sequence[Sample]) -> None:
        """Add samples of people who are there."""
        for sample in samples:
            self._transaction.execute(_ADD_SAMPLE, (*astuple(sample), sample.checksum))

    def move_samples(self, person_id: str, into: str) -> None:
        """Make all samples of one person another's."""
        for sample in self.samples_of(person_id):
            self._update(replace(sample, person_id=into))

    def set_aside(self, sample: Sample, at: str | None) -> None:
        """Take a sample out of what is searched, or, at None, put it back."""
        self._update(replace(sample, set_aside_at=at))

    def delete_sample(self, sample_id: str) -> None:
        """Remove a sample."""
        self._transaction.execute("DELETE FROM sample WHERE id = ?", (sample_id,))

    def _update(self, sample: Sample) -> None:
        changed = (sample.person_id, sample.set_aside_at, sample.checksum, sample.id)
        self._transaction.execute(_UPDATE_SAMPLE, changed)


_SELECT_PEOPLE = "SELECT id, name, name_key, created_at, updated_at, familiar, checksum FROM person"
_SELECT_SAMPLES = """
    SELECT id, person_id, kind, model_id, vector, quality, source, created_at, set_aside_at, checksum FROM sample
"""
_SELECT_SAMPLES_OF = f"{_SELECT_SAMPLES} WHERE person_id = ? ORDER BY rowid"
_SAVE_PERSON = """
    INSERT INTO person (id, name, name_key, created_at, updated_at, familiar, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
        created_at = excluded.created_at, updated_at = excluded.updated_at, familiar = excluded.familiar,
        checksum = excluded.checksum
"""
_ADD_SAMPLE = """
    INSERT INTO sample
        (id, person_id, kind, model_id, vector, quality, source, created_at, set_aside_at, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_SAMPLE = "UPDATE sample SET person_id = ?, set_aside_at = ?, checksum = ? WHERE id = ?"


def _person(row: Row, path: Path) -> StoredPerson:
    person_id, name, key, created_at, updated_at, familiar, checksum = row
    person = StoredPerson(person_id, name, key, created_at, updated_at, bool(familiar))
    if person.checksum != checksum:
        raise damaged(path, "a person does not match its checksum")
    return person


def _sample(row: Row, path: Path) -> Sample:
    *fields, checksum = row
    sample = Sample(*fields)
    if sample.checksum != checksum:
        raise damaged(path, "a sample does not match its checksum")
    if not sample.is_unit:
        raise damaged(path, "a sample is not a unit vector")
    return sample
