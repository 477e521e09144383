# SPDX-License-Identifier: Apache-2.0
"""The gallery: who is enrolled, and who a face is."""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from daemon.clock import iso
from daemon.errors import ModelMismatch, NameTaken, SamePerson, StorageError
from daemon.gallery.decide import decide
from daemon.gallery.names import normalise
from daemon.gallery.roster import Entry
from daemon.gallery.state import State
from daemon.gallery.store import VECTOR_DTYPE, Kind, Sample, Store, StoredPerson, as_matrix
from daemon.types import Change, Enrolment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.config import GallerySettings
    from daemon.gallery.index import Index
    from daemon.gallery.roster import Roster
    from daemon.gallery.store import Writer
    from daemon.types import Embedding, Identification, Match, Observation, Person, PersonSummary

logger = logging.getLogger(__name__)


class Gallery:
    """People and their samples: kept in a file, searched in memory.

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
        self._merged: dict[str, str] = {}
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
        store = Store(path)
        try:
            return cls(store, model_id, settings, clock)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Close the file, once the write under way is done."""
        with self._lock:
            self._store.close()

    @property
    def changes(self) -> int:
        """How often it has changed since it was opened: the same answers as long as this stays."""
        return self._changes

    @property
    def person_count(self) -> int:
        """How many people there are."""
        return len(self._state.roster)

    @property
    def sample_count(self) -> int:
        """How many samples are searched."""
        return len(self._state.index)

    def people(self) -> list[PersonSummary]:
        """Everyone, in the order of their names."""
        return self._state.roster.summaries()

    def find(self, ref: str) -> Person:
        """A person by id, or by name however it is spelt.

        Raises:
            NoSuchPerson: there is none.
            BadName: `ref` is neither an id nor a possible name.
        """
        return self._state.roster.find(ref).person

    def person(self, person_id: str) -> Person | None:
        """The person of this id, or into whom they were merged since the start; None if there is none any more."""
        while person_id in self._merged:
            person_id = self._merged[person_id]
        entry = self._state.roster.by_id.get(person_id)
        return entry.person if entry else None

    def person_ids(self) -> frozenset[str]:
        """Everyone's ids."""
        return frozenset(self._state.roster.by_id)

    def candidates(self, embedding: Embedding, k: int | None = None) -> tuple[Match, ...]:
        """The `k` (by default the setting's number of) people most similar to a face, best first.

        Similarity is cosine to the mean of a person's samples; votes are among the `k` nearest samples.
        Raises ModelMismatch if the embedding is of another model.
        """
        self._check_model(embedding)
        count = self._settings.k if k is None else k
        return self._state.matches(embedding.vector, people=count, voters=count)

    def identify(self, embedding: Embedding, excluded: frozenset[str] = frozenset()) -> Identification:
        """Who a face is; never one of the `excluded` ids. Raises ModelMismatch as `candidates` does."""
        self._check_model(embedding)
        # Whoever is excluded, two must be left to tell the margin.
        people = max(self._settings.k, 2) + len(excluded)
        matches = self._state.matches(embedding.vector, people, voters=self._settings.k)
        return decide(matches, self._settings.threshold, self._settings.margin, excluded)

    def enrol(self, name: str, observations: Sequence[Observation], source: str) -> Enrolment:
        """Add samples to the person of this name, who is created if there is none; all or nothing.

        Args:
            name: spelt in any way; somebody who is there keeps the name as it is.
            observations: at least one.
            source: a word for where they came from, such as "upload"; never the name of a file.

        Raises:
            BadName: the name cannot be a person's.
            ModelMismatch: an observation is of another model.
            StorageError: it could not be written.
        """
        if not observations:
            raise ValueError("nothing to enrol")
        for observation in observations:
            self._check_model(observation.embedding)
        spelt = normalise(name)
        with self._draft() as draft:
            known = draft.roster.by_key.get(spelt.key)
            entry = known or Entry(StoredPerson(str(uuid.uuid4()), spelt.display, spelt.key, draft.now, draft.now))
            samples = [_sample(entry.stored.id, observation, source, draft.now) for observation in observations]
            draft.save(replace(entry, samples=entry.samples + len(samples)))
            draft.add(samples)
        change = Change.UPDATED if known else Change.CREATED
        logger.info("person %s %s: %d samples added", entry.stored.id, change, len(samples))
        return Enrolment(change, entry.person, tuple(sample.id for sample in samples))

    def rename(self, ref: str, new_name: str) -> Person:
        """Give a person another name, or spell it otherwise.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            BadName: the new name cannot be a person's.
            NameTaken: it is another person's.
            StorageError: it could not be written.
        """
        spelt = normalise(new_name)
        with self._draft() as draft:
            entry = draft.roster.find(ref)
            if draft.roster.by_key.get(spelt.key, entry) is not entry:
                raise NameTaken(
                    f'"{spelt.display}" is another person\'s name: choose another, or merge the two if they are one.'
                )
            renamed = replace(entry, stored=replace(entry.stored, name=spelt.display, key=spelt.key))
            draft.save(renamed)
        logger.info("person %s renamed", entry.stored.id)
        return renamed.person

    def merge(self, ref: str, into: str) -> Person:
        """Give all samples of one person to another; the first is gone, and the other is returned.

        Raises:
            NoSuchPerson: there is no `ref` or no `into`.
            SamePerson: they are one.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            gone, kept = draft.roster.find(ref), draft.roster.find(into)
            if gone is kept:
                raise SamePerson(f'"{kept.stored.name}" cannot be merged with itself: name two different people.')
            draft.merge(gone, kept)
        self._merged[gone.stored.id] = kept.stored.id
        logger.info("person %s merged into %s", gone.stored.id, kept.stored.id)
        return kept.person

    def forget(self, ref: str) -> Person:
        """Remove a person with all samples; gives who it was.

        Raises:
            NoSuchPerson: nobody is called `ref`.
            StorageError: it could not be written.
        """
        with self._draft() as draft:
            entry = draft.roster.find(ref)
            draft.remove(entry)
        logger.info("person %s forgotten", entry.stored.id)
        return entry.person

    @contextlib.contextmanager
    def _draft(self) -> Iterator[_Draft]:
        """A change, seen by readers after it is on disk."""
        with self._lock:
            if self._in_doubt:
                self._state, self._in_doubt = self._load(), False
                self._changes += 1
            try:
                with self._store.transaction() as writer:
                    draft = _Draft(writer, self._state.roster, self._state.index, iso(self._clock.now()))
                    yield draft
            except StorageError:
                # A COMMIT may fail after it was done; the file knows.
                self._in_doubt = True
                raise
            self._state = State(draft.roster, draft.index)
            self._changes += 1

    def _load(self) -> State:
        return State.of(self._store.load(), self._model_id)

    def _check_model(self, embedding: Embedding) -> None:
        if embedding.model_id != self._model_id:
            raise ModelMismatch(
                f"An embedding of {embedding.model_id} cannot be compared with a gallery of {self._model_id}: "
                "embed the picture again."
            )


@dataclass(slots=True)
class _Draft:
    """A change under way: its statements, and what readers will see."""

    writer: Writer
    roster: Roster
    index: Index
    now: str

    def save(self, entry: Entry) -> None:
        updated = replace(entry, stored=replace(entry.stored, updated_at=self.now))
        self.writer.save_person(updated.stored)
        self.roster = self.roster.plus(updated)

    def add(self, samples: Sequence[Sample]) -> None:
        self.writer.add_samples(samples)
        self.index = self.index.plus(samples[0].person_id, as_matrix(samples))

    def remove(self, entry: Entry) -> None:
        self.writer.delete_person(entry.stored.id)
        self.roster = self.roster.without(entry.stored.id)
        self.index = self.index.without(entry.stored.id)

    def merge(self, gone: Entry, kept: Entry) -> None:
        moved = self.index.samples_of(gone.stored.id)
        self.writer.move_samples(gone.stored.id, kept.stored.id)
        self.remove(gone)
        self.save(replace(kept, samples=kept.samples + gone.samples, negatives=kept.negatives + gone.negatives))
        self.index = self.index.plus(kept.stored.id, moved)


def _sample(person_id: str, observation: Observation, source: str, now: str) -> Sample:
    embedding = observation.embedding
    sample = Sample(
        str(uuid.uuid4()),
        person_id,
        Kind.POSITIVE,
        embedding.model_id,
        embedding.vector.astype(VECTOR_DTYPE).tobytes(),
        float(observation.quality),
        source,
        now,
    )
    if not sample.is_unit:
        raise ValueError("an embedding is not of unit length")
    return sample
