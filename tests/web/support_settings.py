# SPDX-License-Identifier: Apache-2.0
"""Settings that are kept in memory, and a log of some messages."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clock import FakeClock
from daemon.config import Kept, load
from daemon.logbook import Logbook
from daemon.service import Logs, SettingsDesk

if TYPE_CHECKING:
    from datetime import datetime


class MemoryKept(Kept):
    """What a state folder would hold."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self.table: dict[str, Any] = {}
        self.was: dict[str, Any] | None = None
        self.secrets: list[str] = []

    def read(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        return self.table, ()

    def before(self) -> dict[str, Any] | None:
        return self.was

    def write(self, table: dict[str, Any], now: datetime) -> None:
        self.was, self.table = self.table, table

    def keep_secret(self, secret: str) -> Path:
        self.secrets.append(secret)
        return Path(f"/nowhere/mqtt-password-{len(self.secrets)}")

    def tidy(self) -> None:
        pass


def desk(*overrides: str) -> SettingsDesk:
    """The settings that are nobody's but the test's."""
    return SettingsDesk(load(None, overrides), MemoryKept(), FakeClock())


def desk_of_file(file: Path) -> SettingsDesk:
    """The same, with a settings file."""
    return SettingsDesk(load(file), MemoryKept(), FakeClock())


MESSAGES = (
    ("daemon.house", logging.INFO, "The page is at http://127.0.0.1:8737/"),
    ("daemon.workers.capture", logging.WARNING, "The camera is gone: <b>see to it</b>"),
    ("daemon.mqtt.publisher", logging.ERROR, "Nothing listens at broker:1883"),
    ("daemon.vision.chain", logging.DEBUG, "a look of 12 ms"),
)


def logs() -> Logs:
    """A log with MESSAGES."""
    book = Logbook(FakeClock())
    for name, level, message in MESSAGES:
        book.emit(logging.LogRecord(name, level, "", 0, message, (), None))
    return Logs(book)
