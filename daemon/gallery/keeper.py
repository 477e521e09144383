# SPDX-License-Identifier: Apache-2.0
"""The gallery's file, and what readers see of it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from daemon.clock import Known, iso
from daemon.errors import ModelMismatch, StorageCorrupt, StorageError
from daemon.gallery.draft import Draft
from daemon.gallery.state import State
from daemon.gallery.store import Store
from daemon.gallery.undo import without_pictures
from daemon.storage import beside, discard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.config import GallerySettings
    from daemon.gallery.writer import Writer
    from daemon.types import Embedding

logger = logging.getLogger(__name__)

REQUESTS_KEPT = timedelta(hours=24)


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
        self._known = Known(clock)
        """What is kept for a while."""
        self._clean()
        self._state = self._load()
        self._changes = 0
        if unsearched := self._state.unsearched:
            logger.warning(
                "%d samples are of another model than %s and are not searched: those with a picture are embedded "
                "again, enrol the people of the others",
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
        discard(beside(path))
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

    def copy_to(self, path: Path) -> None:
        """Make a copy of the file, as it is at one moment, at `path`, where no file is. Raises StorageError."""
        with self._lock:
            self._store.copy_to(path)

    def replace(self, build: Callable[[Path, Store], None]) -> None:
        """Put another gallery in the place of this one, for good; readers go on with this one until it is there.

        `build` is handed a path where no file is and the file of now, to read, and makes a complete file at the path
        with a `Store` of its own, which it closes. What is known of people who were merged, and who is yet to be
        forgotten elsewhere, goes over. Changes wait meanwhile. Raises what it raises, StorageCorrupt if its file
        cannot be right, StorageError: then nothing has changed.
        """
        with self._lock:
            path = beside(self._store.path)
            discard(path)
            try:
                build(path, self._store)
                with contextlib.closing(Store(path)) as built:
                    self._hand_over(built)
                    state = State.of(built.load(), self._model_id)
                self._in_doubt = True
                self._store.replace_by(path)
            finally:
                discard(path)
            self._state, self._in_doubt = state.following(self._state), False
            self._changes += 1

    def _hand_over(self, built: Store) -> None:
        """What no build can know, and older backups need: under which ids they hold whom."""
        with built.transaction() as writer:
            for alias, person_id in self._store.aliases():
                writer.add_alias(alias, person_id)
            writer.add_forgotten(self._store.forgotten())

    @property
    def model_id(self) -> str:
        """The model whose samples are searched."""
        return self._model_id

    @property
    def changes(self) -> int:
        """How often it has changed since it was opened: the same answers as long as this stays."""
        return self._changes

    def judge_by(self, settings: GallerySettings) -> None:
        """Decide by these settings from now on; who is in view is decided on anew."""
        with self._lock:
            self._settings = settings
            self._changes += 1

    @contextlib.contextmanager
    def _draft(self) -> Iterator[Draft]:
        """A change, seen by readers after it is on disk."""
        with self._lock:
            if self._in_doubt:
                self._state, self._in_doubt = self._load().following(self._state), False
                self._changes += 1
            try:
                with self._store.transaction() as writer:
                    self._forget_old(writer)
                    draft = Draft(writer, self._state, self._model_id, iso(self._clock.now()))
                    yield draft
                    self._known.see(writer.kept_for_a_while())
            except StorageError:
                # A COMMIT may fail after it was done; the file knows.
                self._in_doubt = True
                raise
            self._state = draft.state
            self._changes += 1
            for text, *values in draft.notes:
                logger.info(text, *values)

    def _clean(self) -> None:
        """Delete what is not to be kept any more; a disk that cannot be written is no reason not to open."""
        try:
            with self._store.transaction() as writer:
                self._forget_old(writer)
                self._known.see(writer.kept_for_a_while())
                if not self._settings.keep_pictures:
                    writer.delete_pictures()
                    for undo in writer.undos():
                        if (bare := without_pictures(undo.record)) != undo.record:
                            writer.save_undo(dataclasses.replace(undo, record=bare))
        except StorageCorrupt:
            raise
        except StorageError as error:
            logger.warning("What is kept for a while only stays until the gallery can be written: %s", error)

    def _forget_old(self, writer: Writer) -> None:
        writer.forget_undos(self._oldest(self._undo_kept), self._outlived(self._undo_kept))
        writer.forget_requests(self._oldest(REQUESTS_KEPT), self._outlived(REQUESTS_KEPT))

    def _oldest(self, kept: timedelta) -> str:
        """The time before which what is kept so long is too old.

        Nothing is while the clock is not to be trusted, a wrong year would take all: then see `_outlived`.
        """
        return iso(self._clock.now() - kept) if self._clock.synced() else ""

    def _outlived(self, kept: timedelta) -> set[str]:
        """What was here for so long while this process ran."""
        return {key for key, age_s in self._known.ages_s().items() if age_s >= kept.total_seconds()}

    @property
    def _undo_kept(self) -> timedelta:
        return timedelta(hours=self._settings.undo_hours)

    def _load(self) -> State:
        return State.of(self._store.load(), self._model_id)

    def _check_model(self, embedding: Embedding) -> None:
        if embedding.model_id != self._model_id:
            raise ModelMismatch(
                f"An embedding of {embedding.model_id} cannot be compared with a gallery of {self._model_id}: "
                "embed the picture again."
            )
