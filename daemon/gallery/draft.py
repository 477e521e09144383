# SPDX-License-Identifier: Apache-2.0
"""A change of the gallery under way."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import Changed, InputError
from daemon.gallery.admission import Held, copied, representatives
from daemon.gallery.index import Index
from daemon.gallery.roster import Entry, Roster
from daemon.gallery.state import State
from daemon.gallery.stored import StoredPerson, as_matrix
from daemon.gallery.undo import Deleted, Merged, unpack
from daemon.types import SampleKind, UndoKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from daemon.gallery.index import Matrix
    from daemon.gallery.names import Name
    from daemon.gallery.stored import Sample, StoredGroup, StoredUndo
    from daemon.gallery.undo import Traces
    from daemon.gallery.writer import Writer


@dataclass(slots=True)
class Draft:
    """The statements of a change, and what readers will see once they are on disk."""

    writer: Writer
    state: State
    model_id: str
    now: str
    notes: list[tuple[object, ...]] = field(default_factory=list)
    """What the log says once the change is on disk: a format, and what stands in it."""

    def note(self, text: str, *values: object) -> None:
        """Have this in the log then."""
        self.notes.append((text, *values))

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """Changes of which none is made if the block raises InputError; see `Writer.part`."""
        before = self.state
        try:
            with self.writer.part():
                yield
        except InputError:
            self.state = before
            raise

    def find(self, ref: str, expected: str | None = None) -> Entry:
        """A person by id or name, as `Roster.find`; raises Changed if the version is another than the `expected`."""
        entry = self.state.roster.find(ref)
        if expected is not None:
            groups = self.state.groups.names().get(entry.stored.id, ())
            if entry.version(groups) != expected:
                raise Changed(f'"{entry.stored.name}" was changed meanwhile: look again, then decide.')
        return entry

    def newcomer(self, name: Name, *, familiar: bool = False) -> Entry:
        """Add a person without samples. Raises LookAlikeName or BadName if the name imitates another."""
        self.state.roster.admit(name)
        entry = Entry(StoredPerson(str(uuid.uuid4()), name.display, name.key, self.now, self.now, familiar))
        self.save(entry)
        return entry

    def save(self, entry: Entry) -> None:
        """Add a person, or put this in the place of the one with the same id."""
        updated = replace(entry, stored=replace(entry.stored, updated_at=self.now))
        self.writer.save_person(updated.stored)
        self.state = replace(self.state, roster=self.state.roster.plus(updated))

    def remove(self, entry: Entry) -> None:
        """Remove a person and all samples."""
        person_id = entry.stored.id
        self.writer.delete_person(person_id)
        self.state = replace(
            self.state,
            roster=self.state.roster.without(person_id),
            index=self.state.index.without(person_id),
            negatives=self._other_negatives(person_id),
            groups=self.state.groups.without_person(person_id),
        )

    def remove_everyone(self) -> None:
        """Remove all people and samples; groups stay, empty."""
        self.writer.delete_people()
        self.state = State(Roster(), Index.empty(), groups=self.state.groups.emptied())

    def save_group(self, group: StoredGroup) -> None:
        """Add a group, or put this in the place of the one with the same id."""
        self.writer.save_group(group)
        self.state = replace(self.state, groups=self.state.groups.plus(group))

    def put_in_groups(self, person_id: str, refs: Collection[str]) -> None:
        """Make a person one of these groups and of no other. Raises NoSuchGroup or BadName."""
        meant = {self.state.groups.find(ref).id for ref in refs}
        for group in self.state.groups.by_id.values():
            if (person_id in group.members) != (group.id in meant):
                self.save_group(replace(group, members=group.members ^ {person_id}))

    def remove_group(self, group: StoredGroup) -> None:
        """Remove a group."""
        self.writer.delete_group(group.id)
        self.state = replace(self.state, groups=self.state.groups.without(group.id))

    def held(self, entry: Entry, width: int) -> Held:
        """A person's samples of the model in use, whose vectors have `width` numbers."""
        ours, none = self._samples(entry), np.empty((0, width), np.float32)
        positives, negatives = ([sample for sample in ours if sample.kind == kind] for kind in SampleKind)
        return Held(
            entry.stored.id,
            entry.stored.name,
            as_matrix(positives) if positives else none,
            as_matrix(negatives) if negatives else none,
            [sample.id for sample in positives],
            [sample.id for sample in negatives],
        )

    def withdraw(self, entry: Entry, faces: Matrix) -> None:
        """Delete the counter-examples of which one of `faces` (n, d) is a copy: it is the person. To be renewed."""
        negatives = [sample for sample in self._samples(entry) if sample.is_negative]
        for place in copied(as_matrix(negatives), faces) if negatives else ():
            self.writer.delete_sample(negatives[place].id)

    def unlearn(self, entry: Entry, faces: Matrix, source: str) -> None:
        """Delete the samples from a source of which one of `faces` (n, d) is a copy: somebody else. To be renewed."""
        learned = [sample for sample in self._samples(entry) if not sample.is_negative and sample.source == source]
        for place in copied(as_matrix(learned), faces) if learned else ():
            self.writer.delete_sample(learned[place].id)

    def unite(self, gone: Entry, kept: Entry, alike: float, traces: Traces) -> Merged:
        """Two people are one: the first is removed, and the second has what is of both, to be renewed.

        A counter-example of one of them goes if it is `alike` to a sample of the other: it was the person, after all.
        """
        gone_id, kept_id = gone.stored.id, kept.stored.id
        wrong = [*self._contradicted(gone, kept, alike), *self._contradicted(kept, gone, alike)]
        deleted = Deleted.by(self.writer, wrong)
        moved = self.writer.samples_of(gone_id)
        for sample in moved:
            self.writer.update_sample(replace(sample, person_id=kept_id))
        groups = self.state.groups.of_person(gone_id)
        joined = [group for group in groups if kept_id not in group.members]
        for group in joined:
            self.save_group(replace(group, members=group.members | {kept_id}))
        undos = [undo for undo in self.writer.undos() if undo.person_id == gone_id]
        for undo in undos:
            self.writer.save_undo(replace(undo, person_id=kept_id))
        requests = self.writer.requests_of(gone_id)
        self.writer.move_requests(requests, kept_id)
        aliases = self.writer.aliases_of(gone_id)
        for alias in (*aliases, gone_id):
            self.writer.save_alias(alias, kept_id)
        self.remove(gone)
        self.state = replace(self.state, merged={**self.state.merged, gone_id: kept_id})
        return Merged(
            person=gone.stored,
            moved=tuple(sample.id for sample in moved),
            groups=tuple(group.id for group in groups),
            joined=tuple(group.id for group in joined),
            undos=tuple(undo.id for undo in undos),
            requests=tuple(requests),
            aliases=tuple(aliases),
            deleted=deleted,
            traces=traces,
        )

    def separate(self, merged: Merged, kept: Entry, made_at: str) -> Entry:
        """Undo `unite`, which was done at `made_at`; both are to be renewed, and who is back is given."""
        back, kept_id = Entry(merged.person), kept.stored.id
        back_id = back.stored.id
        self.save(back)
        for sample in self.writer.samples_of(kept_id):
            # What was set aside then was so as the two had too many together.
            at = None if sample.set_aside_at == made_at else sample.set_aside_at
            owner = back_id if sample.id in merged.moved else kept_id
            if (owner, at) != (sample.person_id, sample.set_aside_at):
                self.writer.update_sample(replace(sample, person_id=owner, set_aside_at=at))
        owners = {sample.id: back_id if sample.person_id == back_id else kept_id for sample in merged.deleted.samples}
        self.put_back(merged.deleted, owners)
        for group_id in merged.groups:
            if group := self.state.groups.by_id.get(group_id):
                lost = {kept_id} if group_id in merged.joined else set()
                self.save_group(replace(group, members=(group.members - lost) | {back_id}))
        for undo in self.writer.undos():
            theirs = undo.kind == UndoKind.SAMPLE and _deleted(undo).id in merged.moved
            if undo.person_id == kept_id and (theirs or undo.id in merged.undos):
                self.writer.save_undo(replace(undo, person_id=back_id))
        self.writer.move_requests(merged.requests, back_id)
        self.writer.save_alias(back_id, None)
        for alias in merged.aliases:
            self.writer.save_alias(alias, back_id)
        others = {gone: into for gone, into in self.state.merged.items() if gone != back_id}
        self.state = replace(self.state, merged=others)
        return back

    def put_back(self, deleted: Deleted, owners: Mapping[str, str]) -> None:
        """Add deleted samples again, with their pictures; `owners` are people's ids by the samples'."""
        self.writer.add_samples([replace(sample, person_id=owners[sample.id]) for sample in deleted.samples])
        for sample_id, jpeg in deleted.pictures.items():
            self.writer.keep_picture(sample_id, jpeg)

    def renew(self, entry: Entry, cap: int, pinned: Collection[str] = ()) -> int:
        """See a person's samples as they are now, after they have changed.

        Of more than `cap` that are searched, those that stand best for all stay, with those whose ids are `pinned`;
        the rest is set aside. Gives how many that are.
        """
        person_id = entry.stored.id
        samples = self.writer.samples_of(person_id)
        ours = [sample for sample in samples if sample.model_id == self.model_id]
        searched = [sample for sample in ours if sample.is_searched]
        surplus = _surplus(searched, cap, pinned)
        aside = {sample.id: replace(sample, set_aside_at=self.now) for sample in surplus}
        for sample in aside.values():
            self.writer.update_sample(sample)
        self.save(Entry.of(entry.stored, [aside.get(sample.id, sample) for sample in samples]))
        kept = [sample for sample in searched if sample.id not in aside]
        index, negatives = self._index_with(person_id, kept), self._other_negatives(person_id)
        if own := [sample for sample in ours if sample.is_negative]:
            negatives[person_id] = as_matrix(own)
        self.state = replace(self.state, index=index, negatives=negatives)
        return len(surplus)

    def _samples(self, entry: Entry) -> list[Sample]:
        """A person's, of the model in use."""
        return [s for s in self.writer.samples_of(entry.stored.id) if s.model_id == self.model_id]

    def _contradicted(self, one: Entry, other: Entry, alike: float) -> list[Sample]:
        """The counter-examples of one person that are `alike` to a sample of the other."""
        negatives = [sample for sample in self._samples(one) if sample.is_negative]
        positives = [sample for sample in self._samples(other) if not sample.is_negative]
        if not negatives or not positives:
            return []
        nearest = (as_matrix(negatives) @ as_matrix(positives).T).max(axis=1)
        return [sample for sample, near in zip(negatives, nearest.tolist(), strict=True) if near >= alike]

    def _index_with(self, person_id: str, samples: Sequence[Sample]) -> Index:
        """The index with these samples of a person in the place of those that it has."""
        index = self.state.index
        if not samples:
            return index.without(person_id)
        vectors, before = as_matrix(samples), index.samples_of(person_id)
        if len(before) and np.array_equal(vectors[: len(before)], before):
            return index.plus(person_id, vectors[len(before) :])  # much the most frequent, and the cheapest
        return index.without(person_id).plus(person_id, vectors)

    def _other_negatives(self, person_id: str) -> dict[str, Matrix]:
        return {other: rows for other, rows in self.state.negatives.items() if other != person_id}


def _deleted(undo: StoredUndo) -> Sample:
    (sample,) = Deleted.from_json(unpack(undo.record)).samples
    return sample


def _surplus(samples: list[Sample], cap: int, pinned: Collection[str]) -> list[Sample]:
    """Those that the others stand for."""
    if len(samples) <= cap:
        return []
    places = [place for place, sample in enumerate(samples) if sample.id in pinned]
    kept = representatives(as_matrix(samples), cap, places)
    return [sample for place, sample in enumerate(samples) if place not in kept]
