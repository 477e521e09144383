# SPDX-License-Identifier: Apache-2.0
"""The folder of backups on this machine: the newest are kept, and who is forgotten is taken out of each."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from daemon.backup import rewriting
from daemon.backup.format import GROUPS, PEOPLE, SAMPLES
from daemon.backup.reading import opened_archive, unsealed
from daemon.backup.writing import make_private, new_file, sealed
from daemon.errors import BadBackup, BadPassphrase, NoSuchBackup, StorageError, WorldError
from daemon.types import BackupFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.backup.age import Sink
    from daemon.backup.format import Manifest
    from daemon.jobs import Staging

log = logging.getLogger(__name__)

FOLDER = "backups"
_NAME = re.compile(r"whod-(?P<number>\d{6})-(?P<made_at>\d{8}T\d{6}Z)\.zip(?P<age>\.age)?")
_TIME = "%Y%m%dT%H%M%SZ"


class Snapshots:
    """Backups in a folder, numbered, since a clock may be wrong.

    A folder that is its `own` is made if it is not there. For several threads; one is changed at a time. Every method
    raises StorageError if the folder cannot be used.
    """

    def __init__(self, folder: Path, keep: int, passphrase: str | None, staging: Staging, *, own: bool) -> None:
        self.folder = folder
        self._keep = keep
        self.passphrase = passphrase
        self._staging = staging
        self._own = own
        self._lock = threading.Lock()
        self._people: dict[tuple[str, int], int | None] = {}
        """How many are in each, by its name and the time of its last change."""

    def move(self, folder: Path, keep: int, passphrase: str | None, *, own: bool) -> None:
        """From now on they are kept there, and so; those that are kept elsewhere stay as they are."""
        with self._lock:
            self.folder, self._keep, self.passphrase, self._own = folder, keep, passphrase, own

    def all(self) -> list[BackupFile]:
        """Those that are kept, newest first."""
        found = []
        with self._usable():
            for path in self._paths():
                with contextlib.suppress(FileNotFoundError):  # a newer one has taken its place
                    found.append(self._described(path))
        return found

    def path(self, name: str) -> Path:
        """Where the snapshot of this name is. Raises NoSuchBackup."""
        found = next((path for path in self._paths() if path.name == name), None)
        if found is None:
            raise NoSuchBackup(f'There is no backup "{name}": look at the list of backups.')
        return found

    def open(self, name: str) -> BinaryIO:
        """The snapshot of this name, as it is. Raises NoSuchBackup."""
        return opened(self.path(name))

    @contextlib.contextmanager
    def unsealed(self, path: Path) -> Iterator[Path]:
        """The ZIP that a snapshot is. Raises BadBackup if it is damaged, BadPassphrase."""
        passphrase = self.passphrase if _match(path)["age"] else None
        with self._staging.scratch(".zip") as (plain,):
            yield unsealed(path, passphrase, plain)

    def newest_manifest(self) -> Manifest | None:
        """Of the newest that can be read; None if there is none."""
        for path in self._paths():
            try:
                with self.unsealed(path) as plain, opened_archive(plain) as (_, _, manifest):
                    return manifest
            except (BadBackup, BadPassphrase) as error:
                log.warning("The backup %s cannot be read: %s", path.name, error)
        return None

    def add(self, write: Callable[[Sink, str | None], Manifest], now: datetime) -> BackupFile | None:
        """Make a snapshot by `write`, and delete the oldest; None if the newest one has the same in it."""
        with self._lock, self._usable():
            if self._own:
                make_private(self.folder)
            held = self._paths()
            self._tidy()
            number = int(_match(held[0])["number"]) + 1 if held else 1
            ending = "" if self.passphrase is None else ".age"
            path = self.folder / f"whod-{number:06}-{now.astimezone(UTC):{_TIME}}.zip{ending}"
            newest = self.newest_manifest()
            with contextlib.suppress(_Same), new_file(path) as file:
                manifest = write(file, self.passphrase)
                if newest and all(newest.sha256[name] == manifest.sha256[name] for name in (GROUPS, PEOPLE, SAMPLES)):
                    raise _Same
            for old in self._paths()[self._keep :]:
                old.unlink(missing_ok=True)
            return self._described(path) if path.exists() else None

    def forget(self, person_id: str) -> int:
        """Take a person out of all; one that cannot be read is deleted. Gives how many held the person, or may have.

        Where the disk fails a snapshot stays as it is; StorageError is raised after the others were looked at.
        """
        count, failed = 0, None
        with self._lock, self._usable():
            held = self._paths()
            self._tidy()
            for path in held:
                try:
                    count += self._rewritten(path, person_id)
                except (BadBackup, BadPassphrase) as error:
                    log.warning("The backup %s cannot be read and is deleted: %s", path.name, error)
                    path.unlink(missing_ok=True)
                    count += 1
                except StorageError as error:
                    failed = error
        if failed:
            raise failed
        return count

    def clear(self) -> int:
        """Delete all; gives how many there were."""
        with self._lock, self._usable():
            held = self._paths()
            self._tidy()
            for path in held:
                path.unlink(missing_ok=True)
        return len(held)

    def _rewritten(self, path: Path, person_id: str) -> bool:
        """Take a person out of one; False if nobody of this id is in it."""
        with self.unsealed(path) as plain:
            if not rewriting.holds(plain, person_id):
                return False
            passphrase = self.passphrase if _match(path)["age"] else None
            with new_file(path) as file, sealed(file, passphrase) as out:
                rewriting.without(plain, person_id, out)
        return True

    def _described(self, path: Path) -> BackupFile:
        found, there = _match(path), path.stat()
        made_at = datetime.strptime(found["made_at"], _TIME).replace(tzinfo=UTC)
        key = path.name, there.st_mtime_ns
        if key not in self._people:
            self._people[key] = None if found["age"] else _people(path)
        return BackupFile(path.name, made_at, there.st_size, found["age"] is not None, self._people[key])

    def _tidy(self) -> None:
        """Delete what a power cut left of a snapshot."""
        for path in self.folder.glob(".whod-*.part"):
            path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        """Newest first."""
        with self._usable():
            if self._own and not self.folder.exists():
                return []
            return sorted((path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except WorldError:
            raise
        except OSError as error:
            raise StorageError(
                f"The folder of backups {self.folder} cannot be used ({error.strerror}): "
                "see that its disk is mounted and may be written, or change backup.folder."
            ) from error


class _Same(Exception):
    """There is no need for a new one."""


def opened(path: Path) -> BinaryIO:
    """A backup that was made here. Raises NoSuchBackup if it is gone, StorageError."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NoSuchBackup("The backup is not kept any more: make another one.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror}): check the disk.") from error


def _match(path: Path) -> re.Match[str]:
    found = _NAME.fullmatch(path.name)
    assert found is not None  # noqa: S101
    return found


def _people(path: Path) -> int | None:
    """How many are in a snapshot, as it says itself; None if it cannot be read."""
    try:
        with opened_archive(path) as (_, _, manifest):
            return manifest.counts.people
    except BadBackup:
        return None
