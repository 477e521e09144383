# SPDX-License-Identifier: Apache-2.0
"""How old what is kept is, on a machine whose clock may be wrong for years.

A Pi without a network begins each time where it was switched off, or in 1970. So the time that whod has run is
counted: what is N days of running old is N days old or more, whatever the clock says. A date is believed as well, of
a clock that is set and has gone on for a day of running without a jump of more than a day. More than a day without
power is such a jump, too: nobody can tell the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.storage import Database, Transaction

MIGRATION = """
    ALTER TABLE visit ADD COLUMN lived_s INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE visit ADD COLUMN dated INTEGER NOT NULL DEFAULT 0;
    UPDATE visit SET dated = clock_synced;
    CREATE TABLE lived (
        seconds INTEGER NOT NULL,
        wall_s INTEGER NOT NULL,
        steady_from INTEGER NOT NULL
    ) STRICT;
"""
"""`visit.lived_s`: what had been lived when it was written; `dated`: whether its date was believed."""

_DAY_S = 86_400
_WRITTEN_EVERY_S = 3600
"""What a power cut may take from the count."""


class Now(NamedTuple):
    """A moment."""

    lived_s: int
    """Seconds of running up to it, of all processes."""
    dated: bool
    """Whether the date is believed."""


class Lived:
    """The table `lived` of events.db, one row: what was lived, and what the wall clock said then.

    Raises StorageError.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        rows = database.query("SELECT seconds FROM lived")
        self._from_s = (rows[0][0] if rows else 0) - clock.monotonic()
        self._synced = False
        """Whether the clock was set when this process last looked."""

    def now(self, transaction: Transaction) -> Now:
        """This moment; it is written down each hour, and where the clock has jumped."""
        lived_s = int(self._from_s + self._clock.monotonic())
        wall_s, synced = int(self._clock.now().timestamp()), self._clock.synced()
        rows = transaction.query("SELECT seconds, wall_s, steady_from FROM lived")
        then_s, then_wall_s, steady_from = rows[0] if rows else (lived_s, wall_s, lived_s)
        jumped = not rows or abs((wall_s - then_wall_s) - (lived_s - then_s)) > _DAY_S
        if jumped:
            if self._synced:
                # Somebody has set a clock that was believed: it may have been wrong all the time before.
                transaction.execute("UPDATE visit SET dated = 0 WHERE lived_s >= ?", (steady_from,))
            steady_from = lived_s
        self._synced = synced
        if jumped or lived_s - then_s >= _WRITTEN_EVERY_S:
            transaction.execute("DELETE FROM lived")
            transaction.execute("INSERT INTO lived VALUES (?, ?, ?)", (lived_s, wall_s, steady_from))
        return Now(lived_s, synced and lived_s - steady_from >= _DAY_S)
