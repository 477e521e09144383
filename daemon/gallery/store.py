# SPDX-License-Identifier: Apache-2.0
"""The gallery's file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from daemon.gallery.reader import Reader
from daemon.gallery.schema import MIGRATIONS
from daemon.gallery.writer import Writer
from daemon.storage import open_precious

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store(Reader):
    """The gallery's file, read as `Reader` says and written by transactions; StorageError where it cannot be."""

    def __init__(self, path: Path) -> None:
        self._database = open_precious(path, MIGRATIONS)
        super().__init__(self._database.query, path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Writer]:
        """Changes that are all kept, once the block has ended, or none."""
        with self._database.transaction() as transaction:
            yield Writer(transaction, self.path)

    def copy_to(self, path: Path) -> None:
        """Make a copy, as it is at one moment, at `path`, where no file is."""
        self._database.copy_to(path)

    def drop_copies(self) -> None:
        """Delete what an older whod had made of the file: somebody is in it who is to be forgotten."""
        self._database.drop_copies()

    def replace_by(self, path: Path) -> None:
        """Put another file of a gallery, complete and closed, in the place of this one, for good."""
        self._database.replace_by(path)

    def make_sure(self) -> None:
        """See that what is read from now on stays, though the change that wrote it had failed."""
        self._database.make_sure()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
