# SPDX-License-Identifier: Apache-2.0
"""What is read of `gallery.db`, checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from daemon.gallery.stored import (
    Contents,
    Foreign,
    Sample,
    StoredGroup,
    StoredPerson,
    StoredRequest,
    StoredUndo,
    picture_checksum,
)
from daemon.storage import damaged
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from daemon.storage import Row


class Reader:
    """Reads by `query`, of a database or of a transaction.

    Raises StorageCorrupt where a row does not match its checksum or cannot be right, StorageError where the file
    cannot be read.
    """

    def __init__(self, query: Callable[..., list[Row]], path: Path) -> None:
        self._query = query
        self.path = path

    def load(self) -> Contents:
        """Everything that `Contents` holds."""
        people = [StoredPerson.of(row, self.path) for row in self._query(_SELECT_PEOPLE)]
        samples = [Sample.of(row, self.path) for row in self._query(_SELECT_SAMPLES)]
        shapes = {(sample.model_id, len(sample.vector)) for sample in samples}
        if len(shapes) > len({model_id for model_id, _ in shapes}):
            raise damaged(self.path, "samples of one model differ in length")
        ids = {person.id for person in people}
        if not {sample.person_id for sample in samples} <= ids:
            raise damaged(self.path, "a sample is nobody's")
        return Contents(people, samples, self._groups(ids))

    def samples_of(self, person_id: str) -> list[Sample]:
        """All samples of a person, in the order in which they came."""
        return [Sample.of(row, self.path) for row in self._query(_SELECT_SAMPLES_OF, (person_id,))]

    def picture(self, sample_id: str) -> bytes | None:
        """The picture that is kept with a sample, a JPEG; None if there is none."""
        rows = self._query("SELECT jpeg, checksum FROM picture WHERE sample_id = ?", (sample_id,))
        if not rows:
            return None
        jpeg, checksum = rows[0]
        if picture_checksum(sample_id, jpeg) != checksum:
            raise damaged(self.path, "a picture does not match its checksum")
        return bytes(jpeg)

    def foreign(self, model_id: str) -> list[Foreign]:
        """The samples of other models than this one."""
        rows = self._query(_SELECT_FOREIGN, (model_id,))
        return [
            Foreign(sample_id, person_id, bool(pictured), is_searched=kind == SampleKind.POSITIVE and not aside)
            for sample_id, person_id, kind, aside, pictured in rows
        ]

    def owners(self, sample_ids: Iterable[str]) -> list[str]:
        """The ids of the people whose samples these are."""
        return [person_id for (person_id,) in self._query(_SELECT_OWNERS, (json.dumps(list(sample_ids)),))]

    def undos(self) -> list[StoredUndo]:
        """What can be undone, oldest first."""
        return [StoredUndo.of(row, self.path) for row in self._query(_SELECT_UNDOS)]

    def kept_for_a_while(self) -> list[str]:
        """The ids of what can be undone, and the keys of the enrolments that were asked for with one."""
        return [key for (key,) in self._query("SELECT id FROM undo UNION ALL SELECT key FROM request")]

    def request(self, key: str) -> StoredRequest | None:
        """The enrolment that was asked for with this key."""
        rows = self._query(_SELECT_REQUEST, (key,))
        return StoredRequest.of(rows[0], self.path) if rows else None

    def requests_of(self, person_id: str) -> list[str]:
        """The keys of the enrolments of a person that were asked for with one."""
        return [key for (key,) in self._query("SELECT key FROM request WHERE person_id = ?", (person_id,))]

    def aliases_of(self, person_id: str) -> list[str]:
        """The ids of those who were merged into a person."""
        rows = self._query("SELECT id FROM alias WHERE person_id = ? ORDER BY id", (person_id,))
        return [alias for (alias,) in rows]

    def aliases(self) -> list[tuple[str, str]]:
        """The ids of all who were merged, each with the id of whom it was into."""
        return [(alias, person_id) for alias, person_id in self._query("SELECT id, person_id FROM alias")]

    def forgotten(self) -> list[str]:
        """The ids of people who are forgotten here, but perhaps not everywhere."""
        return [person_id for (person_id,) in self._query("SELECT id FROM forgotten")]

    def pictured(self, person_id: str) -> set[str]:
        """The ids of a person's samples with which a picture is kept."""
        rows = self._query(
            "SELECT sample_id FROM picture JOIN sample ON sample.id = sample_id WHERE person_id = ?", (person_id,)
        )
        return {sample_id for (sample_id,) in rows}

    def portrait(self, person_id: str) -> bytes | None:
        """The best picture that is kept of a person, of those that are searched if there is one."""
        rows = self._query(_SELECT_PORTRAIT, (person_id,))
        return self.picture(rows[0][0]) if rows else None

    def looks(self) -> dict[str, tuple[bool, str | None]]:
        """Of each person with samples, by id: whether a picture is kept, and when the newest searched one came."""
        return {person_id: (bool(pictured), newest) for person_id, pictured, newest in self._query(_SELECT_LOOKS)}

    def totals(self) -> tuple[int, int]:
        """How many samples and how many pictures there are, of everybody."""
        ((samples,),) = self._query("SELECT count(*) FROM sample")
        ((pictures,),) = self._query("SELECT count(*) FROM picture")
        return int(samples), int(pictures)

    def _groups(self, people: set[str]) -> list[StoredGroup]:
        members: dict[str, set[str]] = {}
        for group_id, person_id in self._query("SELECT circle_id, person_id FROM member"):
            members.setdefault(group_id, set()).add(person_id)
        rows = self._query("SELECT id, name, name_key, created_at, checksum FROM circle")
        groups = [StoredGroup.of(row, frozenset(members.pop(row[0], ())), self.path) for row in rows]
        if members or not all(group.members <= people for group in groups):
            raise damaged(self.path, "a group or one of its people is not there")
        return groups


_SELECT_PEOPLE = "SELECT id, name, name_key, created_at, updated_at, familiar, checksum FROM person"
_SELECT_SAMPLES = """
    SELECT id, person_id, kind, model_id, vector, quality, source, created_at, set_aside_at, checksum FROM sample
"""
_SELECT_SAMPLES_OF = f"{_SELECT_SAMPLES} WHERE person_id = ? ORDER BY rowid"
_SELECT_FOREIGN = """
    SELECT sample.id, person_id, kind, set_aside_at, picture.sample_id IS NOT NULL
    FROM sample LEFT JOIN picture ON sample_id = sample.id WHERE model_id != ? ORDER BY sample.rowid
"""
_SELECT_OWNERS = "SELECT DISTINCT person_id FROM sample WHERE id IN (SELECT value FROM json_each(?))"
_SELECT_PORTRAIT = """
    SELECT sample.id FROM sample JOIN picture ON sample_id = sample.id WHERE person_id = ? AND kind = 'positive'
    ORDER BY set_aside_at IS NOT NULL, quality DESC, sample.rowid LIMIT 1
"""
_SELECT_LOOKS = """
    SELECT person_id, count(sample_id), max(CASE WHEN set_aside_at IS NULL THEN created_at END)
    FROM sample LEFT JOIN picture ON sample_id = sample.id WHERE kind = 'positive' GROUP BY person_id
"""
_SELECT_UNDOS = "SELECT id, kind, person_id, made_at, record, checksum FROM undo ORDER BY rowid"
_SELECT_REQUEST = """
    SELECT key, fingerprint, person_id, answer, made_at, checksum FROM request WHERE key = ?
"""
