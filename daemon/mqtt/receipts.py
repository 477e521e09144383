# SPDX-License-Identifier: Apache-2.0
"""Records that a broker has acknowledged, until they may leave the outbox."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.outbox import Outbox, Record

SETTLE_S = 1.0
"""A broker that is killed takes along what it has acknowledged a moment ago, and not passed on yet."""


class Receipts:
    """Used by one thread."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._taken: list[tuple[float, Record]] = []
        self._repeated: set[str] = set()

    def add(self, record: Record) -> None:
        """The broker has acknowledged it."""
        # Once is enough: connections that are always short would have the same records sent for ever.
        at = -math.inf if record.event_id in self._repeated else self._clock.monotonic()
        self._taken.append((at, record))

    def settle(self, after_s: float = SETTLE_S) -> None:
        """Take those out of the outbox that were acknowledged so long ago. Raises StorageError."""
        until = self._clock.monotonic() - after_s
        settled = [record for at, record in self._taken if at <= until]
        if settled:
            self._outbox.confirm(settled)
            self._taken = [(at, record) for at, record in self._taken if at > until]
            self._repeated.difference_update(record.event_id for record in settled)

    def forget(self) -> None:
        """The connection was lost: what has not settled is sent again over the next, once."""
        self._repeated.update(record.event_id for _, record in self._taken)
        self._taken = [(at, record) for at, record in self._taken if at == -math.inf]
