# SPDX-License-Identifier: Apache-2.0
"""Records that are to be published: durable, in order, bounded."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daemon.clock import Clock
    from daemon.storage import Database, Transaction
    from daemon.types import Person

LIMIT = 20_000
"""Records that wait at most: a few hundred visits a day for two months, some 10 MB."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record that waits to be published."""

    seq: int
    """Its place in the one order of all records of this device."""
    event_id: str
    """A UUID that is the same each time the record is sent."""
    payload: Mapping[str, Any]


class Outbox:
    """The table `outbox` of events.db. Every method raises StorageError.

    `seq` grows by one a record and is never given twice, also not after the last record was delivered and deleted.
    In a new file it starts at the Unix time in seconds: if the old file was lost, the numbers go on above the old
    ones, because visits come slower than one a second.

    A power cut may take the last records from the file (it is disposable) after a broker got them; their numbers
    are then given again. An `event_id` never is.
    """

    def __init__(self, database: Database, clock: Clock, limit: int = LIMIT) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit
        self.begin()

    def begin(self) -> None:
        """Give a new file's first record its number."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', ? "
                "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'outbox')",
                (int(self._clock.now().timestamp()),),
            )

    def put(self, transaction: Transaction, payload: Mapping[str, Any]) -> int:
        """Add a record, which must be JSON without NaN; gives its `seq`.

        Past the limit the oldest records are given up; one record ``{"event_type": "gap", "dropped": n}`` takes
        their place in the order, and grows as more are.
        """
        seq = transaction.insert(
            "INSERT INTO outbox (event_id, payload) VALUES (?, ?)", (str(uuid.uuid4()), _json(payload))
        )
        ((oldest,),) = transaction.query("SELECT min(seq) FROM outbox")
        if oldest <= seq - self._limit:
            self._give_up(transaction, until=seq - self._limit + 1)
        return seq

    def pending(self, after_seq: int, limit: int) -> list[Record]:
        """The first `limit` records after `after_seq`, in order."""
        rows = self._database.query(
            "SELECT seq, event_id, payload FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
        )
        return [Record(seq, event_id, json.loads(payload)) for seq, event_id, payload in rows]

    def waiting(self) -> int:
        """How many records wait."""
        ((count,),) = self._database.query("SELECT count(*) FROM outbox")
        return int(count)

    def confirm(self, records: Iterable[Record]) -> None:
        """Delete records that a broker has acknowledged."""
        with self._database.transaction() as transaction:
            for record in records:
                # By event_id too: a gap may have taken the place of a record while its acknowledgement was under way.
                transaction.execute(
                    "DELETE FROM outbox WHERE seq = ? AND event_id = ?", (record.seq, record.event_id)
                )

    def forget(self, transaction: Transaction, person_id: str) -> None:
        """Take a person's id and name out of the records that wait."""
        self._relabel(transaction, person_id, None, None)

    def forget_all(self, transaction: Transaction) -> None:
        """Take everybody's id and name out of the records that wait."""
        transaction.execute(
            "UPDATE outbox SET payload = json_set(payload, '$.person_id', NULL, '$.name', NULL) "
            "WHERE json_extract(payload, '$.person_id') IS NOT NULL"
        )

    def relabel(self, transaction: Transaction, person_id: str, person: Person) -> None:
        """Make the waiting records of `person_id` those of `person`."""
        self._relabel(transaction, person_id, person.id, person.name)

    def give_back(self, transaction: Transaction, sighting_ids: Iterable[str], kept_id: str, person: Person) -> None:
        """Make those of the waiting records of `kept_id` that are of some visits those of `person`."""
        theirs = set(sighting_ids)
        waiting = transaction.query(
            "SELECT seq, json_extract(payload, '$.sighting_id') FROM outbox "
            "WHERE json_extract(payload, '$.person_id') = ?",
            (kept_id,),
        )
        for seq, sighting_id in waiting:
            if sighting_id in theirs:
                transaction.execute(
                    "UPDATE outbox SET payload = json_set(payload, '$.person_id', ?, '$.name', ?) WHERE seq = ?",
                    (person.id, person.name, seq),
                )

    def _relabel(self, transaction: Transaction, person_id: str, new_id: str | None, name: str | None) -> None:
        transaction.execute(
            "UPDATE outbox SET payload = json_set(payload, '$.person_id', ?, '$.name', ?) "
            "WHERE json_extract(payload, '$.person_id') = ?",
            (new_id, name, person_id),
        )

    def _give_up(self, transaction: Transaction, until: int) -> None:
        """Put one gap in the place of all records up to `until`."""
        ((dropped,),) = transaction.query(
            "SELECT sum(coalesce(json_extract(payload, '$.dropped'), 1)) FROM outbox WHERE seq <= ?", (until,)
        )
        transaction.execute("DELETE FROM outbox WHERE seq <= ?", (until,))
        # A gap that has grown is another message: it gets an event_id of its own.
        transaction.execute(
            "INSERT INTO outbox (seq, event_id, payload) VALUES (?, ?, ?)",
            (until, str(uuid.uuid4()), _json({"event_type": "gap", "dropped": dropped})),
        )


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
