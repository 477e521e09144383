# SPDX-License-Identifier: Apache-2.0
"""What was decided on each visitor, when and why."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from daemon.clock import from_iso, iso
from daemon.types import Decision, EventType, Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from daemon.gallery import Traces
    from daemon.storage import Database, Row, Transaction
    from daemon.types import DecisionEvent, Person

KEPT = 20_000
"""Decisions that are kept at most, some 15 MB; few enough to be looked through without an index to write."""

_COLUMNS = (
    "event_id, sighting_id, event_type, camera, person_id, similarity, margin, agreeing, observations, quality, "
    "captured_at, retracts, simulated, why"
)


class Decisions:
    """The table `decision` of events.db, written as soon as they are made. Every method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, event: DecisionEvent, why: bytes) -> None:
        """Keep a decision, with its reasons as `explained` gives them."""
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        transaction.execute(
            f"INSERT INTO decision ({_COLUMNS}) VALUES ({marks})",  # noqa: S608
            _row(event, why),
        )

    def find(self, event_id: str) -> Decision | None:
        """The decision of this event_id."""
        rows = self._database.query(f"SELECT {_COLUMNS} FROM decision WHERE event_id = ?", (event_id,))  # noqa: S608
        return _decision(rows[0]) if rows else None

    def of(self, sighting_id: str) -> list[Decision]:
        """Those on one visitor, in order."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM decision WHERE sighting_id = ? ORDER BY id",  # noqa: S608
            (sighting_id,),
        )
        return [_decision(row) for row in rows]

    def forget(self, transaction: Transaction, person_id: str) -> None:
        """Delete the decisions on the visits of a person and for them, and strike them from the other reasons.

        Before the visits are deleted.
        """
        transaction.execute(
            "DELETE FROM decision WHERE person_id = ? "
            "OR sighting_id IN (SELECT sighting_id FROM visit WHERE person_id = ?)",
            (person_id, person_id),
        )
        _replace_everywhere(transaction, person_id, "")

    def clear(self, transaction: Transaction) -> None:
        """Delete all decisions."""
        transaction.execute("DELETE FROM decision")

    def relabel(self, transaction: Transaction, person_id: str, into: str) -> None:
        """Follow a merge."""
        transaction.execute("UPDATE decision SET person_id = ? WHERE person_id = ?", (into, person_id))
        _replace_everywhere(transaction, person_id, into)

    def by_person(self, person_id: str) -> tuple[str, ...]:
        """The `event_id` of each decision for a person."""
        rows = self._database.query("SELECT event_id FROM decision WHERE person_id = ?", (person_id,))
        return tuple(event_id for (event_id,) in rows)

    def give_back(self, transaction: Transaction, traces: Traces, kept_id: str, person_id: str) -> None:
        """Make those of some decisions that are `kept_id`'s those of `person_id`, in their reasons too.

        A merge made two ids one there: whoever of the two was not meant is `person_id` there as well, from now on.
        """
        for event_id in traces.decisions:
            transaction.execute(
                "UPDATE decision SET person_id = ? WHERE event_id = ? AND person_id = ?",
                (person_id, event_id, kept_id),
            )
            rows = transaction.query("SELECT id, why FROM decision WHERE event_id = ?", (event_id,))
            _replace(transaction, "decision", rows, kept_id, person_id)
        for sighting_id in traces.visits:
            rows = transaction.query(
                "SELECT id, why FROM visit WHERE sighting_id = ? AND why IS NOT NULL", (sighting_id,)
            )
            _replace(transaction, "visit", rows, kept_id, person_id)

    def prune(self, transaction: Transaction, visit_id: int) -> None:
        """Delete those up to the last one of the visits up to this row, and those past KEPT."""
        transaction.execute(
            "DELETE FROM decision WHERE id <= (SELECT max(decision.id) FROM decision JOIN visit USING (sighting_id) "
            "WHERE visit.id <= ?) OR id <= (SELECT max(id) FROM decision) - ?",
            (visit_id, KEPT),
        )


def explained(why: Explanation, current: Callable[[str], Person | None] | None) -> bytes:
    """The reasons as they are kept: JSON, deflated, by the ids that people have now, "" for those since forgotten."""
    text = json.dumps(why.as_json(), allow_nan=False, separators=(",", ":"))
    if current:
        found = {match.person.id for match in why.identification.candidates}
        for person_id in found | {noted.person_id for noted in why.observations if noted.person_id}:
            now = current(person_id)
            text = text.replace(json.dumps(person_id), json.dumps(now.id if now else ""))
    return zlib.compress(text.encode())


def explanation(packed: bytes | None) -> Explanation | None:
    """The opposite of `explained`."""
    return None if packed is None else Explanation.from_json(json.loads(zlib.decompress(packed)))


def _replace_everywhere(transaction: Transaction, person_id: str, by: str) -> None:
    """In all that is kept of reasons."""
    for table in ("decision", "visit"):
        rows = transaction.query(f"SELECT id, why FROM {table} WHERE why IS NOT NULL")  # noqa: S608
        _replace(transaction, table, rows, person_id, by)


def _replace(transaction: Transaction, table: str, rows: Iterable[Row], person_id: str, by: str) -> None:
    """In the reasons of some rows, (id, why). An id of a person is a text of its own in their JSON."""
    old, new = json.dumps(person_id).encode(), json.dumps(by).encode()
    for row, packed in rows:
        if old in (text := zlib.decompress(packed)):
            struck = zlib.compress(text.replace(old, new))
            transaction.execute(f"UPDATE {table} SET why = ? WHERE id = ?", (struck, row))  # noqa: S608


def _row(event: DecisionEvent, why: bytes) -> Row:
    return (
        event.event_id,
        event.sighting_id,
        event.event_type.value,
        event.camera,
        event.person.id if event.person else None,
        event.similarity,
        event.margin,
        *event.votes,
        event.quality,
        iso(event.captured_at),
        event.retracts,
        event.simulated,
        why,
    )


def _decision(row: Row) -> Decision:
    event_id, sighting_id, kind, camera, person_id, similarity, margin, agreeing, count, quality, at, *rest = row
    retracts, simulated, why = rest
    return Decision(
        event_id=event_id,
        sighting_id=sighting_id,
        event_type=EventType(kind),
        camera=camera,
        person_id=person_id,
        similarity=similarity,
        margin=margin,
        votes=(agreeing, count),
        quality=quality,
        captured_at=from_iso(at),
        retracts=retracts,
        simulated=bool(simulated),
        why=Explanation.from_json(json.loads(zlib.decompress(why))),
    )
