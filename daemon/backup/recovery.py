# SPDX-License-Identifier: Apache-2.0
"""A gallery that is damaged when whod starts is set aside, and the newest good snapshot takes its place."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.backup.reading import Place, read
from daemon.backup.writing import new_file
from daemon.errors import BadBackup, BadPassphrase, StorageCorrupt, StorageError
from daemon.gallery import Gallery
from daemon.storage.files import discard, put_in_place, set_aside
from daemon.types import PartHealth, Recovery, State

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.backup.snapshots import Snapshots
    from daemon.clock import Clock
    from daemon.config import GallerySettings
    from daemon.jobs import Staging
    from daemon.types import BackupFile

log = logging.getLogger(__name__)

GALLERY = "gallery.db"
_MARK = "recovered.json"


@dataclass(frozen=True, slots=True)
class Recoverer:
    """Opens the gallery of a state folder. `size` is how many numbers the embeddings of `model_id` have."""

    folder: Path
    model_id: str
    size: int
    settings: GallerySettings
    snapshots: Snapshots
    staging: Staging
    clock: Clock

    def open(self) -> Gallery:
        """The gallery as it is.

        Raises StorageCorrupt if it is damaged, or gone while there are snapshots of people; StorageError.
        """
        self._refuse_lost()
        try:
            return self._open()
        except StorageCorrupt as error:
            if not self.snapshots.all():
                raise
            raise StorageCorrupt(f"{self._path} is damaged. {_START}") from error

    def open_or_recover(self) -> Gallery:
        """The gallery; in the place of a damaged one the newest good snapshot.

        Raises StorageCorrupt if it is damaged and there is none; StorageError.
        """
        try:
            self._refuse_lost()
            return self._open()
        except StorageCorrupt as error:
            if not self.snapshots.all():
                raise
            if not self._recover(error):
                raise StorageCorrupt(
                    f"{self._path} is damaged or gone, and none of its backups can be used (the log says why): "
                    "put a good one in its place with `whod restore`, or move them all away to begin anew."
                ) from error
            return self._open()

    def recovered(self) -> Recovery | None:
        """What was recovered, until somebody has taken notice."""
        try:
            return Recovery.from_json(json.loads((self.folder / _MARK).read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise StorageError(f"{self.folder / _MARK} cannot be read: delete it.") from error

    def part(self) -> PartHealth:
        """The gallery's part of the health."""
        try:
            recovery = self.recovered()
        except StorageError as error:
            return PartHealth("gallery", State.DEGRADED, str(error))
        return _part(recovery, self.folder) if recovery else PartHealth("gallery", State.OK)

    def accept(self) -> None:
        """Somebody has taken notice."""
        try:
            (self.folder / _MARK).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{self.folder / _MARK} cannot be deleted: {error.strerror}.") from error

    def delete_damaged(self) -> int:
        """Delete the damaged files that were set aside: nobody can be taken out of them. Gives how many."""
        try:
            asides = list(self.folder.glob(f"{GALLERY}.damaged-*"))
            for path in asides:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"A damaged gallery cannot be deleted ({error.strerror}): delete it by hand."
            ) from error
        return len(asides)

    @property
    def _path(self) -> Path:
        return self.folder / GALLERY

    def _open(self) -> Gallery:
        return Gallery.open(self._path, self.model_id, self.settings, self.clock)

    def _refuse_lost(self) -> None:
        """A file that is not there is made anew: not where there was one with people."""
        if self._path.exists():
            return
        newest = self.snapshots.newest_manifest()
        if newest is not None and newest.counts.people == 0:
            return
        if self.snapshots.all():
            raise StorageCorrupt(f"{self._path} is gone. {_START}")

    def _recover(self, why: StorageCorrupt) -> bool:
        """Put the newest good snapshot in the place of the gallery; False if there is none."""
        for snapshot in self.snapshots.all():
            with self.staging.scratch(".db") as (staged,):
                try:
                    with self.snapshots.unsealed(self.snapshots.path(snapshot.name)) as plain:
                        found = read(plain, staged, Place(self.model_id, {self.model_id: self.size}))
                    if found.problems:
                        raise BadBackup(found.problems[0])  # noqa: TRY301
                except (BadBackup, BadPassphrase) as error:
                    log.warning("The backup %s cannot be used: %s", snapshot.name, error)
                    continue
                self._replace(staged, snapshot)
            log.error("%s The newest backup, %s, was put in its place", why, snapshot.name)
            return True
        return False

    def _replace(self, staged: Path, snapshot: BackupFile) -> None:
        now = self.clock.now()
        aside = set_aside(self._path, now).name if self._path.exists() else self._last_aside()
        # Told before it is done: a power cut between would leave a gallery that nobody knows to be an older one.
        with new_file(self.folder / _MARK) as file:
            recovery = Recovery(now, aside, snapshot.name, snapshot.made_at)
            file.write(json.dumps(recovery.as_json()).encode())
        discard(self._path)  # a journal that a power cut left would be played into the other file
        put_in_place(staged, self._path)

    def _last_aside(self) -> str | None:
        """Where there is no file to be set aside, a power cut may have come between that and the rest."""
        before = sorted(self.folder.glob(f"{GALLERY}.damaged-*"))
        return before[-1].name if before else None


def _part(recovery: Recovery, folder: Path) -> PartHealth:
    is_kept = recovery.aside and (folder / recovery.aside).exists()  # not any more once somebody was forgotten
    aside = f" The damaged file is kept as {recovery.aside}." if is_kept else ""
    return PartHealth(
        "gallery",
        State.DEGRADED,
        f"It was damaged, and is as it was on {recovery.made_at:%Y-%m-%d at %H:%M} UTC, from the backup "
        f"{recovery.snapshot}: see who is missing, then run `whod backups --accept`.{aside}",
    )


_START = "Start whod: it puts the newest backup in its place. Or move the backups away as well, to begin anew."
