# SPDX-License-Identifier: Apache-2.0
"""events.db: what may be lost. The history of visits and the outbox, written together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daemon.history import History
from daemon.outbox import LIMIT, Outbox
from daemon.storage import open_disposable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.storage import Database
    from daemon.types import Person, Sighting

FILE = "events.db"

MIGRATIONS = (
    """
    CREATE TABLE visit (
        id INTEGER PRIMARY KEY,
        sighting_id TEXT NOT NULL UNIQUE,
        camera TEXT NOT NULL,
        person_id TEXT,
        name TEXT,
        outcome TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        frames INTEGER NOT NULL,
        similarity REAL NOT NULL,
        margin REAL NOT NULL,
        quality REAL NOT NULL,
        clock_synced INTEGER NOT NULL,
        simulated INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX visit_person ON visit (person_id) WHERE person_id IS NOT NULL;
    CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT;
    """,
)


class EventStore:
    """Writes visits and their records; `history` and `outbox` are there to be read.

    `describe` makes a visit's record, a mapping that is JSON; without it (no broker is set) nothing waits in the
    outbox. Every method raises StorageError.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        describe: Callable[[Sighting], Mapping[str, Any]] | None = None,
        limit: int = LIMIT,
    ) -> None:
        self._database = database
        self._clock = clock
        self._describe = describe
        self.history = History(database)
        self.outbox = Outbox(database, clock, limit)

    def record(self, sighting: Sighting, current: Callable[[str], Person | None] | None = None) -> None:
        """Keep a visit that has ended, and its record to be published, both or none.

        `current` gives the person of an id as enrolled now: a visit that waited to be written carries no name that
        was forgotten or changed meanwhile.
        """
        with self._database.transaction() as transaction:
            if sighting.person and current:
                sighting = sighting.known_as(current(sighting.person.id))
            self.history.add(transaction, sighting)
            if self._describe is not None:
                self.outbox.put(transaction, self._describe(sighting))

    def forget(self, person_id: str) -> None:
        """Delete a person's visits, and take id and name out of the records that wait."""
        with self._database.transaction() as transaction:
            self.history.forget(transaction, person_id)
            self.outbox.forget(transaction, person_id)

    def relabel(self, person_id: str, person: Person) -> None:
        """Follow a rename (the same id) or a merge (another id) in visits and waiting records."""
        with self._database.transaction() as transaction:
            self.history.relabel(transaction, person_id, person)
            self.outbox.relabel(transaction, person_id, person)

    def prune(self, max_age: timedelta) -> int:
        """Delete the visits older than `max_age`; gives how many.

        Does nothing while the clock is not to be trusted: a wrong year would take them all.
        """
        if not self._clock.synced():
            return 0
        with self._database.transaction() as transaction:
            return self.history.prune(transaction, self._clock.now() - max_age)

    def begin_anew(self) -> Path:
        """The file is damaged: set it aside, under the name that is given back, and begin a new one."""
        aside = self._database.begin_anew(self._clock.now())
        self.outbox.begin()
        return aside

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def open_event_store(
    folder: Path, clock: Clock, describe: Callable[[Sighting], Mapping[str, Any]] | None = None
) -> tuple[EventStore, Path | None]:
    """The event store of a state folder, and where a damaged file was set aside the path it has now."""
    database, aside = open_disposable(folder / FILE, MIGRATIONS, clock.now())
    return EventStore(database, clock, describe), aside
