# SPDX-License-Identifier: Apache-2.0
"""What whod has learned of a person's face."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from daemon.errors import FaceCountError, NoPictureKept, PhotoError, PoorPhoto
from daemon.types import Photo, SampleKind
from daemon.vision import MAX_ENROL_BYTES, decode, keepsake, made_anew, objection, scale_of, thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.gallery import Gallery
    from daemon.types import Enrolment, Observation, Person, Pixels, Removal, RequestKey, SampleSummary


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

    def picture(self, ref: str, sample_id: str) -> bytes:
        """The picture that is kept with a sample, as JPEG made anew. Raises NoPictureKept, also if it is damaged."""
        ...

    def face(self, ref: str) -> bytes:
        """The best picture that is kept of a person, small, as JPEG made anew. Raises NoPictureKept as `picture`."""
        ...

    def delete_sample(self, ref: str, sample_id: str) -> Removal:
        """Remove a sample; LastSample if no other is searched."""
        ...

    def restore_sample(self, ref: str, sample_id: str) -> Person:
        """Search a sample again that was set aside."""
        ...


class _Seen(NamedTuple):
    """The faces of some photos."""

    faces: list[Observation]
    titles: list[str]
    """What to call the photos."""
    pictures: list[bytes]
    """What is kept of them: of each, or of none."""


class Samples:
    """`SamplesApi` over the gallery of this process.

    A `request` that was answered in the last 24 hours gets the same answer, and nothing is done; KeyReused if it was
    another one's. Where a version of the person is `expected`, Changed is raised if they have another.
    """

    def __init__(
        self, gallery: Gallery, analyse: Callable[[Pixels], list[Observation]], changed: Callable[[], None]
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed

    def enrol(
        self,
        name: str,
        photos: Sequence[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        """See `SamplesApi.enrol`."""
        if request and (answer := self._gallery.answered(request)):
            return answer
        seen = self._faces(photos)
        if not force:
            refuse_poor(seen.faces, seen.titles)
        enrolment = self._gallery.enrol(
            name, seen.faces, source, titles=seen.titles, force=force, pictures=seen.pictures, request=request
        )
        self._changed()
        return enrolment

    def add_samples(
        self,
        ref: str,
        kind: SampleKind,
        photos: Sequence[Photo],
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
        expected: str | None = None,
    ) -> Enrolment:
        """See `SamplesApi.add_samples`."""
        if request and (answer := self._gallery.answered(request)):
            return answer
        seen = self._faces(photos)
        if kind is SampleKind.POSITIVE and not force:
            refuse_poor(seen.faces, seen.titles)
        enrolment = self._gallery.add_samples(
            ref, kind, seen.faces, source,
            titles=seen.titles, force=force, pictures=seen.pictures, request=request, expected=expected,
        )  # fmt: skip
        self._changed()
        return enrolment

    def samples(self, ref: str) -> list[SampleSummary]:
        """See `SamplesApi.samples`."""
        return self._gallery.samples(ref)

    def picture(self, ref: str, sample_id: str) -> bytes:
        """See `SamplesApi.picture`."""
        return _shown(self._gallery.picture(ref, sample_id), made_anew)

    def face(self, ref: str) -> bytes:
        """See `SamplesApi.face`."""
        return _shown(self._gallery.portrait(ref), thumbnail)

    def delete_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Removal:
        """See `SamplesApi.delete_sample`."""
        removal = self._gallery.delete_sample(ref, sample_id, expected=expected)
        self._changed()
        return removal

    def restore_sample(self, ref: str, sample_id: str, *, expected: str | None = None) -> Person:
        """See `SamplesApi.restore_sample`."""
        person = self._gallery.restore_sample(ref, sample_id, expected=expected)
        self._changed()
        return person

    def _faces(self, photos: Sequence[Photo]) -> _Seen:
        """The one face of each photo."""
        looks = [self._look(photo) for photo in photos]
        pictures = [picture for _, picture in looks if picture]
        return _Seen([face for face, _ in looks], [photo.name for photo in photos], pictures)

    def _look(self, photo: Photo) -> tuple[Observation, bytes | None]:
        """The one face of a photo, and what is kept of its picture."""
        pixels = decode(photo, MAX_ENROL_BYTES)
        face = only_face(photo, pixels, self._analyse(pixels))
        return face, keepsake(pixels, face.detection) if self._gallery.keeps_pictures else None

    def _one_face(self, photo: Photo) -> Observation:
        return self._look(photo)[0]


def only_face(photo: Photo, pixels: Pixels, faces: Sequence[Observation]) -> Observation:
    """The one of the faces that were found in the pixels of a photo. Raises FaceCountError."""
    if len(faces) != 1:
        scale = scale_of(photo, pixels) / photo.scale
        middles = [face.detection.scaled(scale).box.centre for face in faces]
        raise FaceCountError(_count_sentence(photo.name, middles), len(faces))
    return faces[0]


def refuse_poor(faces: Sequence[Observation], titles: Sequence[str]) -> None:
    """Raise PoorPhoto for one that cannot be seen well enough."""
    for face, title in zip(faces, titles, strict=True):
        if words := objection(face):
            raise PoorPhoto(f"In {title} {words}; or force it.")


def _shown(kept: bytes, make: Callable[[Photo], bytes]) -> bytes:
    """What `make` makes of a picture that was kept."""
    try:
        return make(Photo("The picture", kept))
    except PhotoError as error:
        raise NoPictureKept(
            "The picture that is kept with this sample is damaged and not shown: the sample itself is searched "
            "all the same. Delete the sample to be rid of it."
        ) from error


def _count_sentence(title: str, middles: Sequence[tuple[float, float]]) -> str:
    if not middles:
        return f"No face was found in {title}: take one in which the face is larger, sharp and from the front."
    places = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in middles)
    return (
        f"{len(middles)} faces were found in {title}, at {places}: cut out the one that is meant, or detect the "
        "faces and label its region."
    )
