# SPDX-License-Identifier: Apache-2.0
"""events.db: what may be lost. The history of visits, their faces, the decisions and the outbox, written together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from daemon.decisions import Decisions, explained
from daemon.faces import Faces
from daemon.gallery import Traces
from daemon.history import History
from daemon.jobs.store import MIGRATION as JOBS
from daemon.jobs.store import JobStore
from daemon.lived import MIGRATION as LIVED
from daemon.lived import Lived
from daemon.outbox import LIMIT, Outbox
from daemon.storage import open_disposable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.lived import Now
    from daemon.storage import Database
    from daemon.types import DecisionEvent, Person, Sighting

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
    """
    ALTER TABLE visit ADD COLUMN why BLOB;
    CREATE TABLE face (
        visit_id INTEGER PRIMARY KEY REFERENCES visit (id) ON DELETE CASCADE,
        model_id TEXT NOT NULL,
        count INTEGER NOT NULL,
        moments BLOB NOT NULL,
        crop BLOB
    ) STRICT;
    CREATE TABLE decision (
        id INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL,
        sighting_id TEXT NOT NULL,
        event_type TEXT NOT NULL,
        camera TEXT NOT NULL,
        person_id TEXT,
        similarity REAL NOT NULL,
        margin REAL NOT NULL,
        agreeing INTEGER NOT NULL,
        observations INTEGER NOT NULL,
        quality REAL NOT NULL,
        captured_at TEXT NOT NULL,
        retracts TEXT,
        simulated INTEGER NOT NULL,
        why BLOB NOT NULL
    ) STRICT;
    """,
    JOBS,
    LIVED,
)


class EventStore:
    """Writes visits, decisions and records; `history`, `faces`, `decisions` and `outbox` are there to be read.

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
        self.describe = describe
        self.history = History(database)
        self.faces = Faces(database)
        self.decisions = Decisions(database)
        self.outbox = Outbox(database, clock, limit)
        self.jobs = JobStore(database)
        self._lived = Lived(database, clock)

    def decide(self, event: DecisionEvent, current: Callable[[str], Person | None] | None = None) -> None:
        """Keep a decision with its reasons, unless it is for somebody who was forgotten meanwhile."""
        if event.person and current and current(event.person.id) is None:
            return
        with self._database.transaction() as transaction:
            self.decisions.add(transaction, event, explained(event.why, current))

    def record(
        self, sighting: Sighting, current: Callable[[str], Person | None] | None = None, max_unknowns: int = 1000
    ) -> None:
        """Keep a visit that has ended, its face if it has one, and its record to be published: all or none.

        `current` gives the person of an id as enrolled now: a visit that waited to be written carries no name that
        was changed meanwhile, and nothing of the face of somebody who was forgotten. Of more than `max_unknowns`
        faces of unknown visitors the oldest go.
        """
        with self._database.transaction() as transaction:
            if current:
                sighting = _as_known_now(sighting, current)
            why = explained(sighting.why, current) if sighting.why else None
            self.history.add(transaction, sighting, self._lived.now(transaction), why)
            self.faces.add(transaction, sighting, max_unknowns)
            if self.describe is not None:
                self.outbox.put(transaction, self.describe(sighting))

    def assign(self, sighting_ids: Iterable[str], person: Person | None) -> None:
        """Make past visits those of `person`, or of nobody known; what was published of them stays as it is."""
        with self._database.transaction() as transaction:
            for sighting_id in sighting_ids:
                self.history.assign(transaction, sighting_id, person)
                self.faces.drop_crop(transaction, sighting_id)
        self._database.settle()

    def forget(self, person_id: str) -> int:
        """Delete a person's visits, faces and decisions, and take the person out of the records that wait.

        Gives how many visits there were.
        """
        with self._database.transaction() as transaction:
            self.decisions.forget(transaction, person_id)
            visits = self.history.forget(transaction, person_id)
            self.outbox.forget(transaction, person_id)
        self._database.drop_copies()
        self._database.settle()
        return visits

    def forget_all(self) -> int:
        """Delete all visits with their faces, all decisions, and take everybody out of the records that wait.

        Gives how many visits there were.
        """
        with self._database.transaction() as transaction:
            self.decisions.clear(transaction)
            visits = self.history.clear(transaction)
            self.outbox.forget_all(transaction)
        self._database.drop_copies()
        self._database.settle()
        return visits

    def forget_faces(self, sighting_ids: Iterable[str]) -> None:
        """Delete the faces of these visits."""
        with self._database.transaction() as transaction:
            self.faces.delete(transaction, sighting_ids)
        self._database.drop_copies()
        self._database.settle()

    def relabel(self, person_id: str, person: Person) -> None:
        """Follow a rename (the same id) or a merge (another id) in all that is kept."""
        with self._database.transaction() as transaction:
            self.history.relabel(transaction, person_id, person)
            self.outbox.relabel(transaction, person_id, person)
            if person_id != person.id:
                self.decisions.relabel(transaction, person_id, person.id)

    def merge(self, gone: Person, kept: Person) -> Traces:
        """Make all that is kept of one person another's; gives what that was, for `give_back`."""
        traces = Traces(self.history.of(gone.id), self.decisions.by_person(gone.id))
        self.relabel(gone.id, kept)
        return traces

    def give_back(self, person: Person, kept: Person, traces: Traces) -> None:
        """Undo a merge: what `traces` tell is `person`'s again, as far as it is `kept`'s still."""
        with self._database.transaction() as transaction:
            self.history.give_back(transaction, traces.visits, kept.id, person)
            self.decisions.give_back(transaction, traces, kept.id, person.id)
            self.outbox.give_back(transaction, traces.visits, kept.id, person)

    def prune(self, max_age: timedelta, faces_max_age: timedelta) -> int:
        """Delete the visits older than `max_age` with all that is kept of them, and the faces older than the other.

        At a `faces_max_age` of 0 all faces go. Gives how many visits that were. Older by the time that whod has run
        since, and by their dates too where these are believed.
        """
        with self._database.transaction() as transaction:
            now = self._lived.now(transaction)
            last = max(self.history.past_bound(), self._last_before(now, max_age))
            last_face = max(last, self._last_before(now, faces_max_age))
            self.decisions.prune(transaction, last)
            count = self.history.prune(transaction, last)
            faces = self.faces.prune(transaction, last_face) if faces_max_age else self.faces.clear(transaction)
        if faces:
            self._database.settle()
        return count

    def _last_before(self, now: Now, age: timedelta) -> int:
        """The row of the last visit that is older; 0 without one."""
        last = self.history.last_lived(now.lived_s - int(age.total_seconds()))
        return max(last, self.history.last_before(self._clock.now() - age)) if now.dated else last

    def begin_anew(self) -> Path:
        """The file is damaged: set it aside, under the name that is given back, and begin a new one."""
        aside = self._database.begin_anew(self._clock.now())
        self.outbox.begin()
        return aside

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _as_known_now(sighting: Sighting, current: Callable[[str], Person | None]) -> Sighting:
    """A visit by the name of now; nothing of the face of somebody forgotten, be it while they were in view."""
    told = sighting.person or (sighting.why.identification.person if sighting.why else None)
    now = current(told.id) if told else None
    if told and now is None:
        return replace(sighting.known_as(None), why=None, face=None)
    return sighting.known_as(now) if sighting.person else sighting


def open_event_store(
    folder: Path, clock: Clock, describe: Callable[[Sighting], Mapping[str, Any]] | None = None
) -> tuple[EventStore, Path | None]:
    """The event store of a state folder, and where a damaged file was set aside the path it has now."""
    database, aside = open_disposable(folder / FILE, MIGRATIONS, clock.now())
    return EventStore(database, clock, describe), aside
