# SPDX-License-Identifier: Apache-2.0
"""The visits of the last weeks, who they were and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.clock import from_iso, iso
from daemon.types import Best, Outcome, Person, Sighting
from daemon.watch import Score

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from daemon.lived import Now
    from daemon.storage import Database, Row, Transaction

KEPT = 100_000
"""Visits that are kept at most, some 40 MB, whatever their dates say."""

EXPLAINED = 10_000
"""Visits of which the reasons are kept too, some 4 MB."""

_CORRECTED = (
    "AND id IN (SELECT visit.id FROM decision JOIN visit USING (sighting_id) WHERE event_type = 'retracted' "
    "OR decision.person_id IS NOT NULL AND decision.person_id IS NOT visit.person_id)"
)

COLUMNS = (
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

    def add(self, transaction: Transaction, sighting: Sighting, now: Now, why: bytes | None = None) -> None:
        """Keep a visit, with the reasons for its end as `daemon.decisions.explained` gives them."""
        marks = ", ".join("?" * len(COLUMNS.split(",")))
        transaction.execute(
            f"INSERT INTO visit ({COLUMNS}, why, lived_s, dated) VALUES ({marks}, ?, ?, ?)",  # noqa: S608
            (*_row(sighting), why, now.lived_s, now.dated and sighting.clock_synced),
        )

    def recent(
        self,
        limit: int,
        before: str | None = None,
        person_id: str | None = None,
        outcome: Outcome | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        corrected: bool = False,
    ) -> list[Sighting]:
        """The last `limit` visits, newest first; `before` goes on after the one with this sighting_id.

        Only those of `person_id`, with that `outcome`, that began at `since` or later and before `until`, if they
        are given; with `corrected` only those of which a decision was taken back, by whod or by somebody since. A
        `before` that is not kept any more gives an empty list.
        """
        rows = self._database.query(
            f"SELECT {COLUMNS} FROM visit "  # noqa: S608
            "WHERE (?1 IS NULL OR id < (SELECT id FROM visit WHERE sighting_id = ?1)) "
            "AND (?2 IS NULL OR person_id = ?2) AND (?3 IS NULL OR outcome = ?3) "
            "AND (?4 IS NULL OR started_at >= ?4) AND (?5 IS NULL OR started_at < ?5) "
            f"{_CORRECTED if corrected else ''} ORDER BY id DESC LIMIT ?6",
            (
                before,
                person_id,
                outcome.value if outcome else None,
                iso(since) if since else None,
                iso(until) if until else None,
                limit,
            ),
        )
        return [sighting_of(row) for row in rows]

    def find(self, sighting_id: str) -> tuple[Sighting, bytes | None] | None:
        """A visit, and the reasons for its end if they are kept."""
        rows = self._database.query(
            f"SELECT {COLUMNS}, why FROM visit WHERE sighting_id = ?",  # noqa: S608
            (sighting_id,),
        )
        return (sighting_of(rows[0][:-1]), rows[0][-1]) if rows else None

    def scores(self, since: datetime) -> list[Score]:
        """How well residents were recognised on the visits that ended since then by a clock that was right."""
        rows = self._database.query(
            "SELECT person_id, ended_at, similarity FROM visit "
            "WHERE outcome = ? AND person_id IS NOT NULL AND clock_synced = 1 AND ended_at >= ?",
            (Outcome.IDENTIFIED.value, iso(since)),
        )
        return [Score(person_id, from_iso(ended_at), similarity) for person_id, ended_at, similarity in rows]

    def last_seen(self) -> dict[str, datetime]:
        """When each person who has been seen was seen last, by person id."""
        rows = self._database.query(
            "SELECT person_id, ended_at FROM visit "
            "WHERE id IN (SELECT max(id) FROM visit WHERE person_id IS NOT NULL GROUP BY person_id)"
        )
        return {person_id: from_iso(ended_at) for person_id, ended_at in rows}

    def of(self, person_id: str) -> tuple[str, ...]:
        """The `sighting_id` of each visit of a person."""
        rows = self._database.query("SELECT sighting_id FROM visit WHERE person_id = ?", (person_id,))
        return tuple(sighting_id for (sighting_id,) in rows)

    def forget(self, transaction: Transaction, person_id: str) -> int:
        """Delete the visits of a person; gives how many there were."""
        return transaction.execute("DELETE FROM visit WHERE person_id = ?", (person_id,))

    def count(self, person_id: str) -> int:
        """How many visits of a person are kept."""
        ((count,),) = self._database.query("SELECT count(*) FROM visit WHERE person_id = ?", (person_id,))
        return int(count)

    def clear(self, transaction: Transaction) -> int:
        """Delete all visits; gives how many there were."""
        return transaction.execute("DELETE FROM visit")

    def relabel(self, transaction: Transaction, person_id: str, person: Person) -> None:
        """Make the visits of `person_id` those of `person`: another name, or a merge into another person."""
        transaction.execute(
            "UPDATE visit SET person_id = ?, name = ?, outcome = ? WHERE person_id = ?",
            (person.id, person.name, Outcome.of(person).value, person_id),
        )

    def assign(self, transaction: Transaction, sighting_id: str, person: Person | None) -> None:
        """Make one visit that of `person`, or of nobody known."""
        transaction.execute(
            "UPDATE visit SET person_id = ?, name = ?, outcome = ? WHERE sighting_id = ?",
            (*((person.id, person.name) if person else (None, None)), Outcome.of(person).value, sighting_id),
        )

    def give_back(self, transaction: Transaction, sighting_ids: Iterable[str], kept_id: str, person: Person) -> None:
        """Make those of some visits that are `kept_id`'s those of `person`."""
        for sighting_id in sighting_ids:
            transaction.execute(
                "UPDATE visit SET person_id = ?, name = ?, outcome = ? WHERE sighting_id = ? AND person_id = ?",
                (person.id, person.name, Outcome.of(person).value, sighting_id, kept_id),
            )

    def last_before(self, moment: datetime) -> int:
        """The row of the last visit that ended before `moment`, by a date that was believed; 0 without one.

        A visit without such a date goes with the first later one that has it: its own says nothing.
        """
        ((row,),) = self._database.query("SELECT max(id) FROM visit WHERE dated = 1 AND ended_at < ?", (iso(moment),))
        return row or 0

    def last_lived(self, lived_s: int) -> int:
        """The row of the last visit that was written when so many seconds had been lived, or fewer; 0 without one."""
        ((row,),) = self._database.query("SELECT max(id) FROM visit WHERE lived_s <= ?", (lived_s,))
        return row or 0

    def past_bound(self) -> int:
        """The row of the newest visit of those that are more than KEPT; 0 or less without one."""
        ((row,),) = self._database.query("SELECT max(id) FROM visit")
        return (row or 0) - KEPT

    def prune(self, transaction: Transaction, visit_id: int) -> int:
        """Delete the visits up to this row with their faces, and reasons past EXPLAINED; gives how many visits."""
        transaction.execute(
            "UPDATE visit SET why = NULL WHERE why IS NOT NULL AND id <= (SELECT max(id) FROM visit) - ?",
            (EXPLAINED,),
        )
        return transaction.execute("DELETE FROM visit WHERE id <= ?", (visit_id,))


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


def sighting_of(row: Row) -> Sighting:
    """A visit from its COLUMNS, without face and reasons."""
    sighting_id, camera, person_id, name, outcome, started_at, ended_at, frames, *best, synced, simulated = row
    return Sighting(
        sighting_id=sighting_id,
        camera=camera,
        person=None if person_id is None else Person(person_id, name, familiar=outcome == Outcome.FAMILIAR),
        outcome=Outcome(outcome),
        started_at=from_iso(started_at),
        ended_at=from_iso(ended_at),
        frames=frames,
        best=Best(*best),
        clock_synced=bool(synced),
        simulated=bool(simulated),
    )
