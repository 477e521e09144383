# SPDX-License-Identifier: Apache-2.0
"""Backups of galleries with made-up faces, and their restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_changes import D, held

from daemon.backup import Maker, Restorer, Wish
from daemon.clock import FakeClock
from daemon.config import load
from daemon.jobs import Staging
from daemon.types import RestoreMode

if TYPE_CHECKING:
    from pathlib import Path

    from support_changes import People

    from daemon.gallery import Gallery


@dataclass(frozen=True)
class Backup:
    """A backup, in the staging folder of a gallery."""

    staging: Staging
    path: Path
    people: People

    @classmethod
    def of(cls, gallery: Gallery, folder: Path) -> Backup:
        staging = Staging(folder)
        path = staging.new(".zip")
        with path.open("wb") as file:
            Maker(gallery, load().settings, staging, FakeClock()).write(file, None)
        return cls(staging, path, held(gallery))

    def restored(self, mode: RestoreMode = RestoreMode.REPLACE) -> Restored:
        return Restored(self, mode)


@dataclass(frozen=True)
class Restored:
    """The restore of a backup."""

    backup: Backup
    mode: RestoreMode

    def do(self, gallery: Gallery) -> None:
        restorer = Restorer(gallery, D, load().settings, self.backup.staging, FakeClock())
        restorer.restore(Wish(self.backup.path, mode=self.mode))

    def after(self, people: People) -> People:
        assert self.mode is RestoreMode.REPLACE
        return self.backup.people
