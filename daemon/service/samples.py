# SPDX-License-Identifier: Apache-2.0
"""What whod has learned of a person's face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemon.errors import FaceCountError, PoorPhoto
from daemon.types import SampleKind
from daemon.vision import MAX_ENROL_BYTES, decode, objection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.gallery import Gallery
    from daemon.types import Enrolment, Observation, Person, Photo, Pixels, SampleSummary


class SamplesApi(Protocol):
    """Everything about samples; see `PeopleApi` for `ref` and for what is raised.

    To learn raises PoorPhoto, DuplicatePhoto, OtherPerson or FacesDisagree if something speaks against it, unless by
    `force`.
    """

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload", *, force: bool = False) -> Enrolment:
        """Create or update the person of that name: all photos or none; each must have exactly one face."""
        ...

    def add_samples(
        self, ref: str, kind: SampleKind, photos: Sequence[Photo], source: str = "upload", *, force: bool = False
    ) -> Enrolment:
        """Add photos of a person who is there, or photos that are not of them: counter-examples."""
        ...

    def samples(self, ref: str) -> list[SampleSummary]:
        """All samples of a person, oldest first."""
        ...

    def delete_sample(self, ref: str, sample_id: str) -> Person:
        """Remove a sample for good; LastSample if no other is searched."""
        ...

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        """Search a sample again that was set aside."""
        ...


class Samples:
    """`SamplesApi` over the gallery of this process."""

    def __init__(
        self, gallery: Gallery, analyse: Callable[[Pixels], list[Observation]], changed: Callable[[], None]
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed

    def enrol(self, name: str, photos: Sequence[Photo], source: str = "upload", *, force: bool = False) -> Enrolment:
        """See `SamplesApi.enrol`."""
        faces, titles = self._faces(photos)
        if not force:
            _refuse_poor(faces, titles)
        enrolment = self._gallery.enrol(name, faces, source, titles=titles, force=force)
        self._changed()
        return enrolment

    def add_samples(
        self, ref: str, kind: SampleKind, photos: Sequence[Photo], source: str = "upload", *, force: bool = False
    ) -> Enrolment:
        """See `SamplesApi.add_samples`."""
        faces, titles = self._faces(photos)
        if kind is SampleKind.POSITIVE and not force:
            _refuse_poor(faces, titles)
        enrolment = self._gallery.add_samples(ref, kind, faces, source, titles=titles, force=force)
        self._changed()
        return enrolment

    def samples(self, ref: str) -> list[SampleSummary]:
        """See `SamplesApi.samples`."""
        return self._gallery.samples(ref)

    def delete_sample(self, ref: str, sample_id: str) -> Person:
        """See `SamplesApi.delete_sample`."""
        person = self._gallery.delete_sample(ref, sample_id)
        self._changed()
        return person

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        """See `SamplesApi.restore_sample`."""
        person = self._gallery.restore_sample(ref, sample_id)
        self._changed()
        return person

    def _faces(self, photos: Sequence[Photo]) -> tuple[list[Observation], list[str]]:
        """The one face of each photo, and what to call the photos."""
        return [self._one_face(photo) for photo in photos], [photo.name for photo in photos]

    def _one_face(self, photo: Photo) -> Observation:
        faces = self._analyse(decode(photo, MAX_ENROL_BYTES))
        if len(faces) != 1:
            raise FaceCountError(_count_sentence(photo, faces), len(faces))
        return faces[0]


def _refuse_poor(faces: Sequence[Observation], titles: Sequence[str]) -> None:
    for face, title in zip(faces, titles, strict=True):
        if words := objection(face.quality, face.worst):
            raise PoorPhoto(f"In {title} {words}; or add --force.")


def _count_sentence(photo: Photo, faces: Sequence[Observation]) -> str:
    if not faces:
        return f"No face was found in {photo.name}: take one in which the face is larger, sharp and from the front."
    places = ", ".join(f"({round(f.detection.box.x)}, {round(f.detection.box.y)})" for f in faces)
    return f"{len(faces)} faces were found in {photo.name}, at {places}: cut out the one that is meant."
