# SPDX-License-Identifier: Apache-2.0
"""A backup into the gallery in use: first looked at whole, then put in its place in one step, or not at all."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from daemon.backup import reading
from daemon.backup import settings as told_settings
from daemon.backup.comparing import Comparison, compare
from daemon.backup.merging import Rules, merge
from daemon.backup.reading import Place
from daemon.clock import iso
from daemon.errors import BadBackup
from daemon.gallery.rowwise import Rowwise
from daemon.types import RestoreMode, RestoreReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from daemon.backup.reading import Found
    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.gallery import Gallery
    from daemon.gallery.store import Store
    from daemon.jobs import Staging


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored, and how."""

    path: Path
    passphrase: str | None = None
    mode: RestoreMode = RestoreMode.REPLACE
    dry_run: bool = False


class Outcome(NamedTuple):
    """What came of it."""

    report: RestoreReport
    renamed: Sequence[str] = ()
    """Ids of all who have another name afterwards, or are familiar or no more so."""
    to_embed: int = 0
    """Samples of another model that have a picture."""


class Restorer:
    """Restores backups into a gallery. `size` is how many numbers the embeddings have that it searches."""

    def __init__(self, gallery: Gallery, size: int, settings: InForce, staging: Staging, clock: Clock) -> None:
        self._gallery = gallery
        self._size = size
        self._settings = settings
        self._staging = staging
        self._clock = clock

    def restore(self, wish: Wish, told: Callable[[int, int], None] = lambda *_: None) -> Outcome:
        """Restore a backup, or tell what that would do.

        What `told` raises ends the work; nothing has changed then. It is not called any more once the gallery is
        being replaced.

        Raises:
            BadPassphrase: it is missing, or wrong.
            BadBackup: the file is no backup; or something is wrong with it, unless it is only tried.
            StorageError: the disk fails; nothing has changed.
        """
        with self._staging.scratch(".zip", ".db", ".db", ".db") as (plain, staged, here, after):
            path = reading.unsealed(wish.path, wish.passphrase, plain)
            self._gallery.copy_to(here)
            found = reading.read(path, staged, self._place(here), told)
            report = self._report(wish, found)
            if found.problems and wish.dry_run:
                return Outcome(report)
            if found.problems:
                raise BadBackup(
                    " ".join((*found.sentences[:3], "Nothing was restored; try it with --dry-run for all."))
                )
            comparison = self._compared(wish.mode, here, staged, after)
            report = _with(report, comparison)
            if wish.dry_run:
                return Outcome(report)
            self._gallery.replace(lambda path, now: self._build(wish.mode, staged, now, path))
            return Outcome(replace(report, applied=True), comparison.renamed, self._to_embed(found))

    def _place(self, here: Path) -> Place:
        model_id = self._gallery.model_id
        with contextlib.closing(Rowwise(here)) as file:
            return Place(model_id, {**file.sizes(), model_id: self._size}, self._settings.now.gallery.keep_pictures)

    def _compared(self, mode: RestoreMode, here: Path, staged: Path, after: Path) -> Comparison:
        with contextlib.closing(Rowwise(here)) as now:
            if mode is RestoreMode.REPLACE:
                after = staged
            else:
                self._build(mode, staged, now, after)
            with contextlib.closing(Rowwise(after)) as then:
                return compare(now, then)

    def _build(self, mode: RestoreMode, staged: Path, now: Store, path: Path) -> None:
        """Make the gallery's file that the restore leads to."""
        if mode is RestoreMode.REPLACE:
            staged.replace(path)
            return
        now.copy_to(path)
        gallery = self._settings.now.gallery
        with contextlib.closing(Rowwise(staged)) as there:
            merge(there, path, Rules(self._gallery.model_id, gallery.max_samples, iso(self._clock.now())))

    def _report(self, wish: Wish, found: Found) -> RestoreReport:
        manifest = found.manifest
        return RestoreReport(
            wish.mode,
            wish.dry_run,
            applied=False,
            made_at=manifest.made_at if manifest else None,
            app_version=manifest.app_version if manifest else None,
            model_id=manifest.model_id if manifest else None,
            people=found.counts["people"],
            groups=found.counts["groups"],
            samples=found.counts["samples"],
            pictures=found.counts["pictures"],
            problems=found.sentences,
            notes=tuple(self._notes(found)),
            settings=told_settings.differing(self._settings.now, found.settings) if manifest else (),
        )

    def _to_embed(self, found: Found) -> int:
        return found.foreign_pictures if self._settings.now.gallery.keep_pictures else 0

    def _notes(self, found: Found) -> Iterator[str]:
        if again := self._to_embed(found):
            yield f"{again} samples are of another model, and are embedded again from their pictures."
        if lost := found.foreign - again:
            yield (
                f"{lost} samples are of another model and have no picture: they are kept, but not searched. "
                "Enrol those people again."
            )
        if found.counts["pictures"] and not self._settings.now.gallery.keep_pictures:
            yield "The pictures of the samples are left out, as gallery.keep_pictures is false."


def _with(report: RestoreReport, comparison: Comparison) -> RestoreReport:
    return replace(
        report,
        notes=(*report.notes, *comparison.alike),
        added=comparison.added,
        changed=comparison.changed,
        removed=comparison.removed,
        same=comparison.same,
        groups_added=comparison.groups_added,
        groups_removed=comparison.groups_removed,
        differences=tuple(comparison.people),
    )
