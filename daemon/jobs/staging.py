# SPDX-License-Identifier: Apache-2.0
"""Where the files that jobs need lie: beside the databases, since /tmp may be memory."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from typing import TYPE_CHECKING

from daemon.errors import StorageError, WhodError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path
    from typing import IO

FOLDER = "staging"
_COPY_BYTES = 1_000_000


class Staging:
    """A folder of mode 0700; its files have names that nobody chose. Raises StorageError."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / FOLDER

    def make(self) -> None:
        """See that the folder is there."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def new(self, suffix: str = "") -> Path:
        """An empty file of mode 0600."""
        path = self.folder / f"{secrets.token_hex(16)}{suffix}"
        self.make()
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise self._failed(error) from error
        return path

    @contextlib.contextmanager
    def making(self, suffix: str = "") -> Iterator[Path]:
        """A new file, which is gone if the block fails."""
        with contextlib.ExitStack() as undo:
            path = self.new(suffix)
            undo.callback(self.remove, path.name)
            yield path
            undo.pop_all()

    @contextlib.contextmanager
    def received(self, stream: IO[bytes], suffix: str = "") -> Iterator[Path]:
        """A new file with all that comes from a stream, which is gone if the block fails."""
        with self.making(suffix) as path:
            try:
                with path.open("wb") as file:
                    shutil.copyfileobj(stream, file, _COPY_BYTES)
            except WhodError:
                raise
            except OSError as error:
                raise StorageError(f"What was sent cannot be kept ({error.strerror}): free some space.") from error
            yield path

    @contextlib.contextmanager
    def scratch(self, *suffixes: str) -> Iterator[list[Path]]:
        """New files that are gone when the block ends."""
        paths = [self.new(suffix) for suffix in suffixes]
        try:
            yield paths
        finally:
            for path in paths:
                self.remove(path.name)

    def path(self, name: str) -> Path:
        """Where the file of this name is."""
        return self.folder / name

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens if there is none."""
        try:
            self.path(name).unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def clean(self, owned: Container[str]) -> None:
        """Delete all files but those of these names."""
        try:
            names = [entry.name for entry in os.scandir(self.folder) if not entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._failed(error) from error
        for name in names:
            if name not in owned:
                self.remove(name)

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.folder} cannot be used ({error.strerror}): "
            "make it writable for the user whod runs as, and see that the disk has room."
        )
