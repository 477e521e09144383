# SPDX-License-Identifier: Apache-2.0
"""What a FakeService says of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import PhotoError
from daemon.types import Among, Change, Embedded, Embedding, Enrolment, Features, Looked, Person, Region, SampleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support_web import FakeService

    from daemon.types import Identification, Photo, PhotoFace, RequestKey

MODEL = "mobilefacenet-1"
BROKEN = PhotoError("broken.jpg is damaged and cannot be decoded: give another copy of it.")


class FakePhotos:
    """Finds the faces of the service in each picture, but for the one that is called broken.jpg."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.flawed = False
        """Whether the first face is poor as well."""
        self.refuses: Exception | None = None
        """What a label is refused with."""

    def detect(self, photos: Sequence[Photo]) -> list[Looked[Region]]:
        faces = [
            Region(
                f"r{n}",
                face.detection,
                face.quality,
                "the face is blurred: hold still" if n or self.flawed else None,
                "sharpness" if n or self.flawed else None,
            )
            for n, face in enumerate(self._service.faces)
        ]
        return self._each("detect", photos, faces)

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
        self._service._ask("label", region_id, who, kind, source, force, *([request.key] if request else []))
        if self.refuses:
            raise self.refuses
        known = self._service.enrolled.get(who)
        return Enrolment(Change.UPDATED if known else Change.CREATED, known or Person("id-1", who), ("s0",))

    def embed(self, photos: Sequence[Photo]) -> Embedded:
        vector = np.array([0.6, 0.8], np.float32)
        faces = [Features(face.detection, face.quality, Embedding(vector, MODEL)) for face in self._service.faces]
        return Embedded(MODEL, self._each("embed", photos, faces))

    def identify(self, photos: Sequence[Photo], among: Among | None = None) -> list[Looked[PhotoFace]]:
        return self._each("identify", photos, self._service.faces, *([] if among in (None, Among()) else [among]))

    def identify_embeddings(
        self, model_id: str, vectors: Sequence[Sequence[float]], among: Among | None = None
    ) -> list[Identification]:
        self._service._ask("embeddings", model_id, vectors, among)
        return [face.identification for face in self._service.faces[: len(vectors)]]

    def _each(self, call: str, photos: Sequence[Photo], faces: Sequence, *more: object) -> list[Looked]:
        self._service._ask(call, *[part for photo in photos for part in (photo.name, photo.data)], *more)
        return [
            Looked(photo.name, None, None, (), BROKEN)
            if photo.name == "broken.jpg"
            else Looked(photo.name, 640, 480, tuple(faces))
            for photo in photos
        ]
