# SPDX-License-Identifier: Apache-2.0
"""Galleries of any size read and made row by row, in little memory: for backups."""

from __future__ import annotations

import contextlib
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from daemon.gallery.store import Store
from daemon.gallery.stored import VECTOR_DTYPE, Sample, StoredGroup, StoredPerson, picture_checksum
from daemon.gallery.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.storage import Row

_PAGE = 200


class Counts(NamedTuple):
    """How much a gallery holds."""

    people: int
    groups: int
    samples: int
    pictures: int
    vector_bytes: int
    """Of all samples."""
    picture_bytes: int


class Rowwise(Store):
    """A gallery's file that nobody else writes, row by row in the order in which the rows came."""

    def counts(self) -> Counts:
        """How much there is."""
        return Counts(*self._query(_COUNTS)[0])

    def each_person(self) -> Iterator[StoredPerson]:
        """Everyone."""
        for row in self._each(_PEOPLE):
            yield StoredPerson.of(row, self.path)

    def each_sample(self) -> Iterator[Sample]:
        """All samples."""
        for row in self._each(_SAMPLES):
            yield Sample.of(row, self.path)

    def each_group(self) -> Iterator[StoredGroup]:
        """All groups in the order of their ids, without their members."""
        for row in self._query(_SELECT_GROUPS):
            yield StoredGroup.of(row, frozenset(), self.path)

    def person(self, person_id: str) -> StoredPerson | None:
        """The person of this id."""
        rows = self._query(_SELECT_PERSON, (person_id,))
        return StoredPerson.of(rows[0], self.path) if rows else None

    def sample_marks(self, person_id: str) -> dict[str, int]:
        """The ids of a person's samples, and the checksum of each."""
        return dict(self._query("SELECT id, checksum FROM sample WHERE person_id = ?", (person_id,)))

    def sizes(self) -> dict[str, int]:
        """How many numbers the vectors of each model have."""
        rows = self._query("SELECT DISTINCT model_id, length(vector) FROM sample")
        return {model_id: length // VECTOR_DTYPE.itemsize for model_id, length in rows}

    def groups_of(self, person_id: str) -> list[str]:
        """The ids of the groups that a person is in, in order."""
        return [row[0] for row in self._query(_GROUPS_OF, (person_id,))]

    @contextlib.contextmanager
    def filling(self) -> Iterator[Filler]:
        """One transaction in which rows come in."""
        with self._database.transaction() as transaction:
            yield Filler(transaction, self.path)

    def _each(self, what: str) -> Iterator[Row]:
        last = 0
        page = f"SELECT rowid, {what} WHERE rowid > ? ORDER BY rowid LIMIT {_PAGE}"
        while rows := self._query(page, (last,)):
            for row in rows:
                yield row[1:]
            last = rows[-1][0]


class Filler(Writer):
    """Rows that may be wrong: each is taken unless another one stands in its way."""

    def person(self, person_id: str) -> StoredPerson:
        """The person of this id, who is there."""
        return StoredPerson.of(self._query(_SELECT_PERSON, (person_id,))[0], self.path)

    def person_like(self, person: StoredPerson) -> str | None:
        """Who is there of the same id, or had it merged into them, or else is of the same name."""
        return self._first(_PERSON_LIKE, person.id, person.key)

    def group_like(self, group: StoredGroup) -> str | None:
        """As `person_like`."""
        return self._first(_GROUP_LIKE, group.id, group.key)

    def has_person(self, person_id: str) -> bool:
        """Whether the person is there."""
        return bool(self._query("SELECT 1 FROM person WHERE id = ?", (person_id,)))

    def is_alias(self, person_id: str) -> bool:
        """Whether the person was merged into somebody."""
        return bool(self._query("SELECT 1 FROM alias WHERE id = ?", (person_id,)))

    def add_person(self, person: StoredPerson) -> bool:
        """Add a person; False if one of this id or this name is there."""
        return self._execute(_ADD_PERSON, (*_person_fields(person), person.checksum)) == 1

    def add_group(self, group: StoredGroup) -> bool:
        """Add a group without members; False if one of this id or this name is there."""
        return self._execute(_ADD_GROUP, (group.id, group.name, group.key, group.created_at, group.checksum)) == 1

    def has_group(self, group_id: str) -> bool:
        """Whether the group is there."""
        return bool(self._query("SELECT 1 FROM circle WHERE id = ?", (group_id,)))

    def add_member(self, group_id: str, person_id: str) -> bool:
        """Put a person who is there into a group that is there; False if that is so already."""
        return self._execute(_ADD_MEMBER, (group_id, person_id)) == 1

    def add_sample(self, sample: Sample) -> bool:
        """Add a sample of a person who is there; False if one of this id is there."""
        return self._execute(_ADD_SAMPLE, (*_sample_fields(sample), sample.checksum)) == 1

    def add_picture(self, sample_id: str, jpeg: bytes) -> bool:
        """Keep a picture with a sample that is there; False if there is one."""
        return self._execute(_ADD_PICTURE, (sample_id, jpeg, picture_checksum(sample_id, jpeg))) == 1

    def _first(self, select: str, row_id: str, key: str) -> str | None:
        rows = self._query(select, (row_id, key))
        return rows[0][0] if rows else None


_person_fields, _sample_fields = attrgetter(*StoredPerson.__slots__), attrgetter(*Sample.__slots__)
"""As `astuple`, which copies each of them and takes longer than SQLite."""

_PEOPLE = "id, name, name_key, created_at, updated_at, familiar, checksum FROM person"
_SELECT_PERSON = f"SELECT {_PEOPLE} WHERE id = ?"
_PERSON_LIKE = """
    SELECT id FROM person WHERE id = ?1 OR name_key = ?2 OR id = (SELECT person_id FROM alias WHERE id = ?1)
    ORDER BY id = ?1 DESC, name_key = ?2
"""
_GROUP_LIKE = "SELECT id FROM circle WHERE id = ?1 OR name_key = ?2 ORDER BY id = ?1 DESC"
_SAMPLES = "id, person_id, kind, model_id, vector, quality, source, created_at, set_aside_at, checksum FROM sample"
_SELECT_GROUPS = "SELECT id, name, name_key, created_at, checksum FROM circle ORDER BY id"
_GROUPS_OF = "SELECT circle_id FROM member WHERE person_id = ? ORDER BY circle_id"
_COUNTS = """
    SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM circle), (SELECT count(*) FROM sample),
        (SELECT count(*) FROM picture), (SELECT coalesce(sum(length(vector)), 0) FROM sample),
        (SELECT coalesce(sum(length(jpeg)), 0) FROM picture)
"""
_ADD_PERSON = """
    INSERT INTO person (id, name, name_key, created_at, updated_at, familiar, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_ADD_GROUP = """
    INSERT INTO circle (id, name, name_key, created_at, checksum) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_ADD_MEMBER = "INSERT INTO member (circle_id, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ADD_SAMPLE = """
    INSERT INTO sample
        (id, person_id, kind, model_id, vector, quality, source, created_at, set_aside_at, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_ADD_PICTURE = "INSERT INTO picture (sample_id, jpeg, checksum) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
