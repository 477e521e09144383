# SPDX-License-Identifier: Apache-2.0
"""The visits of the last weeks, who they were and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.clock import from_iso, iso
from daemon.types import Best, Outcome, Person, Sighting

if TYPE_CHECKING:
    from datetime import datetime

    from daemon.storage import Database, Row, Transaction

KEPT = 100_000
"""Visits that are kept at most, some 40 MB, whatever their dates say."""

_COLUMNS = (
    "sighting_id, camera, person_id, name, outcome, started_at, ended_at, frames, "
    "similarity, margin, quality, clock_synced, simulated"
)


class History:
    """The table `visit` of events.db.

    Its order is that in which visits ended, which a wall clock that jumps does not change. What writes takes the
    caller's transaction, so that a visit and its record in the outbox are kept together or not at all. Times are
    kept to the millisecond. Every method raises StorageError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, sighting: Sighting) -> None:
        """Keep a visit."""
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        transaction.execute(f"INSERT INTO visit ({_COLUMNS}) VALUES ({marks})", _row(sighting))  # noqa: S608

    def recent(self, limit: int, before: str | None = None) -> list[Sighting]:
        """The last `limit` visits, newest first; `before` goes on after the one with this sighting_id.

        A `before` that is not kept any more gives an empty list.
        """
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM visit "  # noqa: S608
            "WHERE ? IS NULL OR id < (SELECT id FROM visit WHERE sighting_id = ?) ORDER BY id DESC LIMIT ?",
            (before, before, limit),
        )
        return [_sighting(row) for row in rows]

    def last_seen(self) -> dict[str, datetime]:
        """When each person who has been seen was seen last, by person id."""
        rows = self._database.query(
            "SELECT person_id, ended_at FROM visit "
            "WHERE id IN (SELECT max(id) FROM visit WHERE person_id IS NOT NULL GROUP BY person_id)"
        )
        return {person_id: from_iso(ended_at) for person_id, ended_at in rows}

    def forget(self, transaction: Transaction, person_id: str) -> None:
        """Delete the visits of a person."""
        transaction.execute("DELETE FROM visit WHERE person_id = ?", (person_id,))

    def relabel(self, transaction: Transaction, person_id: str, person: Person) -> None:
        """Make the visits of `person_id` those of `person`: another name, or a merge into another person."""
        transaction.execute(
            "UPDATE visit SET person_id = ?, name = ? WHERE person_id = ?", (person.id, person.name, person_id)
        )

    def prune(self, transaction: Transaction, older_than: datetime) -> int:
        """Delete the visits that ended before `older_than`, and those past KEPT; gives how many that were.

        A visit whose clock was not right goes with the first later one whose clock was: its own date says nothing.
        """
        return transaction.execute(
            "DELETE FROM visit WHERE id <= (SELECT max(id) FROM visit WHERE clock_synced = 1 AND ended_at < ?) "
            "OR id <= (SELECT max(id) FROM visit) - ?",
            (iso(older_than), KEPT),
        )


def _row(sighting: Sighting) -> Row:
    person, best = sighting.person, sighting.best
    return (
        sighting.sighting_id,
        sighting.camera,
        person.id if person else None,
        person.name if person else None,
        sighting.outcome.value,
        iso(sighting.started_at),
        iso(sighting.ended_at),
        sighting.frames,
        best.similarity,
        best.margin,
        best.quality,
        sighting.clock_synced,
        sighting.simulated,
    )


def _sighting(row: Row) -> Sighting:
    sighting_id, camera, person_id, name, outcome, started_at, ended_at, frames, *best, synced, simulated = row
    return Sighting(
        sighting_id=sighting_id,
        camera=camera,
        person=None if person_id is None else Person(person_id, name),
        outcome=Outcome(outcome),
        started_at=from_iso(started_at),
        ended_at=from_iso(ended_at),
        frames=frames,
        best=Best(*best),
        clock_synced=bool(synced),
        simulated=bool(simulated),
    )
