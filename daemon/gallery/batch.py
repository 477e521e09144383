# SPDX-License-Identifier: Apache-2.0
"""Many people's samples at once: enrolled, chosen anew, embedded anew."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import InputError
from daemon.gallery.admission import representatives
from daemon.gallery.names import normalise
from daemon.gallery.samples import Samples
from daemon.gallery.stored import VECTOR_DTYPE, as_matrix
from daemon.types import SampleKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.gallery.draft import Draft
    from daemon.gallery.roster import Entry
    from daemon.gallery.samples import Faces
    from daemon.gallery.stored import Foreign
    from daemon.types import Enrolment, Observation, Person

logger = logging.getLogger(__name__)


class Chosen(NamedTuple):
    """How the samples of a person stand after they were chosen anew."""

    person: Person
    searched: int
    set_aside: int
    changed: bool
    """Whether others are searched than before."""


class Batch(Samples):
    """Changes of many people: all that one call makes are on disk when it returns."""

    def enrol_batch(self, arrivals: Sequence[tuple[str, Faces]]) -> list[Enrolment | InputError]:
        """Enrol faces under names, as `enrol` does, one after the other in one transaction: each all or nothing.

        Gives of each what became of it: the enrolment, or why it was refused. Raises StorageError: then none is.
        """
        with self._draft() as draft:
            return [self._arrived(draft, name, faces) for name, faces in arrivals]

    def choose_anew(self, refs: Sequence[str], count: int | None = None) -> list[Chosen]:
        """Choose from all samples of each of these people the `count` that stand best for all; see `representatives`.

        The rest is set aside. By default `gallery.max_samples` are chosen. Samples of other models stay as they are.
        Who has been forgotten meanwhile is left out.
        """
        with self._draft() as draft:
            entries = [draft.state.roster.by_id.get(ref) for ref in refs]
            return [self._choose(draft, entry, count or self._settings.max_samples) for entry in entries if entry]

    def reload(self) -> None:
        """Build what is searched anew, from the file."""
        with self._lock:
            self._state = self._load().following(self._state)
            self._changes += 1

    def searched_people(self) -> frozenset[str]:
        """The ids of those of whom a sample is searched."""
        return frozenset(self._state.index.person_ids)

    def foreign(self) -> list[Foreign]:
        """The samples of other models than the one in use."""
        with self._lock:
            return self._store.foreign(self._model_id)

    def embed_anew(self, found: Mapping[str, Observation]) -> int:
        """Put what was found in the kept pictures of samples, by their ids, in the place of what was known.

        Gives how many that were: those that are gone are left out. Raises ModelMismatch, StorageError.
        """
        for each in found.values():
            self._check_model(each.embedding)
        count = 0
        with self._draft() as draft:
            for person_id in draft.writer.owners(found):
                for sample in draft.writer.samples_of(person_id):
                    if observation := found.get(sample.id):
                        vector = observation.embedding.vector.astype(VECTOR_DTYPE).tobytes()
                        quality = float(observation.quality)
                        draft.writer.update_sample(
                            replace(sample, model_id=self._model_id, vector=vector, quality=quality)
                        )
                        count += 1
                draft.renew(draft.state.roster.by_id[person_id], self._settings.max_samples)
        return count

    def _arrived(self, draft: Draft, name: str, faces: Faces) -> Enrolment | InputError:
        try:
            spelt, checked = normalise(name), self._checked(faces)
            with draft.part():
                return self._enrol(draft, spelt, checked)
        except InputError as error:
            return error

    def _choose(self, draft: Draft, entry: Entry, count: int) -> Chosen:
        ours = [
            sample
            for sample in draft.writer.samples_of(entry.stored.id)
            if sample.model_id == self._model_id and sample.kind == SampleKind.POSITIVE
        ]
        kept = representatives(as_matrix(ours), count) if ours else set()
        moved = [sample for place, sample in enumerate(ours) if sample.is_searched != (place in kept)]
        for sample in moved:
            draft.writer.update_sample(replace(sample, set_aside_at=draft.now if sample.is_searched else None))
        if moved:
            draft.renew(entry, max(count, len(kept)))
            logger.info("person %s: %d samples chosen of %d", entry.stored.id, len(kept), len(ours))
        return Chosen(entry.person, len(kept), len(ours) - len(kept), bool(moved))
