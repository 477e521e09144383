# SPDX-License-Identifier: Apache-2.0
"""What is in pictures that were given: faces, their embeddings, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from daemon.types.image import Box, Detection, Embedding, Landmarks, Point

if TYPE_CHECKING:
    from daemon.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looked(Generic[T]):
    """One of several pictures: what was found in it, or why it could not be looked at."""

    image: str
    """What the picture is called."""
    width: int | None
    height: int | None
    """Its pixels, as places are counted; None if it could not be looked at."""
    faces: tuple[T, ...]
    """Largest first."""
    error: InputError | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A face in a picture, which can be labelled by its id for a while."""

    id: str
    detection: Detection
    quality: float
    objection: str | None
    """Why it would be refused as a sample, as the end of a sentence; None if it is good enough."""
    flaw: str | None = None
    """The same in a word: the part of its quality for which it would be."""

    def as_json(self) -> dict[str, Any]:
        """For the API; boxes in pixels."""
        return {"id": self.id, **_face(self.detection, self.quality), "objection": self.objection, "flaw": self.flaw}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Region:
        """The opposite of `as_json`."""
        return cls(record["id"], _detection(record), record["quality"], record["objection"], record["flaw"])


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A face in a picture and its embedding."""

    detection: Detection
    quality: float
    embedding: Embedding

    def as_json(self) -> dict[str, Any]:
        """For ``whod embed`` and the API; boxes in pixels, without the model's id."""
        vector = self.embedding.vector.astype("f8").round(6).tolist()
        return {**_face(self.detection, self.quality), "embedding": vector}

    @classmethod
    def from_json(cls, record: dict[str, Any], model_id: str) -> Features:
        """The opposite of `as_json`."""
        vector = np.asarray(record["embedding"], np.float32)
        return cls(_detection(record), record["quality"], Embedding(vector, model_id))


class Embedded(NamedTuple):
    """The embeddings of pictures."""

    model_id: str
    pictures: list[Looked[Features]]


@dataclass(frozen=True, slots=True)
class Among:
    """Of whom an identification is to tell; whoever else it is, is unknown."""

    k: int | None = None
    """How many candidates; None for the setting's number."""
    group: str | None = None
    """A name or an id; None for everybody."""
    person: str | None = None
    """A name or an id; None for everybody."""


def _face(detection: Detection, quality: float) -> dict[str, Any]:
    return {
        "box": [round(v, 1) for v in detection.box],
        "score": round(detection.score, 4),
        "landmarks": {name: [round(v, 1) for v in point] for name, point in detection.landmarks._asdict().items()},
        "quality": round(quality, 4),
    }


def _detection(record: dict[str, Any]) -> Detection:
    points = record["landmarks"]
    landmarks = Landmarks(*(Point(*points[name]) for name in Landmarks._fields))
    return Detection(Box(*record["box"]), landmarks, record["score"])
