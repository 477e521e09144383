# SPDX-License-Identifier: Apache-2.0
"""What the gallery learns of people: enrolment and counter-examples."""

from __future__ import annotations

import itertools
import json
import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import KeyReused, NameTaken
from daemon.gallery.admission import (
    Rival,
    refuse_contrary,
    refuse_copies,
    refuse_mixture,
    refuse_rivals,
    without_copies,
)
from daemon.gallery.keeper import REQUESTS_KEPT
from daemon.gallery.kept import Kept
from daemon.gallery.names import normalise
from daemon.gallery.stored import VECTOR_DTYPE, Sample, StoredRequest, is_unit
from daemon.types import Change, Enrolment, SampleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.gallery.draft import Draft
    from daemon.gallery.index import Matrix
    from daemon.gallery.names import Name
    from daemon.gallery.reader import Reader
    from daemon.gallery.roster import Entry
    from daemon.gallery.state import State
    from daemon.types import Observation, RequestKey, Vector

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
    pictures: Sequence[bytes] = ()
    """What to keep of the picture of each, a JPEG; of none where there are none."""
    request: RequestKey | None = None
    """One that was answered gets the same answer, and nothing is done."""


class Samples(Kept):
    """What is learned of people.

    To learn raises, besides what each method says, unless `Faces.force`:
        DuplicatePhoto: a picture is known already.
        OtherPerson: a face is more like somebody else.
        FacesDisagree: a face is like no other of its person.
    And in any case ModelMismatch for a face of another model, KeyReused for the key of another request, StorageError
    if it could not be written.
    """

    def answered(self, request: RequestKey) -> Enrolment | None:
        """The answer that a request got before; None if there was none. Raises KeyReused."""
        self._store.make_sure()
        return _answer(self._store, request, self._oldest(REQUESTS_KEPT))

    def enrol(
        self,
        name: str,
        observations: Sequence[Observation],
        source: str,
        *,
        titles: Sequence[str] = (),
        force: bool = False,
        pictures: Sequence[bytes] = (),
        request: RequestKey | None = None,
        familiar: bool = False,
    ) -> Enrolment:
        """Add samples to the person of this name, who is created if there is none; all or nothing.

        A person who is there keeps the name as it is spelt. For the rest see `Faces`.

        Raises:
            BadName: the name cannot be a person's.
            NameTaken: somebody `familiar` is meant, and it is that of a resident.
        """
        faces = self._checked(Faces(observations, source, titles, force, pictures, request))
        spelt = normalise(name)
        with self._draft() as draft:
            return self._enrol(draft, spelt, faces, familiar=familiar)

    def check_name(self, name: str) -> None:
        """Raise what `enrol` would for this name: BadName, or LookAlikeName."""
        spelt, roster = normalise(name), self._state.roster
        if spelt.key not in roster.by_key:
            roster.admit(spelt)

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
        pictures: Sequence[bytes] = (),
        request: RequestKey | None = None,
        expected: str | None = None,
    ) -> Enrolment:
        """Add samples to a person who is there: of the face, or counter-examples. See `enrol`.

        Raises:
            NoSuchPerson: there is no `ref`.
        """
        faces = self._checked(Faces(observations, source, titles, force, pictures, request))
        with self._draft() as draft:
            if answer := _answer(draft.writer, request):
                return answer
            return self._learn(draft, draft.find(ref, expected), kind, faces, Change.UPDATED)

    def _checked(self, faces: Faces) -> Faces:
        if not faces.observations:
            raise ValueError("nothing to enrol")
        for observation in faces.observations:
            self._check_model(observation.embedding)
            if not is_unit(observation.embedding.vector):
                raise ValueError("an embedding is not of unit length")
        return faces

    def _enrol(self, draft: Draft, spelt: Name, faces: Faces, *, familiar: bool = False) -> Enrolment:
        if answer := _answer(draft.writer, faces.request):
            return answer
        known = draft.state.roster.by_key.get(spelt.key)
        if known and familiar and not known.stored.familiar:
            raise NameTaken(
                f'"{known.stored.name}" is somebody who is announced: choose another name for who only comes often.'
            )
        change = Change.UPDATED if known else Change.CREATED
        return self._learn(
            draft, known or draft.newcomer(spelt, familiar=familiar), SampleKind.POSITIVE, faces, change
        )

    def _learn(self, draft: Draft, entry: Entry, kind: SampleKind, faces: Faces, change: Change) -> Enrolment:
        every = range(len(faces.observations))
        places = every if faces.force else self._admitted(draft, entry, kind, faces)
        admitted = [faces.observations[place] for place in places]
        samples = [_sample(entry.stored.id, kind, observation, faces.source, draft.now) for observation in admitted]
        draft.writer.add_samples(samples)
        if faces.pictures and self.keeps_pictures:
            for sample, place in zip(samples, places, strict=True):
                draft.writer.keep_picture(sample.id, faces.pictures[place])
        if faces.force and kind == SampleKind.POSITIVE:
            draft.withdraw(entry, _vectors(admitted))
        set_aside = draft.renew(entry, self._settings.max_samples)
        draft.note(
            "person %s %s: %d %s samples added, %d set aside", entry.stored.id, change, len(samples), kind, set_aside
        )
        enrolment = Enrolment(change, entry.person, tuple(sample.id for sample in samples), set_aside)
        if request := faces.request:
            answer = json.dumps(enrolment.as_json(), ensure_ascii=False)
            draft.writer.add_request(
                StoredRequest(request.key, request.fingerprint, entry.stored.id, answer, draft.now)
            )
        return enrolment

    def _admitted(self, draft: Draft, entry: Entry, kind: SampleKind, faces: Faces) -> Sequence[int]:
        """The places of those that may be samples: all, but for copies without a title. Raises as the class says."""
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
        return without_copies(kind, vectors, held)

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


def _answer(kept: Reader, request: RequestKey | None, since: str = "") -> Enrolment | None:
    """The answer that a request got before."""
    known = kept.request(request.key) if request else None
    if request is None or known is None or known.made_at < since:
        return None
    if known.fingerprint != request.fingerprint:
        raise KeyReused("The key of this request was that of another one in the last 24 hours: give it a new one.")
    return Enrolment.from_json(json.loads(known.answer))


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
