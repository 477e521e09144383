# SPDX-License-Identifier: Apache-2.0
"""The state folder, which has one owner at a time."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

from daemon.errors import StateFolderBusy, StorageError

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"
SOCKET = "whod.sock"

_MAX_SOCKET_PATH = 107
"""In bytes; unix(7)."""


class StateFolder:
    """A folder of mode 0700, owned through a lock on one of its files.

    The lock belongs to the process and goes with it, however it ends::

        with StateFolder(path) as folder:
            folder.path / "gallery.db"

    Raises StateFolderBusy if another process owns it, StorageError if it cannot be made or entered.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if len(os.fsencode(path.absolute() / SOCKET)) > _MAX_SOCKET_PATH:
            raise StorageError(
                f"The path of the state folder {path} is too long for its socket: choose a shorter one."
            )
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # To be read: a disk that became read-only still tells who the owner is. A link could lead root anywhere.
            self._lock = os.open(path / LOCK, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StorageError(
                f"The state folder {path} cannot be used ({error.strerror}): "
                "name another with --state-dir, or run as the user that owns it."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StateFolderBusy(
                f"The state folder {path} is in use by another whod: stop that one first, "
                "or name another folder with --state-dir."
            ) from None

    @property
    def socket(self) -> Path:
        """Where the owner listens."""
        return self.path / SOCKET

    def close(self) -> None:
        """Give the folder free, and what root has made in it to its owner: the service could not open it.

        Raises StorageError.
        """
        try:
            _hand_to_owner(self.path)
        finally:
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _hand_to_owner(folder: Path) -> None:
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    try:
        for _, folders, files, descriptor in os.fwalk(folder):
            for name in (*folders, *files):
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                # Another name of a file elsewhere is not theirs, whoever put it here.
                if status.st_uid == 0 and (name in folders or status.st_nlink == 1):
                    os.chown(name, owner.st_uid, owner.st_gid, dir_fd=descriptor, follow_symlinks=False)
    except OSError as error:
        raise StorageError(
            f"What was made in {folder} cannot be given to its owner ({error.strerror}): run chown -R whod: {folder}."
        ) from error
