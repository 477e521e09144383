# SPDX-License-Identifier: Apache-2.0
"""What one may ask of a picture, or of an embedding, without a name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from daemon.clock import SystemClock
from daemon.errors import InputError
from daemon.service.identify import Search, embeddings
from daemon.service.regions import Regions
from daemon.service.samples import refuse_poor
from daemon.types import Among, Embedded, Features, Looked, PhotoFace, Region, SampleKind
from daemon.vision import MAX_ENROL_BYTES, decode, flaw, keepsake, objection, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from daemon.clock import Clock
    from daemon.gallery import Gallery
    from daemon.types import Enrolment, Identification, Observation, Photo, Pixels, RequestKey

T = TypeVar("T")

EVERYBODY = Among()


class PhotosApi(Protocol):
    """What is in pictures; see `PeopleApi`.

    A picture that cannot be looked at does not fail the others: its result has the error. Places are in the pixels
    of the picture as it was given; faces are largest first.
    """

    def detect(self, photos: Sequence[Photo]) -> list[Looked[Region]]:
        """The faces of each picture, which can be labelled for 15 minutes."""
        ...

    def label(
        self,
        region_id: str,
        who: str,
        kind: SampleKind = SampleKind.POSITIVE,
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        """Say whose face a region is, by a name or the id of a person; or, as a counter-example, whose it is not.

        A name may be new, but not for a counter-example. `request` as at `enrol`. Raises NoSuchRegion, and what
        enrolment raises.
        """
        ...

    def identify(self, photos: Sequence[Photo], among: Among = EVERYBODY) -> list[Looked[PhotoFace]]:
        """Who each face is, by the rules of the daemon; in one picture nobody is twice.

        Raises NoSuchGroup and NoSuchPerson.
        """
        ...

    def identify_embeddings(
        self, model_id: str, vectors: Sequence[Sequence[float]], among: Among = EVERYBODY
    ) -> list[Identification]:
        """Who each of some faces is, each by itself, without a picture.

        Raises ModelMismatch if this model's embeddings are not the gallery's, BadEmbedding for what is no embedding
        of it or for too many, NoSuchGroup and NoSuchPerson.
        """
        ...


class _Seen(NamedTuple):
    """A picture that was looked at."""

    title: str
    pixels: Pixels
    faces: list[Observation]
    scale: float
    """How many pixels of the picture as it was given one of these is, along a side."""


class _Kept(NamedTuple):
    """What enrolment needs of a region."""

    title: str
    face: Observation
    pictures: list[bytes]
    """What the gallery keeps of the picture, if it does."""


class Photos:
    """`PhotosApi` over the gallery and the models of this process. See `People` for `analyse` and `changed`."""

    def __init__(
        self,
        gallery: Gallery,
        analyse: Callable[[Pixels], list[Observation]],
        changed: Callable[[], None],
        clock: Clock | None = None,
    ) -> None:
        self._gallery = gallery
        self._analyse = analyse
        self._changed = changed
        self._regions: Regions[_Kept] = Regions(clock or SystemClock())

    def expire(self) -> None:
        """Forget the faces that can be labelled no longer."""
        self._regions.expire()

    def detect(self, photos: Sequence[Photo]) -> list[Looked[Region]]:
        """See `PhotosApi.detect`."""
        return [self._looked(photo, self._of_regions) for photo in photos]

    def label(
        self,
        region_id: str,
        who: str,
        kind: SampleKind = SampleKind.POSITIVE,
        source: str = "upload",
        *,
        force: bool = False,
        request: RequestKey | None = None,
    ) -> Enrolment:
        """See `PhotosApi.label`."""
        if request and (answer := self._gallery.answered(request)):
            return answer
        kept = self._regions.find(region_id)
        faces, titles = [kept.face], [kept.title]
        if kind is SampleKind.NEGATIVE:
            learn = partial(self._gallery.add_samples, who, kind)
        else:
            if not force:
                refuse_poor(faces, titles)
            known = self._gallery.person(who)
            learn = partial(self._gallery.enrol, known.name if known else who)
        done = learn(faces, source, titles=titles, pictures=kept.pictures, force=force, request=request)
        self._changed()
        return done

    def embed(self, photos: Sequence[Photo]) -> Embedded:
        """The embeddings of the faces of pictures; of the daemon alone, as `whod embed` needs none."""
        return Embedded(self._gallery.model_id, [self._looked(photo, _features) for photo in photos])

    def identify(self, photos: Sequence[Photo], among: Among = EVERYBODY) -> list[Looked[PhotoFace]]:
        """See `PhotosApi.identify`."""
        search = Search.of(self._gallery, among)
        return [self._looked(photo, lambda seen: _told(seen, search)) for photo in photos]

    def identify_embeddings(
        self, model_id: str, vectors: Sequence[Sequence[float]], among: Among = EVERYBODY
    ) -> list[Identification]:
        """See `PhotosApi.identify_embeddings`."""
        search = Search.of(self._gallery, among)
        return [search.of_face(face) for face in embeddings(model_id, vectors, self._gallery)]

    def _looked(self, photo: Photo, tell: Callable[[_Seen], Iterable[T]]) -> Looked[T]:
        try:
            pixels = decode(photo, MAX_ENROL_BYTES)
        except InputError as error:
            return Looked(photo.name, None, None, (), error)
        scale = scale_of(photo, pixels) / photo.scale
        height, width = (round(side * scale) for side in pixels.shape[:2])
        seen = _Seen(photo.name, pixels, self._analyse(pixels), scale)
        return Looked(photo.name, width, height, tuple(tell(seen)))

    def _of_regions(self, seen: _Seen) -> Iterator[Region]:
        for face in seen.faces:
            pictures = [keepsake(seen.pixels, face.detection)] if self._gallery.keeps_pictures else []
            region_id = self._regions.keep(_Kept(seen.title, face, pictures))
            yield Region(region_id, face.detection.scaled(seen.scale), face.quality, objection(face), flaw(face))


def _told(seen: _Seen, search: Search) -> Iterator[PhotoFace]:
    for face, found in zip(seen.faces, search.of_picture(seen.faces), strict=True):
        yield PhotoFace(face.detection.scaled(seen.scale), face.quality, found)


def _features(seen: _Seen) -> Iterator[Features]:
    for face in seen.faces:
        yield Features(face.detection.scaled(seen.scale), face.quality, face.embedding)
