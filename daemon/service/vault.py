# SPDX-License-Identifier: Apache-2.0
"""The backups of a state folder, and who does the jobs about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from daemon.backup import FOLDER, Maker, Recoverer, Restorer, Snapshots
from daemon.config import read_secret
from daemon.errors import ConfigError
from daemon.jobs import Staging
from daemon.service.backups import Backing, Backups, Restoring, Unfetched
from daemon.types import JobKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock
    from daemon.config import BackupSettings, InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.jobs import Jobs, Runner
    from daemon.vision import Manifest


class Vault:
    """Opens the gallery of a state folder, backs it up and restores it.

    Raises ConfigError if the passphrase of the snapshots cannot be read.
    """

    def __init__(self, folder: Path, manifest: Manifest, settings: InForce, clock: Clock) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self.staging = Staging(folder)
        self._unfetched = Unfetched(self.staging)
        self._size = len(manifest.golden.embedding)
        where, own = self._where(settings.now.backup)
        self.snapshots = Snapshots(*where, self.staging, own=own)
        self.recoverer = Recoverer(
            folder, manifest.embedder.id, self._size, settings.now.gallery, self.snapshots, self.staging, clock
        )

    def runners(self, gallery: Gallery, events: EventStore, changed: Callable[[], None]) -> dict[JobKind, Runner]:
        """Who does the jobs; `changed` is called when other people are enrolled than before."""
        maker = Maker(gallery, self._settings, self.staging, self._clock)
        restorer = Restorer(gallery, self._size, self._settings, self.staging, self._clock)
        self._restoring = Restoring(
            gallery, events, restorer, self.staging, changed=changed, done=self.recoverer.accept
        )
        return {
            JobKind.BACKUP: Backing(maker, self.snapshots, self._unfetched, self._clock),
            JobKind.RESTORE: self._restoring,
        }

    def moved(self, settings: BackupSettings) -> Callable[[], None]:
        """How the snapshots become as these settings say, once that is called. Raises ConfigError as the making."""
        where, own = self._where(settings)
        return lambda: self.snapshots.move(*where, own=own)

    def backups(self, jobs: Jobs) -> Backups:
        """What may be asked about backups; `jobs` are done by the `runners`."""
        self._restoring.re_embed = lambda: jobs.submit(JobKind.RE_EMBED, {}, resumes=True)
        return Backups(jobs, self.snapshots, self.recoverer, self._unfetched, self._clock)

    def _where(self, settings: BackupSettings) -> tuple[tuple[Path, int, str | None], bool]:
        """The folder of the snapshots, how many are kept, their passphrase; and whether the folder is our own."""
        passphrase = read_secret("backup.passphrase_file", settings.passphrase_file, "backup_passphrase")
        if passphrase == "":
            raise ConfigError(
                ["backup.passphrase_file: the file is empty: write a passphrase into it, or name none."]
            )
        other = Path(settings.folder) if settings.folder else None
        return (other or self._folder / FOLDER, settings.keep, passphrase), other is None
