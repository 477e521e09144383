# SPDX-License-Identifier: Apache-2.0
"""Messages of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One message."""

    seq: int
    """Counts from 1 at each start."""
    at: datetime
    """UTC."""
    level: str
    """debug, info, warning, error or critical."""
    logger: str
    """Of which module, as ``daemon.workers.capture``."""
    message: str

    @property
    def part(self) -> str:
        """Which part of whod speaks, in a word."""
        found = (word for start, word in _PARTS if self.logger == start or self.logger.startswith(f"{start}."))
        return next(found, "other")

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "level": self.level,
            "part": self.part,
            "logger": self.logger,
            "message": self.message,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> LogRecord:
        """See `as_json`."""
        return cls(record["seq"], from_iso(record["at"]), record["level"], record["logger"], record["message"])


_PARTS = (
    ("daemon.camera", "camera"),
    ("daemon.workers.capture", "camera"),
    ("daemon.workers.picture", "camera"),
    ("daemon.workers.watch", "camera"),
    ("daemon.pipeline", "recognition"),
    ("daemon.tracking", "recognition"),
    ("daemon.vision", "recognition"),
    ("daemon.workers.inference", "recognition"),
    ("daemon.gallery", "people"),
    ("daemon.mqtt", "broker"),
    ("daemon.backup", "backup"),
    ("daemon.workers.snapshots", "backup"),
    ("daemon.jobs", "jobs"),
    ("daemon.workers.jobs", "jobs"),
    ("daemon.access", "access"),
    ("web_admin", "page"),
    ("waitress", "page"),
    ("daemon.events_db", "history"),
    ("daemon.records", "history"),
    ("daemon.workers.recorder", "history"),
    ("daemon", "whod"),
)
"""The first that fits counts."""
