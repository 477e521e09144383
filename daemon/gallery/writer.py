# SPDX-License-Identifier: Apache-2.0
"""The changes of `gallery.db`."""

from __future__ import annotations

import contextlib
from dataclasses import astuple
from typing import TYPE_CHECKING

from daemon.errors import InputError
from daemon.gallery.reader import Reader
from daemon.gallery.stored import picture_checksum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from daemon.gallery.stored import Sample, StoredGroup, StoredPerson, StoredRequest, StoredUndo
    from daemon.storage import Transaction


class Writer(Reader):
    """The changes of one transaction; it reads what they have made."""

    def __init__(self, transaction: Transaction, path: Path) -> None:
        super().__init__(transaction.query, path)
        self._execute = transaction.execute

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """Changes of which none is kept if the block raises InputError; the transaction goes on."""
        self._execute("SAVEPOINT part")
        try:
            yield
        except InputError:
            self._execute("ROLLBACK TO part")
            self._execute("RELEASE part")
            raise
        self._execute("RELEASE part")

    def save_person(self, person: StoredPerson) -> None:
        """Add a person, or put this in the place of the one with the same id."""
        self._execute(_SAVE_PERSON, (*astuple(person), person.checksum))

    def delete_person(self, person_id: str) -> None:
        """Remove a person with all samples and memberships, and what could be undone of them."""
        self._execute("DELETE FROM person WHERE id = ?", (person_id,))

    def delete_people(self) -> None:
        """Remove everybody, as `delete_person`."""
        self._execute("DELETE FROM person")

    def add_samples(self, samples: Sequence[Sample]) -> None:
        """Add samples of people who are there."""
        for sample in samples:
            self._execute(_ADD_SAMPLE, (*astuple(sample), sample.checksum))

    def update_sample(self, sample: Sample) -> None:
        """Put this in the place of the one with the same id; its kind, source and time stay as they are."""
        learned = (sample.model_id, sample.vector, sample.quality)
        self._execute(_UPDATE_SAMPLE, (sample.person_id, *learned, sample.set_aside_at, sample.checksum, sample.id))

    def delete_sample(self, sample_id: str) -> None:
        """Remove a sample, and its picture."""
        self._execute("DELETE FROM sample WHERE id = ?", (sample_id,))

    def keep_picture(self, sample_id: str, jpeg: bytes) -> None:
        """Keep a picture with a sample that has none."""
        self._execute(
            "INSERT INTO picture (sample_id, jpeg, checksum) VALUES (?, ?, ?)",
            (sample_id, jpeg, picture_checksum(sample_id, jpeg)),
        )

    def delete_pictures(self) -> int:
        """Remove all pictures; gives how many there were."""
        return self._execute("DELETE FROM picture")

    def save_group(self, group: StoredGroup) -> None:
        """Add a group, or put this in the place of the one with the same id; its members are these alone then."""
        self._execute(_SAVE_GROUP, (group.id, group.name, group.key, group.created_at, group.checksum))
        self._execute("DELETE FROM member WHERE circle_id = ?", (group.id,))
        for person_id in sorted(group.members):
            self._execute("INSERT INTO member (circle_id, person_id) VALUES (?, ?)", (group.id, person_id))

    def delete_group(self, group_id: str) -> None:
        """Remove a group; its people stay."""
        self._execute("DELETE FROM circle WHERE id = ?", (group_id,))

    def add_undo(self, undo: StoredUndo) -> None:
        """Keep what a change was, of a person who is there."""
        self._execute(_ADD_UNDO, (*astuple(undo), undo.checksum))

    def save_undo(self, undo: StoredUndo) -> None:
        """Put this in the place of the one with the same id."""
        self._execute(
            "UPDATE undo SET person_id = ?, record = ?, checksum = ? WHERE id = ?",
            (undo.person_id, undo.record, undo.checksum, undo.id),
        )

    def forget_undos(self, before: str, undo_ids: Iterable[str]) -> None:
        """Keep no longer what changes from before a time were, and these."""
        self._execute("DELETE FROM undo WHERE made_at < ?", (before,))
        for undo_id in undo_ids:
            self.delete_undo(undo_id)

    def delete_undo(self, undo_id: str) -> None:
        """Keep no longer what a change was."""
        self._execute("DELETE FROM undo WHERE id = ?", (undo_id,))

    def add_request(self, request: StoredRequest) -> None:
        """Keep the answer to an enrolment that has a key."""
        self._execute(_ADD_REQUEST, (*astuple(request), request.checksum))

    def move_requests(self, keys: Iterable[str], into: str) -> None:
        """Make answers another person's."""
        for key in keys:
            self._execute("UPDATE request SET person_id = ? WHERE key = ?", (into, key))

    def save_alias(self, person_id: str, into: str | None) -> None:
        """Note that a person was merged into another, or, at None, that they were not."""
        self._execute("DELETE FROM alias WHERE id = ?", (person_id,))
        if into is not None:
            self._execute("INSERT INTO alias (id, person_id) VALUES (?, ?)", (person_id, into))

    def add_alias(self, person_id: str, into: str) -> bool:
        """Note the same, unless the first is there, or known as another's, or the second is not; gives whether."""
        return self._execute(_ADD_ALIAS, (person_id, into, person_id)) == 1

    def add_forgotten(self, person_ids: Iterable[str]) -> None:
        """Note who is yet to be forgotten elsewhere."""
        for person_id in person_ids:
            self._execute("INSERT INTO forgotten (id) VALUES (?) ON CONFLICT DO NOTHING", (person_id,))

    def delete_forgotten(self, person_ids: Iterable[str]) -> None:
        """They are forgotten everywhere."""
        for person_id in person_ids:
            self._execute("DELETE FROM forgotten WHERE id = ?", (person_id,))

    def forget_requests(self, before: str, keys: Iterable[str]) -> None:
        """Keep no longer the answers from before a time, and those with these keys."""
        self._execute("DELETE FROM request WHERE made_at < ?", (before,))
        for key in keys:
            self._execute("DELETE FROM request WHERE key = ?", (key,))


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
_UPDATE_SAMPLE = """
    UPDATE sample SET person_id = ?, model_id = ?, vector = ?, quality = ?, set_aside_at = ?, checksum = ?
    WHERE id = ?
"""
_SAVE_GROUP = """
    INSERT INTO circle (id, name, name_key, created_at, checksum) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, checksum = excluded.checksum
"""
_ADD_ALIAS = """
    INSERT INTO alias (id, person_id)
    SELECT ?, id FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM person WHERE id = ?) ON CONFLICT DO NOTHING
"""
_ADD_UNDO = "INSERT INTO undo (id, kind, person_id, made_at, record, checksum) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_REQUEST = """
    INSERT INTO request (key, fingerprint, person_id, answer, made_at, checksum) VALUES (?, ?, ?, ?, ?, ?)
"""
