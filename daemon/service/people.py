# SPDX-License-Identifier: Apache-2.0
"""Everything about people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from daemon.errors import FaceCountError
from daemon.types import PhotoFace
from daemon.vision import MAX_ENROL_BYTES, decode, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.events_db import EventStore
    from daemon.gallery import Gallery
    from daemon.types import (
        Enrolment,
        Observation,
        Person,
        PersonSummary,
        Photo,
        Pixels,
    )


class PeopleApi(Protocol):
    """Everything about people; by the owner of the state folder, or by one who asks it.

    A `ref` is a person's id or name. Raises the leaves of `daemon.errors.InputError`, and StorageError.
    """

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload") -> Enrolment:
        """Create or update the person of that name: all photos or none; each must have exactly one face."""
        ...

    def people(self) -> list[PersonSummary]:
        """All who are enrolled, by name."""
        ...

    def rename(self, ref: str, name: str) -> Person:
        """Another name for the same person; NameTaken if it is another person's."""
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


class People:
    """`PeopleApi` over the gallery of this process.

    `analyse` gives the faces of a picture; it may hand the work to the thread that owns the models. `changed` is
    called when other people are enrolled than before.
    """

    def __init__(
        self,
        gallery: Gallery,
        events: EventStore,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._gallery = gallery
        self._events = events
        self._analyse = analyse
        self._changed = changed

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload") -> Enrolment:
        """See `PeopleApi.enrol`."""
        observations = [self._one_face(photo) for photo in photos]
        enrolment = self._gallery.enrol(name, observations, source)
        self._changed()
        return enrolment

    def people(self) -> list[PersonSummary]:
        """See `PeopleApi.people`."""
        seen = self._events.history.last_seen()
        return [person.seen(seen.get(person.id)) for person in self._gallery.people()]

    def find(self, ref: str) -> Person:
        """Whose id or name `ref` is. Raises NoSuchPerson or BadName."""
        return self._gallery.find(ref)

    def rename(self, ref: str, name: str) -> Person:
        """See `PeopleApi.rename`."""
        person = self._gallery.rename(ref, name)
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

    def _one_face(self, photo: Photo) -> Observation:
        faces = self._analyse(decode(photo, MAX_ENROL_BYTES))
        if len(faces) != 1:
            raise FaceCountError(_count_sentence(photo, faces), len(faces))
        return faces[0]


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


def _count_sentence(photo: Photo, faces: Sequence[Observation]) -> str:
    if not faces:
        return f"No face was found in {photo.name}: take one in which the face is larger, sharp and from the front."
    places = ", ".join(f"({round(f.detection.box.x)}, {round(f.detection.box.y)})" for f in faces)
    return f"{len(faces)} faces were found in {photo.name}, at {places}: cut out the one that is meant."
