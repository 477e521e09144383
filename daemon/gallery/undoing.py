# SPDX-License-Identifier: Apache-2.0
"""Changes of the gallery that can be undone."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import NameTaken, NoSuchUndo
from daemon.gallery.keeper import Keeper
from daemon.gallery.stored import StoredUndo
from daemon.gallery.undo import Deleted, Merged, pack, unpack
from daemon.types import Undo, UndoKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.gallery.draft import Draft
    from daemon.gallery.roster import Entry
    from daemon.gallery.undo import Traces
    from daemon.types import Person

logger = logging.getLogger(__name__)


class Undoing(Keeper):
    """What was deleted or merged in the last `undo_hours`."""

    def undos(self) -> list[Undo]:
        """What can be undone, newest first."""
        with self._lock:
            rows, people = self._store.undos(), self._state.roster.by_id
        oldest, outlived = self._oldest(self._undo_kept), self._outlived(self._undo_kept)
        kept = [row for row in reversed(rows) if row.made_at >= oldest and row.id not in outlived]
        return [self._described(row, people[row.person_id]) for row in kept]

    def undo(self, undo_id: str, give_back: Callable[[Person, Person, Traces], None]) -> Person:
        """Make a deleted sample its person's again, or two people of one; gives whose it is, or who is back.

        `give_back` is called for a merge, before it is kept that this was undone: with who is back, who had all
        since, and what of it in the history is of who is back. What it raises undoes all of this.

        Raises:
            NoSuchUndo: there is nothing of this id, or not any more.
            NameTaken: somebody else has the name of who was merged.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            row = next((row for row in draft.writer.undos() if row.id == undo_id), None)
            if row is None:
                raise NoSuchUndo("This cannot be undone (any more): look at the list of what can be.")
            entry = draft.state.roster.by_id[row.person_id]
            if row.kind == UndoKind.SAMPLE:
                back = self._give_sample_back(draft, row, entry)
            else:
                back, traces = self._separate(draft, row, entry)
                give_back(back.person, entry.person, traces)
            draft.writer.delete_undo(row.id)
        logger.info("person %s: the deletion of a sample or a merge undone", back.stored.id)
        return back.person

    def _keep_undo(self, draft: Draft, entry: Entry, what: Deleted | Merged) -> Undo | None:
        """Keep what a change has been; None where it cannot be undone, by the settings."""
        if not self._settings.undo_hours:
            return None
        kind = UndoKind.MERGE if isinstance(what, Merged) else UndoKind.SAMPLE
        row = StoredUndo(str(uuid.uuid4()), kind, entry.stored.id, draft.now, pack(what))
        draft.writer.add_undo(row)
        return self._described(row, entry)

    def _give_sample_back(self, draft: Draft, row: StoredUndo, entry: Entry) -> Entry:
        deleted = Deleted.from_json(unpack(row.record))
        draft.put_back(deleted, {sample.id: entry.stored.id for sample in deleted.samples})
        searched = {sample.id for sample in deleted.samples if sample.is_searched}
        draft.renew(entry, self._settings.max_samples, searched)
        return entry

    def _separate(self, draft: Draft, row: StoredUndo, kept: Entry) -> tuple[Entry, Traces]:
        merged = Merged.from_json(unpack(row.record))
        if holder := draft.state.roster.by_key.get(merged.person.key):
            raise NameTaken(
                f'There is another "{holder.stored.name}" by now: rename that person first, then undo the merge.'
            )
        back = draft.separate(merged, kept, row.made_at)
        for entry in (back, kept):
            draft.renew(entry, self._settings.max_samples)
        return back, merged.traces

    def _described(self, row: StoredUndo, entry: Entry) -> Undo:
        record = unpack(row.record)
        if row.kind == UndoKind.MERGE:
            gone = Merged.from_json(record).person.name
        else:
            gone = Deleted.from_json(record).samples[0].id
        made_at = from_iso(row.made_at)
        return Undo(row.id, UndoKind(row.kind), entry.person, gone, made_at, made_at + self._undo_kept)
