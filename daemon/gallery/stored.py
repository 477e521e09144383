# SPDX-License-Identifier: Apache-2.0
"""The rows of `gallery.db`, with their checksums."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from daemon.storage import damaged
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daemon.gallery.index import Matrix
    from daemon.storage import Row
    from daemon.types import Vector

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

    @classmethod
    def of(cls, row: Row, path: Path) -> Self:
        """From the columns in order, the checksum last; StorageCorrupt names `path` if that does not match."""
        person_id, name, key, created_at, updated_at, familiar, checksum = row
        person = cls(person_id, name, key, created_at, updated_at, bool(familiar))
        if person.checksum != checksum:
            raise damaged(path, "a person does not match its checksum")
        return person


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

    @classmethod
    def of(cls, row: Row, path: Path) -> Self:
        """As `StoredPerson.of`."""
        *fields, checksum = row
        sample = cls(*fields)
        if sample.checksum != checksum:
            raise damaged(path, "a sample does not match its checksum")
        if not sample.is_unit:
            raise damaged(path, "a sample is not a unit vector")
        return sample


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """A row of `circle`, with its rows of `member`."""

    id: str
    name: str
    key: str
    """`Name.key` of the name."""
    created_at: str
    members: frozenset[str] = frozenset()
    """Ids of people."""

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields but the members."""
        return zlib.crc32(f"{self.id}\n{self.name}\n{self.key}\n{self.created_at}".encode())

    @classmethod
    def of(cls, row: Row, members: frozenset[str], path: Path) -> Self:
        """As `StoredPerson.of`."""
        group_id, name, key, created_at, checksum = row
        group = cls(group_id, name, key, created_at, members)
        if group.checksum != checksum:
            raise damaged(path, "a group does not match its checksum")
        return group


@dataclass(frozen=True, slots=True)
class StoredUndo:
    """A row of `undo`: what a change was, so that it can be undone."""

    id: str
    kind: str
    person_id: str
    """Whom the change was made to: with this person it goes."""
    made_at: str
    record: bytes
    """JSON."""

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields."""
        words = [self.id, self.kind, self.person_id, self.made_at]
        return zlib.crc32(self.record, zlib.crc32("\n".join(words).encode()))

    @classmethod
    def of(cls, row: Row, path: Path) -> Self:
        """As `StoredPerson.of`."""
        *fields, checksum = row
        undo = cls(*fields)
        if undo.checksum != checksum:
            raise damaged(path, "what can be undone does not match its checksum")
        return undo


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A row of `request`: an enrolment that was asked for with a key, and its answer."""

    key: str
    fingerprint: str
    """Of what was asked."""
    person_id: str
    answer: str
    """JSON of an `Enrolment`."""
    made_at: str

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields but the person, which an index has as well."""
        return zlib.crc32(f"{self.key}\n{self.fingerprint}\n{self.answer}\n{self.made_at}".encode())

    @classmethod
    def of(cls, row: Row, path: Path) -> Self:
        """As `StoredPerson.of`."""
        *fields, checksum = row
        request = cls(*fields)
        if request.checksum != checksum:
            raise damaged(path, "an answer does not match its checksum")
        return request


def picture_checksum(sample_id: str, jpeg: bytes) -> int:
    """CRC-32 of a row of `picture`."""
    return zlib.crc32(jpeg, zlib.crc32(sample_id.encode()))


def is_unit(vector: Vector) -> bool:
    """Whether a vector is of unit length."""
    return abs(float(np.dot(vector, vector)) - 1) <= _UNIT_TOLERANCE


def as_matrix(samples: Sequence[Sample]) -> Matrix:
    """The vectors of samples of one model, at least one; (n, d)."""
    return np.stack([np.frombuffer(sample.vector, VECTOR_DTYPE) for sample in samples]).astype(np.float32, copy=False)


class Foreign(NamedTuple):
    """A sample of another model than the one in use."""

    sample_id: str
    person_id: str
    has_picture: bool
    is_searched: bool
    """Whether it would be, with its model."""


class Contents(NamedTuple):
    """Everyone, with samples and groups; without pictures, and without what is kept for a day (undo, requests)."""

    people: Sequence[StoredPerson]
    samples: Sequence[Sample]
    groups: Sequence[StoredGroup] = ()
