# SPDX-License-Identifier: Apache-2.0
"""The newest messages of the log, in memory, for those who cannot or will not read the journal."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from daemon.clock import SystemClock
from daemon.types import LogRecord

if TYPE_CHECKING:
    from daemon.clock import Clock

KEPT = 2000
_LONGEST = 8000
"""Characters of one message; a traceback has some 2,000."""


class Logbook(logging.Handler):
    """A handler that keeps the last messages. `seq` counts them from 1, and goes on over those that were dropped."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or SystemClock()
        self._records: deque[LogRecord] = deque(maxlen=KEPT)
        self._count = 0
        self._held = threading.Lock()
        self._usual = logging.INFO
        self._detailed_until_s: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message; with the traceback, if it has one."""
        self.detailed_s()
        try:
            message = record.getMessage()
            if record.exc_info:
                message += "\n" + logging.Formatter().formatException(record.exc_info)
        except Exception:  # noqa: BLE001 - as every handler: what is wrong with a message must not end the work
            self.handleError(record)
            return
        at = datetime.fromtimestamp(record.created, UTC)
        with self._held:
            self._count += 1
            self._records.append(
                LogRecord(self._count, at, record.levelname.lower(), record.name, message[:_LONGEST])
            )

    def records(self) -> list[LogRecord]:
        """What is kept, oldest first."""
        with self._held:
            return list(self._records)

    def set_level(self, level: str) -> None:
        """What is logged from now on, once no details are asked for."""
        self._usual = logging.getLevelNamesMapping()[level.upper()]
        if self.detailed_s() is None:
            logging.getLogger().setLevel(self._usual)

    def detail(self, seconds: float) -> None:
        """Log everything, for so long; 0 ends it."""
        self._detailed_until_s = self._clock.monotonic() + seconds
        logging.getLogger().setLevel(logging.DEBUG)
        self.detailed_s()

    def detailed_s(self) -> float | None:
        """How long everything is still logged; None if it is not."""
        until_s = self._detailed_until_s
        if until_s is None:
            return None
        left_s = until_s - self._clock.monotonic()
        if left_s > 0:
            return left_s
        self._detailed_until_s = None
        logging.getLogger().setLevel(self._usual)
        return None
