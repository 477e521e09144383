# SPDX-License-Identifier: Apache-2.0
"""Sees that there is a backup of yesterday."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from daemon.errors import NoSuchJob, StorageError
from daemon.types import JobState, PartHealth, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.clock import Clock
    from daemon.types import BackupFile, Job
    from daemon.workers.base import Pulse

log = logging.getLogger(__name__)

_TURN_S = 10.0
_DAY = timedelta(days=1)
_AGAIN_S = 3600.0
"""Until the next try, where the disk failed."""


class Backups(Protocol):
    """What is asked for snapshots; each method raises StorageError."""

    def all(self) -> Sequence[BackupFile]: ...  # noqa: D102
    def snapshot(self) -> Job: ...  # noqa: D102
    def tidy(self) -> None: ...  # noqa: D102


class Enrolled(Protocol):
    """What is asked about the gallery."""

    @property
    def changes(self) -> int: ...  # noqa: D102
    @property
    def person_count(self) -> int: ...  # noqa: D102


class SnapshotsWorker:
    """Has a snapshot made where the newest is a day old and the gallery has changed since; the first one at once.

    `job` gives a job as it is now. A failure ends nothing: it is told as a part of the health.
    """

    name = "snapshots"
    stale_after_s = 120.0
    problem: str | None = None

    def __init__(
        self, backups: Backups, job: Callable[[str], Job], gallery: Enrolled, clock: Clock, *, daily: bool
    ) -> None:
        self._backups = backups
        self._job = job
        self._gallery = gallery
        self._clock = clock
        self._daily = daily
        self._kept: int | None = None
        """The gallery's `changes` that the newest snapshot has in it; None: not known."""
        self._made_s = clock.monotonic()
        self._not_before_s = clock.monotonic()
        self._under_way: tuple[str, int] | None = None
        self._part = PartHealth("backup", State.OK if daily else State.OFF)
        self._untidy = ""
        """What the log has of a backup that was not taken away."""

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        while not pulse.stopping:
            pulse.beat()
            self._tidy()
            if self._daily:
                self.turn()
            pulse.sleep(_TURN_S)

    def change(self, *, daily: bool) -> None:
        """Other settings of backups: whether there is one each day, and perhaps where, so that none may be there."""
        self._daily, self._kept, self._not_before_s = daily, None, self._clock.monotonic()
        self._part = PartHealth("backup", State.OK if daily else State.OFF)

    def part(self) -> PartHealth:
        """How it went."""
        return self._part

    def turn(self) -> None:
        """Begin a snapshot if it is time, or see what became of the one under way."""
        try:
            if self._under_way:
                self._look(*self._under_way)
            elif self._clock.monotonic() >= self._not_before_s and self._due():
                changes = self._gallery.changes
                self._under_way = self._backups.snapshot().id, changes
        except NoSuchJob:
            self._under_way = None  # it ended, and so many did since that it is kept no more
        except StorageError as error:
            self._failed(str(error))

    def _tidy(self) -> None:
        untidy = ""
        try:
            self._backups.tidy()
        except StorageError as error:
            untidy = f"A backup that was only tried may still be there: {error}"
        if untidy and untidy != self._untidy:
            log.warning("%s", untidy)
        self._untidy = untidy

    def _due(self) -> bool:
        if self._gallery.changes == self._kept:
            return False
        newest = next(iter(self._backups.all()), None)
        if newest is None:
            return self._gallery.person_count > 0
        age = self._clock.now() - newest.made_at
        # Made by a clock that was wrong: nobody knows when. If that of now may be wrong, a day of this run counts.
        undated = age <= -_DAY and self._clock.synced()
        return age >= _DAY or undated or self._clock.monotonic() - self._made_s >= _DAY.total_seconds()

    def _look(self, job_id: str, changes: int) -> None:
        job = self._job(job_id)
        if not job.state.ended:
            return
        self._under_way = None
        if job.state is not JobState.DONE:
            self._failed(job.error.detail if job.error else "It was cancelled.")
            return
        self._kept = changes
        self._made_s = self._clock.monotonic()
        self._tell("")

    def _failed(self, sentence: str) -> None:
        self._under_way = None
        self._not_before_s = self._clock.monotonic() + _AGAIN_S
        self._tell(f"No backup was kept: {sentence}")

    def _tell(self, sentence: str) -> None:
        if sentence and sentence != self._part.detail:
            log.warning("%s", sentence)
        self._part = PartHealth("backup", State.DEGRADED if sentence else State.OK, sentence)
