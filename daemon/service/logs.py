# SPDX-License-Identifier: Apache-2.0
"""The newest messages of the log."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from daemon.logbook import Logbook
    from daemon.types import LogRecord

LEVELS = ("debug", "info", "warning", "error")
"""The least first; critical counts as an error."""
DETAIL_S = 600.0


class LogsApi(Protocol):
    """What was logged since the start, as far as it is in memory."""

    def recent(
        self, limit: int = 200, *, level: str = "debug", text: str = "", after: int | None = None
    ) -> list[LogRecord]:
        """The last messages, oldest first: of this level or a graver one, with this text in any case of its letters.

        Those that came `after` one, by its `seq`, if wanted; all, if that one is of an earlier run of whod.
        """
        ...

    def detail(self, seconds: float) -> None:
        """Log everything, for so long; 0 ends it."""
        ...

    def detailed_s(self) -> float | None:
        """How long everything is still logged; None if it is not."""
        ...


class Logs:
    """`LogsApi` over the handler of this process."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self.detail = logbook.detail
        self.detailed_s = logbook.detailed_s

    def recent(
        self, limit: int = 200, *, level: str = "debug", text: str = "", after: int | None = None
    ) -> list[LogRecord]:
        """See `LogsApi.recent`."""
        wanted, words = {*LEVELS[LEVELS.index(level) :], "critical"}, text.casefold()
        records = self._logbook.records()
        if after is None or not records or after > records[-1].seq:
            after = 0
        found = (
            record
            for record in reversed(records)
            if record.seq > after
            and record.level in wanted
            and (words in record.message.casefold() or words in record.logger)
        )
        return list(islice(found, limit))[::-1]
