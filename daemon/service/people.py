# SPDX-License-Identifier: Apache-2.0
"""Everything about people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from daemon.errors import StorageError
from daemon.service.groups import Groups, GroupsApi
from daemon.service.jobs import JobsApi, LongWork
from daemon.service.photos import Photos, PhotosApi
from daemon.service.samples import Samples, SamplesApi
from daemon.service.undos import Undos, UndosApi
from daemon.service.unknowns import Unknowns, UnknownsApi
from daemon.service.visits import PastVisits, VisitsApi
from daemon.types import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from daemon.config import InForce
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.jobs import Jobs
    from daemon.service.backups import Backups, BackupsApi
    from daemon.types import (
        AlikeReport,
        Closeness,
        ForgetAllReceipt,
        ForgetReceipt,
        Observation,
        PersonSummary,
        Pixels,
        Removal,
    )


CLOSE = 12
"""People to whom one is compared, where no number is given."""

_JOBS_S = 30.0
"""For a job to end, before everybody is forgotten."""


class PeopleApi(SamplesApi, Protocol):
    """Everything about people; by the owner of the state folder, or by one who asks it.

    A `ref` is a person's id or name. Raises the leaves of `daemon.errors.InputError`, and StorageError.
    """

    @property
    def photos(self) -> PhotosApi:
        """What is in pictures."""
        ...

    @property
    def jobs(self) -> JobsApi:
        """Long work."""
        ...

    @property
    def backups(self) -> BackupsApi:
        """Backups and restores."""
        ...

    @property
    def groups(self) -> GroupsApi:
        """Groups of people."""
        ...

    @property
    def undos(self) -> UndosApi:
        """What can be undone."""
        ...

    @property
    def visits(self) -> VisitsApi:
        """Past visits."""
        ...

    @property
    def unknowns(self) -> UnknownsApi:
        """Unknown visitors."""
        ...

    def people(self) -> list[PersonSummary]:
        """All who are enrolled, by name."""
        ...

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """How well the people can be told apart; with `false_accept` the threshold that names so few strangers."""
        ...

    def closeness(self, ref: str, count: int = CLOSE) -> Closeness:
        """One of them and the `count` others who are most like them, and how alike each is to each."""
        ...

    def person(self, ref: str) -> PersonSummary:
        """One of them."""
        ...

    def create(self, name: str, *, familiar: bool = False) -> Person:
        """A person without samples yet; NameTaken if there is one of this name."""
        ...

    def rename(self, ref: str, name: str) -> Person:
        """Another name for the same person; NameTaken if it is another person's."""
        ...

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        """Say whether a person comes often, but is no resident."""
        ...

    def merge(self, ref: str, into: str) -> Removal:
        """Two entries were one person: the samples and visits of the first go to the second."""
        ...

    def forget(self, ref: str) -> ForgetReceipt:
        """Remove a person with all that is kept of them, for good."""
        ...

    def forget_all(self) -> ForgetAllReceipt:
        """Remove everybody, unknown visitors, jobs and backups too, for good; groups and settings stay."""
        ...


