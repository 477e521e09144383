# SPDX-License-Identifier: Apache-2.0
"""Who faces are, of all people, of a group or of one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.errors import BadEmbedding, ModelMismatch
from daemon.gallery import Reason, limited
from daemon.types import Embedding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from daemon.gallery import Gallery
    from daemon.types import Among, Identification, Observation, Vector

MAX_EMBEDDINGS = 100
"""Of one call."""
_UNIT_TOLERANCE = 1e-3
"""How far from 1 the length of an embedding may be."""


@dataclass(frozen=True, slots=True)
class Search:
    """The gallery, and of whom of it is to be told: a `Among`, looked up."""

    gallery: Gallery
    k: int | None
    within: frozenset[str] | None
    """Ids of the people; None for everybody."""
    alone: bool = False
    """Whether it is about one person."""

    @classmethod
    def of(cls, gallery: Gallery, among: Among) -> Self:
        """Raises NoSuchGroup and NoSuchPerson."""
        within = None if among.group is None else gallery.members([among.group])
        if among.person is None:
            return cls(gallery, among.k, within)
        alone = frozenset({gallery.find(among.person).id})
        return cls(gallery, among.k, alone if within is None else alone & within, alone=True)

    def of_picture(self, faces: Sequence[Observation]) -> list[Identification]:
        """Who each face of one picture is: nobody twice, the face with the greater similarity first.

        Whoever is not to be told has their face all the same: it is nobody else's.
        """
        found = [self.gallery.identify(face.embedding) for face in faces]
        taken: frozenset[str] = frozenset()
        for i in sorted(range(len(faces)), key=lambda i: found[i].similarity, reverse=True):
            if taken:
                found[i] = self.gallery.identify(faces[i].embedding, taken)
            if person := found[i].person:
                taken |= {person.id}
        return [self._told(face.embedding, one) for face, one in zip(faces, found, strict=True)]

    def of_face(self, embedding: Embedding) -> Identification:
        """Who a face is that is of no picture."""
        return self._told(embedding, self.gallery.identify(embedding))

    def _told(self, embedding: Embedding, found: Identification) -> Identification:
        """What of this is to be told, with the candidates that were asked for."""
        if self.k is None and self.within is None:
            return found
        told = limited(found, self.within)
        if self.alone and told.reason == Reason.OTHER_GROUP:
            told = replace(told, reason=Reason.OTHER_PERSON)
        return replace(told, candidates=self.gallery.candidates(embedding, self.k, self.within))


def embeddings(model_id: str, vectors: Sequence[Sequence[float]], gallery: Gallery) -> list[Embedding]:
    """Numbers from outside as embeddings. Raises ModelMismatch and BadEmbedding."""
    if model_id != gallery.model_id:
        raise ModelMismatch(
            f'These embeddings are of the model "{model_id}", and the gallery is of "{gallery.model_id}": '
            "embed the pictures anew."
        )
    if len(vectors) > MAX_EMBEDDINGS:
        raise BadEmbedding(f"At most {MAX_EMBEDDINGS} embeddings are identified in one call: send fewer at once.")
    return [Embedding(_unit(vector, n, gallery.width), model_id) for n, vector in enumerate(vectors, 1)]


def _unit(numbers: Sequence[float], place: int, width: int | None) -> Vector:
    """A vector of unit length. Raises BadEmbedding."""
    if width is not None and len(numbers) != width:
        raise BadEmbedding(f"Embedding {place} has {len(numbers)} numbers; those of this model have {width}.")
    length = math.hypot(*numbers)
    if not abs(length - 1) <= _UNIT_TOLERANCE:  # also of what is not finite
        raise BadEmbedding(
            f"Embedding {place} has a length of {length:.4g}, and must have 1: send it as it was given."
        )
    return np.array(numbers, np.float32) / np.float32(length)
