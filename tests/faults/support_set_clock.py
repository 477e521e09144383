# SPDX-License-Identifier: Apache-2.0
"""A wall clock that is set while a daemon runs: by libfaketime, which leaves the monotonic clock as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


class WallClock:
    """Of the processes that are started from now on; `environ` has them find it."""

    def __init__(self, folder: Path) -> None:
        if LIBRARY is None:
            pytest.skip("libfaketime is not installed: apt install libfaketime")
        self._file = folder / "faketime"
        self.environ = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "Europe/Berlin",
        }
        self.shift(0)

    def shift(self, days: float) -> None:
        """So much ahead of the machine's clock."""
        self._save(f"{days * 86400:+.0f}")

    def set(self, moment: datetime) -> None:
        """To this moment, from which it goes on."""
        self.shift((moment - datetime.now(UTC)) / timedelta(days=1))

    def _save(self, text: str) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(text)
        new.replace(self._file)
