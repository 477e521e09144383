# SPDX-License-Identifier: Apache-2.0
"""Pictures and what is found in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from daemon.errors import ModelMismatch

if TYPE_CHECKING:
    from datetime import datetime

Pixels = npt.NDArray[np.uint8]
"""RGB, (height, width, 3)."""

Vector = npt.NDArray[np.float32]
"""One-dimensional."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera."""

    pixels: Pixels
    seq: int
    """Counts the frames of one camera, from 0."""
    captured_monotonic_s: float
    captured_at: datetime
    camera: str = "main"
    simulated: bool = False
    """True where no camera looked at the world: the demo."""
    lores: Pixels | None = None
    """The same view at a lower resolution, where the camera gives one for nothing."""
    clock_synced: bool = True
    """Whether `captured_at` can be trusted, as far as the system knew then."""
    place: int = 0
    """Which camera of this whod: 0 is the first. Another name may be given to a camera while it runs."""


class Box(NamedTuple):
    """A rectangle: left, top, width, height; in frame pixels unless it says otherwise."""

    x: float
    y: float
    w: float
    h: float

    @property
    def area(self) -> float:
        """Width times height."""
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        """The middle point."""
        return self.x + self.w / 2, self.y + self.h / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if w <= 0 or h <= 0:
            return 0.0
        both = w * h
        return both / (self.area + other.area - both)

    def relative_to(self, width: int, height: int) -> Box:
        """The same box in parts of a frame of this size."""
        return Box(self.x / width, self.y / height, self.w / width, self.h / height)


class Point(NamedTuple):
    """x to the right, y down, in frame pixels."""

    x: float
    y: float


class Landmarks(NamedTuple):
    """Facial points in frame pixels. Left and right are the picture's, not the person's."""

    left_eye: Point
    right_eye: Point
    nose: Point
    mouth: Point

    def as_array(self) -> npt.NDArray[np.float64]:
        """(4, 2), in the order of the fields."""
        return np.array(self, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Detection:
    """A face that was found in a picture."""

    box: Box
    landmarks: Landmarks
    score: float
    """The detector's own, 0 to 1."""
    input_px: float = 0.0
    """Its width in the detector's input: how closely it was looked at."""

    def scaled(self, factor: float) -> Detection:
        """The same face in a picture that is larger by `factor`."""
        return Detection(
            box=Box(*(v * factor for v in self.box)),
            landmarks=Landmarks(*(Point(p.x * factor, p.y * factor) for p in self.landmarks)),
            score=self.score,
            input_px=self.input_px,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A face, upright and to size, and how well it can be seen."""

    detection: Detection
    crop: Pixels
    quality: float
    """The chance that it is recognised, 0 to 1."""
    worst: str = ""
    """The part of the quality that costs most."""

    def mirrored(self) -> Portrait:
        """The same face as in a mirror."""
        return replace(self, crop=np.ascontiguousarray(self.crop[:, ::-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What a model says of one face: a unit vector, comparable only with those of the same model."""

    vector: Vector
    model_id: str

    def similarity(self, other: Embedding) -> float:
        """Cosine, -1 to 1. Raises ModelMismatch if the models differ."""
        if self.model_id != other.model_id:
            raise ModelMismatch(
                f"embeddings of {self.model_id} and {other.model_id} cannot be compared: enrol the picture again"
            )
        return float(self.vector @ other.vector)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One face seen once: where, how well, and what the embedder says of it."""

    detection: Detection
    quality: float
    """As of the portrait that was embedded."""
    embedding: Embedding
    worst: str = ""
    """As of the portrait."""