class People(Samples):
    """`PeopleApi` over the gallery of this process.

    `analyse` gives the faces of a picture; it may hand the work to the thread that owns the models. `changed` is
    called when other people are enrolled than before. Where a version of a person is `expected`
    (`PersonSummary.version`), Changed is raised if they have another.
    """

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: InForce,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None] = lambda: None,
        *,
        jobs: Jobs,
        backups: Backups,
    ) -> None:
        super().__init__(gallery, analyse, changed)
        self._events = events
        self.jobs = LongWork(jobs, gallery)
        self.on_forget: list[Callable[[str], int]] = []
        """Told the id of each person who is forgotten, or was merged into them; give how many snapshots had that."""
        self.backups: BackupsApi = backups
        self.on_forget_all: list[Callable[[], int]] = []
        """The same, when everybody is forgotten."""
        self._check_backups = backups.check
        self.on_forget.append(backups.forget)
        self.on_forget_all.append(backups.forget_all)
        self.groups: GroupsApi = Groups(gallery)
        self.undos: UndosApi = Undos(gallery, events, changed)
        self.photos = Photos(gallery, analyse, changed)
        self.visits = PastVisits(gallery, events, settings, self._one_face, changed)
        self.unknowns = Unknowns(gallery, events, settings, changed)

    def people(self) -> list[PersonSummary]:
        """See `PeopleApi.people`."""
        seen = self._events.history.last_seen()
        return [person.seen(seen.get(person.id)) for person in self._gallery.people()]

    def find(self, ref: str) -> Person:
        """Whose id or name `ref` is. Raises NoSuchPerson or BadName."""
        return self._gallery.find(ref)

    def alike(self, false_accept: float | None = None) -> AlikeReport:
        """See `PeopleApi.alike`."""
        return self._gallery.alike(false_accept)

    def closeness(self, ref: str, count: int = CLOSE) -> Closeness:
        """See `PeopleApi.closeness`."""
        return self._gallery.closeness(ref, count)

    def person(self, ref: str) -> PersonSummary:
        """See `PeopleApi.person`."""
        found = self._gallery.summary(ref)
        return found.seen(self._events.history.last_seen().get(found.id))

    def create(self, name: str, *, familiar: bool = False) -> Person:
        """See `PeopleApi.create`."""
        person = self._gallery.create(name, familiar=familiar)
        self._changed()
        return person

    def rename(self, ref: str, name: str, *, expected: str | None = None) -> Person:
        """See `PeopleApi.rename`."""
        return self.change(ref, name, expected=expected)

    def set_familiar(self, ref: str, *, familiar: bool, expected: str | None = None) -> Person:
        """See `PeopleApi.set_familiar`."""
        return self.change(ref, familiar=familiar, expected=expected)

    def change(
        self,
        ref: str,
        name: str | None = None,
        *,
        familiar: bool | None = None,
        groups: Collection[str] | None = None,
        expected: str | None = None,
    ) -> Person:
        """`rename`, `set_familiar`, and in which groups a person alone is: all or none of it is done."""
        person = self._gallery.change(ref, name, familiar=familiar, groups=groups, expected=expected)
        self._changed()
        self._events.relabel(person.id, person)
        return person

    def merge(self, ref: str, into: str, *, expected: str | None = None) -> Removal:
        """See `PeopleApi.merge`."""
        removal = self._gallery.merge(ref, into, self._events.merge, expected=expected)
        self._changed()
        return removal

    def forget(self, ref: str, *, expected: str | None = None) -> ForgetReceipt:
        """See `PeopleApi.forget`. Nothing is done while nobody can be taken out of the backups."""
        self._check_backups()
        receipt = self._gallery.forget(ref, self._forget_history, expected=expected)
        self._changed()
        self.jobs.forget(receipt.person)
        try:
            visits, snapshots = self.finish_forgetting(receipt.person.id)
        except StorageError as error:
            raise StorageError(
                "The person is forgotten, but may still be in a backup; whod tries that again at its next start. "
                f"{error}"
            ) from error
        return replace(receipt, visits=receipt.visits + visits, snapshots=snapshots)

    def forget_all(self) -> ForgetAllReceipt:
        """See `PeopleApi.forget_all`. Nobody is while a job goes on, or a backup could not be deleted.

        People go last: as long as they are listed it can be done again, whatever cut it short.
        """
        self._check_backups()
        try:
            self.jobs.end_all(_JOBS_S)
            backups = self._forget_all_elsewhere()  # which makes room on a full disk for what follows
            receipt = self._gallery.forget_all(self._events.forget_all)
        except StorageError as error:
            raise StorageError(
                f"Nobody is forgotten yet, though visits, jobs and backups may be gone: try it again. {error}"
            ) from error
        self._changed()
        self.unknowns.on_forget()
        try:
            # Once more, for what was written meanwhile.
            visits = self._events.forget_all()
            backups += self._forget_all_elsewhere()
            self._gallery.forgot(self._gallery.forgotten())
        except StorageError as error:
            raise StorageError(
                "Everybody is forgotten, but may still be in a backup; whod tries that again at its next start. "
                f"{error}"
            ) from error
        return replace(receipt, visits=receipt.visits + visits, backups=backups)

    def _forget_all_elsewhere(self) -> int:
        return sum(forget() for forget in self.on_forget_all)

    def finish_forgetting(self, *others: str) -> tuple[int, int]:
        """Forget everywhere whom the gallery has forgotten, and others; gives how many visits and snapshots had them.

        To be called at start as well: what a crash cut short is done then.
        """
        ids = list(dict.fromkeys((*self._gallery.forgotten(), *others)))  # a restore drops what the gallery noted
        # Once more, for visits that were written meanwhile.
        visits = sum(self._forget_history(Person(person_id, "")) for person_id in ids)
        snapshots = sum(forget(person_id) for person_id in ids for forget in self.on_forget)
        if ids:
            self._gallery.forgot(ids)
        return visits, snapshots

    def _forget_history(self, person: Person) -> int:
        self.jobs.forget(person)
        return self._events.forget(person.id)
