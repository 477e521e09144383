# SPDX-License-Identifier: Apache-2.0
"""What the gallery learns of people: enrolment, counter-examples, and which samples stay."""

from __future__ import annotations

import itertools
import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daemon.clock import from_iso
from daemon.errors import LastSample, NoSuchSample
from daemon.gallery.admission import (
    Rival,
    refuse_contrary,
    refuse_copies,
    refuse_mixture,
    refuse_rivals,
    without_copies,
)
from daemon.gallery.keeper import Keeper
from daemon.gallery.names import normalise
from daemon.gallery.store import VECTOR_DTYPE, Sample, is_unit
from daemon.types import Change, Enrolment, SampleKind, SampleSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.draft import Draft
    from daemon.gallery.index import Matrix
    from daemon.gallery.roster import Entry
    from daemon.gallery.state import State
    from daemon.types import Observation, Person, Vector

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces to learn, at least one."""

    observations: Sequence[Observation]
    source: str
    """A word for where they came from, such as "upload"; never the name of a file."""
    titles: Sequence[str] = ()
    """What to call their pictures when one is refused. A copy of what is known is refused only if it has one: it is
    left out where there are none, as with faces of a visit."""
    force: bool = False
    """Take all of them, whatever speaks against it; counter-examples that do are deleted."""


class Samples(Keeper):
    """The samples of people.

    To learn raises, besides what each method says, unless `Faces.force`:
        DuplicatePhoto: a picture is known already.
        OtherPerson: a face is more like somebody else.
        FacesDisagree: a face is like no other of its person.
    And in any case ModelMismatch for a face of another model, StorageError if it could not be written.
    """

    def enrol(
        self,
        name: str,
        observations: Sequence[Observation],
        source: str,
        *,
        titles: Sequence[str] = (),
        force: bool = False,
    ) -> Enrolment:
        """Add samples to the person of this name, who is created if there is none; all or nothing.

        A person who is there keeps the name as it is spelt. For the rest see `Faces`.

        Raises:
            BadName: the name cannot be a person's.
        """
        faces = self._checked(Faces(observations, source, titles, force))
        spelt = normalise(name)
        with self._draft() as draft:
            known = draft.state.roster.by_key.get(spelt.key)
            change = Change.UPDATED if known else Change.CREATED
            return self._learn(draft, known or draft.newcomer(spelt), SampleKind.POSITIVE, faces, change)

    def enrol_familiar(self, observations: Sequence[Observation], source: str, *, force: bool = False) -> Enrolment:
        """Make somebody who comes often a person, named "Familiar 1" or the next number that is free."""
        faces = self._checked(Faces(observations, source, force=force))
        with self._draft() as draft:
            names = (normalise(f"Familiar {number}") for number in itertools.count(1))
            free = next(name for name in names if name.key not in draft.state.roster.by_key)
            newcomer = draft.newcomer(free, familiar=True)
            return self._learn(draft, newcomer, SampleKind.POSITIVE, faces, Change.CREATED)

    def add_samples(
        self,
        ref: str,
        kind: SampleKind,
        observations: Sequence[Observation],
        source: str,
        *,
        titles: Sequence[str] = (),
        force: bool = False,
    ) -> Enrolment:
        """Add samples to a person who is there: of the face, or counter-examples. See `enrol`.

        Raises:
            NoSuchPerson: there is no `ref`.
        """
        faces = self._checked(Faces(observations, source, titles, force))
        with self._draft() as draft:
            return self._learn(draft, draft.state.roster.find(ref), kind, faces, Change.UPDATED)

    def add_counter_examples(self, ref: str, observations: Sequence[Observation], source: str) -> Enrolment:
        """These faces of a visit are not this person's. See `add_samples`."""
        return self.add_samples(ref, SampleKind.NEGATIVE, observations, source)

    def withdraw(self, ref: str, faces: Matrix) -> None:
        """Delete the counter-examples of a person of which one of `faces` (n, d) is a copy: it is the person.

        Raises:
            NoSuchPerson: there is no `ref`.
        """
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            draft.withdraw(entry, faces)
            draft.renew(entry, self._settings.max_samples)

    def samples(self, ref: str) -> list[SampleSummary]:
        """The samples of a person, oldest first; also those that are set aside. Raises NoSuchPerson."""
        person_id = self._state.roster.find(ref).stored.id
        with self._lock:
            return [_summary(sample) for sample in self._store.samples_of(person_id)]

    def delete_sample(self, ref: str, sample_id: str) -> Person:
        """Remove a sample for good; gives whose it was.

        Raises:
            NoSuchPerson: there is no `ref`.
            NoSuchSample: they have no such sample.
            LastSample: it is the last one that is searched.
        """
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            sample = _find(draft, entry, sample_id)
            if sample.is_searched and entry.samples == 1:
                raise LastSample(
                    f'This is the last sample of "{entry.stored.name}" that is searched: '
                    "enrol or restore another one first, or forget the person."
                )
            draft.writer.delete_sample(sample.id)
            draft.renew(entry, self._settings.max_samples)
        logger.info("person %s: a sample deleted", entry.stored.id)
        return entry.person

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        """Search a sample again that was set aside, if need be in the place of another; gives whose it is.

        Raises:
            NoSuchPerson: there is no `ref`.
            NoSuchSample: they have no such sample.
        """
        with self._draft() as draft:
            entry = draft.state.roster.find(ref)
            sample = _find(draft, entry, sample_id)
            draft.writer.set_aside(sample, None)
            draft.renew(entry, self._settings.max_samples, pinned={sample.id})
        logger.info("person %s: a sample restored", entry.stored.id)
        return entry.person

    def _checked(self, faces: Faces) -> Faces:
        if not faces.observations:
            raise ValueError("nothing to enrol")
        for observation in faces.observations:
            self._check_model(observation.embedding)
            if not is_unit(observation.embedding.vector):
                raise ValueError("an embedding is not of unit length")
        return faces

    def _learn(self, draft: Draft, entry: Entry, kind: SampleKind, faces: Faces, change: Change) -> Enrolment:
        admitted = faces.observations if faces.force else self._admitted(draft, entry, kind, faces)
        samples = [_sample(entry.stored.id, kind, observation, faces.source, draft.now) for observation in admitted]
        draft.writer.add_samples(samples)
        if faces.force and kind == SampleKind.POSITIVE:
            draft.withdraw(entry, _vectors(admitted))
        set_aside = draft.renew(entry, self._settings.max_samples)
        logger.info(
            "person %s %s: %d %s samples added, %d set aside", entry.stored.id, change, len(samples), kind, set_aside
        )
        return Enrolment(change, entry.person, tuple(sample.id for sample in samples), set_aside)

    def _admitted(self, draft: Draft, entry: Entry, kind: SampleKind, faces: Faces) -> Sequence[Observation]:
        """Those that may be samples: all, but for copies that have no title. Raises as the class says."""
        vectors = _vectors(faces.observations)
        held = draft.held(entry, vectors.shape[1])
        titles = faces.titles or [f"picture {number}" for number in range(1, len(vectors) + 1)]
        refuse_contrary(kind, vectors, titles, held)
        if faces.titles:
            refuse_copies(kind, vectors, titles, held)
        if kind == SampleKind.POSITIVE:
            rivals = [self._rival(draft.state, entry, vector) for vector in vectors]
            own = draft.state.index.samples_of(entry.stored.id)
            refuse_rivals(vectors, titles, own, rivals, self._settings.margin)
            refuse_mixture(vectors, titles, held)
        return [faces.observations[place] for place in without_copies(kind, vectors, held)]

    def _rival(self, state: State, entry: Entry, vector: Vector) -> Rival | None:
        """The other person who is nearest to a face, if near enough to be named."""
        best = state.index.search_people(vector, 2)
        for place, similarity in zip(best.people.tolist(), best.similarities.tolist(), strict=True):
            person_id = state.index.person_ids[place]
            if person_id != entry.stored.id and similarity >= self._settings.threshold:
                return Rival(state.roster.by_id[person_id].stored.name, similarity)
        return None


def _vectors(observations: Sequence[Observation]) -> Matrix:
    return np.stack([observation.embedding.vector for observation in observations])


def _find(draft: Draft, entry: Entry, sample_id: str) -> Sample:
    for sample in draft.writer.samples_of(entry.stored.id):
        if sample.id == sample_id:
            return sample
    raise NoSuchSample(f'"{entry.stored.name}" has no sample {sample_id}: look at the list of samples.')


def _summary(sample: Sample) -> SampleSummary:
    return SampleSummary(
        sample.id,
        SampleKind(sample.kind),
        sample.quality,
        sample.source,
        from_iso(sample.created_at),
        from_iso(sample.set_aside_at) if sample.set_aside_at else None,
    )


def _sample(person_id: str, kind: SampleKind, observation: Observation, source: str, now: str) -> Sample:
    embedding = observation.embedding
    return Sample(
        str(uuid.uuid4()),
        person_id,
        kind,
        embedding.model_id,
        embedding.vector.astype(VECTOR_DTYPE).tobytes(),
        float(observation.quality),
        source,
        now,
    )
