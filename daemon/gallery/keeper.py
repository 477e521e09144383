# SPDX-License-Identifier: Apache-2.0
"""The gallery's file, and what readers see of it."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Self

from daemon.clock import iso
from daemon.errors import ModelMismatch, StorageError
from daemon.gallery.draft import Draft
from daemon.gallery.state import State
from daemon.gallery.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.config import GallerySettings
    from daemon.types import Embedding

logger = logging.getLogger(__name__)


class Keeper:
    """Kept in a file, seen in memory.

    Reading takes no lock and no disk, so the frame path may do it. A write returns once it is on disk; one that
    raises has changed nothing.
    """

    def __init__(self, store: Store, model_id: str, settings: GallerySettings, clock: Clock) -> None:
        self._store = store
        self._model_id = model_id
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._in_doubt = False
        self._state = self._load()
        self._changes = 0
        if unsearched := self._state.unsearched:
            logger.warning(
                "%d samples are of another model than %s and are not searched: enrol those people again",
                unsearched,
                model_id,
            )

    @classmethod
    def open(cls, path: Path, model_id: str, settings: GallerySettings, clock: Clock) -> Self:
        """The gallery in the file `path`, which is made if it is not there.

        Samples of another model than `model_id` are kept, but not searched.

        Raises:
            StorageCorrupt: the file is damaged; it is left as it is.
            StorageError: it cannot be opened, or was written by a newer whod.
        """
        with contextlib.ExitStack() as stack:
            store = Store(path)
            stack.callback(store.close)
            gallery = cls(store, model_id, settings, clock)
            stack.pop_all()
        return gallery

    def close(self) -> None:
        """Close the file, once the write under way is done."""
        with self._lock:
            self._store.close()

    @property
    def model_id(self) -> str:
        """The model whose samples are searched."""
        return self._model_id

    @property
    def changes(self) -> int:
        """How often it has changed since it was opened: the same answers as long as this stays."""
        return self._changes

    @contextlib.contextmanager
    def _draft(self) -> Iterator[Draft]:
        """A change, seen by readers after it is on disk."""
        with self._lock:
            if self._in_doubt:
                self._state, self._in_doubt = self._load(), False
                self._changes += 1
            try:
                with self._store.transaction() as writer:
                    draft = Draft(writer, self._state, self._model_id, iso(self._clock.now()))
                    yield draft
            except StorageError:
                # A COMMIT may fail after it was done; the file knows.
                self._in_doubt = True
                raise
            self._state = draft.state
            self._changes += 1

    def _load(self) -> State:
        return State.of(self._store.load(), self._model_id)

    def _check_model(self, embedding: Embedding) -> None:
        if embedding.model_id != self._model_id:
            raise ModelMismatch(
                f"An embedding of {embedding.model_id} cannot be compared with a gallery of {self._model_id}: "
                "embed the picture again."
            )
