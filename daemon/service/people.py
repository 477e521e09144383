# SPDX-License-Identifier: Apache-2.0
"""Everything about people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from daemon.service.samples import Samples, SamplesApi
from daemon.service.unknowns import Unknowns, UnknownsApi
from daemon.service.visits import PastVisits, VisitsApi
from daemon.types import PhotoFace
from daemon.vision import MAX_ENROL_BYTES, decode, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.config import Settings
    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import (
        AlikeReport,
        Observation,
        Person,
        PersonSummary,
        Photo,
        Pixels,
    )


class PeopleApi(SamplesApi, Protocol):
    """Everything about people; by the owner of the state folder, or by one who asks it.

    A `ref` is a person's id or name. Raises the leaves of `daemon.errors.InputError`, and StorageError.
    """

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

    def rename(self, ref: str, name: str) -> Person:
        """Another name for the same person; NameTaken if it is another person's."""
        ...

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        """Say whether a person comes often, but is no resident."""
        ...

    def merge(self, ref: str, into: str) -> Person:
        """Two entries were one person: the samples and visits of the first go to the second."""
        ...

    def forget(self, ref: str) -> Person:
        """Remove a person with all samples and visits."""
        ...

    def identify(self, photo: Photo) -> list[PhotoFace]:
        """Who is in a photo, largest face first; places are in the pixels of the photo as it was given."""
        ...


class People(Samples):
    """`PeopleApi` over the gallery of this process.

    `analyse` gives the faces of a picture; it may hand the work to the thread that owns the models. `changed` is
    called when other people are enrolled than before.
    """

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        settings: Settings,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(gallery, analyse, changed)
        self._events = events
        self.visits: VisitsApi = PastVisits(gallery, events, settings, self._one_face, changed)
        self.unknowns: UnknownsApi = Unknowns(gallery, events, settings, changed)

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

    def rename(self, ref: str, name: str) -> Person:
        """See `PeopleApi.rename`."""
        person = self._gallery.rename(ref, name)
        self._changed()
        self._events.relabel(person.id, person)
        return person

    def set_familiar(self, ref: str, *, familiar: bool) -> Person:
        """See `PeopleApi.set_familiar`."""
        person = self._gallery.set_familiar(ref, familiar=familiar)
        self._changed()
        self._events.relabel(person.id, person)
        return person

    def merge(self, ref: str, into: str) -> Person:
        """See `PeopleApi.merge`."""
        gone, kept = self._gallery.find(ref), self._gallery.find(into)
        # Visits first: if they cannot be written, everything can be tried again.
        if gone != kept:
            self._events.relabel(gone.id, kept)
        person = self._gallery.merge(gone.id, kept.id)
        self._changed()
        return person

    def forget(self, ref: str) -> Person:
        """See `PeopleApi.forget`."""
        person = self._gallery.find(ref)
        # Visits first: if they cannot be written, everything can be tried again; and once more for one that was
        # written meanwhile.
        self._events.forget(person.id)
        self._gallery.forget(person.id)
        self._changed()
        self._events.forget(person.id)
        return person

    def identify(self, photo: Photo) -> list[PhotoFace]:
        """See `PeopleApi.identify`."""
        pixels = decode(photo, MAX_ENROL_BYTES)
        scale = scale_of(photo, pixels) / photo.scale
        faces = identify_faces(self._gallery, self._analyse(pixels))
        return [replace(face, detection=face.detection.scaled(scale)) for face in faces]


def identify_faces(gallery: Gallery, faces: Sequence[Observation]) -> list[PhotoFace]:
    """Who each face of one picture is: nobody twice, the face with the greater similarity first."""
    alone = [gallery.identify(face.embedding) for face in faces]
    order = sorted(range(len(faces)), key=lambda i: alone[i].similarity, reverse=True)
    taken: frozenset[str] = frozenset()
    found = list(alone)
    for i in order:
        if taken:
            found[i] = gallery.identify(faces[i].embedding, taken)
        if person := found[i].person:
            taken |= {person.id}
    return [PhotoFace(f.detection, f.quality, identification) for f, identification in zip(faces, found, strict=True)]
