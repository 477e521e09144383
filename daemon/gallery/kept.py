# SPDX-License-Identifier: Apache-2.0
"""The samples that are kept of people."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.clock import from_iso
from daemon.errors import LastSample, NoPictureKept, NoSuchSample
from daemon.gallery.undo import Deleted
from daemon.gallery.undoing import Undoing
from daemon.types import Removal, SampleKind, SampleSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.reader import Reader
    from daemon.gallery.roster import Entry
    from daemon.gallery.stored import Sample
    from daemon.types import Person

logger = logging.getLogger(__name__)


class Kept(Undoing):
    """What is kept of people. Where a version is `expected`, Changed is raised if the person has another."""

    @property
    def keeps_pictures(self) -> bool:
        """Whether pictures are kept with samples."""
        return self._settings.keep_pictures

    def samples(self, ref: str) -> list[SampleSummary]:
        """The samples of a person, oldest first; also those that are set aside. Raises NoSuchPerson."""
        person_id = self._state.roster.find(ref).stored.id
        with self._lock:
            pictured = self._store.pictured(person_id)
            return [_summary(sample, pictured) for sample in self._store.samples_of(person_id)]

    def picture(self, ref: str, sample_id: str) -> bytes:
        """The picture that is kept with a sample, as JPEG: the face with some room around it.

        Raises:
            NoSuchPerson: there is no `ref`.
            NoSuchSample: they have no such sample.
            NoPictureKept: none is kept with it.
        """
        entry = self._state.roster.find(ref)
        with self._lock:
            _find(self._store, entry, sample_id)
            jpeg = self._store.picture(sample_id)
        if jpeg is None:
            raise NoPictureKept("No picture is kept with this sample.")
        return jpeg

    def portrait(self, ref: str) -> bytes:
        """The best picture that is kept of a person. Raises NoSuchPerson, NoPictureKept if there is none."""
        entry = self._state.roster.find(ref)
        with self._lock:
            jpeg = self._store.portrait(entry.stored.id)
        if jpeg is None:
            raise NoPictureKept(
                f'No picture of "{entry.stored.name}" is kept: enrol one while gallery.keep_pictures is on.'
            )
        return jpeg

    def looks(self) -> dict[str, tuple[bool, str | None]]:
        """See `Reader.looks`."""
        with self._lock:
            return self._store.looks()

    def delete_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Removal:
        """Remove a sample; gives whose it was, and how it can be undone.

        Raises:
            NoSuchPerson: there is no `ref`.
            NoSuchSample: they have no such sample.
            LastSample: it is the last one that is searched.
        """
        with self._draft() as draft:
            entry = draft.find(ref, expected)
            sample = _find(draft.writer, entry, sample_id)
            _keep_one(draft.writer.samples_of(entry.stored.id), sample, entry, self._model_id)
            undo = self._keep_undo(draft, entry, Deleted.by(draft.writer, [sample]))
            draft.renew(entry, self._settings.max_samples)
        logger.info("person %s: a sample deleted", entry.stored.id)
        return Removal(entry.person, undo)

    def restore_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Person:
        """Search a sample again that was set aside, if need be in the place of another; gives whose it is.

        Raises:
            NoSuchPerson: there is no `ref`.
            NoSuchSample: they have no such sample.
        """
        with self._draft() as draft:
            entry = draft.find(ref, expected)
            sample = _find(draft.writer, entry, sample_id)
            draft.writer.update_sample(replace(sample, set_aside_at=None))
            draft.renew(entry, self._settings.max_samples, pinned={sample.id})
        logger.info("person %s: a sample restored", entry.stored.id)
        return entry.person


def _keep_one(samples: Sequence[Sample], gone: Sample, entry: Entry, model_id: str) -> None:
    """Raise LastSample if a sample cannot go: no other is searched, or none with its model, if that is in use."""
    others = [sample for sample in samples if sample.is_searched and sample.id != gone.id]
    if gone.model_id == model_id:
        others = [sample for sample in others if sample.model_id == model_id]
    if gone.is_searched and not others:
        raise LastSample(
            f'This is the last sample of "{entry.stored.name}" that is searched: '
            "enrol or restore another one first, or forget the person."
        )


def _find(kept: Reader, entry: Entry, sample_id: str) -> Sample:
    for sample in kept.samples_of(entry.stored.id):
        if sample.id == sample_id:
            return sample
    raise NoSuchSample(f'"{entry.stored.name}" has no sample {sample_id}: look at the list of samples.')


def _summary(sample: Sample, pictured: set[str]) -> SampleSummary:
    return SampleSummary(
        sample.id,
        SampleKind(sample.kind),
        sample.quality,
        sample.source,
        from_iso(sample.created_at),
        from_iso(sample.set_aside_at) if sample.set_aside_at else None,
        sample.id in pictured,
    )
