# SPDX-License-Identifier: Apache-2.0
"""The whole way from pixels to embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.types import Observation
from daemon.vision import detector as blazeface
from daemon.vision import embedder as mobilefacenet
from daemon.vision.align import align
from daemon.vision.detector import Detector
from daemon.vision.embedder import Embedder
from daemon.vision.manifest import load_manifest
from daemon.vision.quality import assess
from daemon.vision.runtime import Model
from daemon.vision.sampling import Square

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from daemon.config import Settings
    from daemon.types import Detection, Frame, Pixels, Vector
    from daemon.vision.manifest import Manifest


_THUMBNAIL = 24
"""Side in pixels: enough to tell that another face is there, too little to care how it moves."""


class Vision:
    """Detector, alignment, quality and embedder. Not re-entrant: one thread owns it."""

    def __init__(self, detector: Detector, embedder: Embedder, manifest: Manifest, *, tiles: bool = False) -> None:
        self.manifest = manifest
        self._detector = detector
        self._embedder = embedder
        self._tiles = tiles

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> Self:
        """Load the models of a folder. Raises ModelRefused if one is not what the manifest says."""
        manifest = load_manifest(folder)
        found = manifest.detector.file(settings.detector.precision)
        embedded = manifest.embedder.file(settings.embedder.precision)
        detector = Model(found, (blazeface.INPUT_SIZE,) * 2 + (3,), settings.detector.threads)
        embedder = Model(embedded, (mobilefacenet.INPUT_SIZE,) * 2 + (3,), settings.embedder.threads)
        return cls(
            Detector(detector, settings.detector.threshold),
            Embedder(embedder, manifest.embedder.id),
            manifest,
            tiles=settings.detector.tiles,
        )

    @property
    def model_id(self) -> str:
        """Which embeddings this makes."""
        return self._embedder.model_id

    def glance(self, frame: Frame) -> list[Detection]:
        """Candidates in a frame, in the pixels of its full picture; see `Detector.glance`."""
        if self._tiles:
            return self._detector.glance(frame.pixels, tiles(*frame.pixels.shape[1::-1]))
        if frame.lores is None:
            return self._detector.glance(frame.pixels)
        scale = frame.pixels.shape[1] / frame.lores.shape[1]
        return [candidate.scaled(scale) for candidate in self._detector.glance(frame.lores)]

    def confirm(self, pixels: Pixels, candidate: Detection) -> Detection | None:
        """See `Detector.confirm`."""
        return self._detector.confirm(pixels, candidate)

    def observe(self, pixels: Pixels, detection: Detection) -> Observation:
        """Quality and embedding of a confirmed face."""
        crop = self.crop(pixels, detection)
        return Observation(detection, assess(detection, crop).overall, self._embedder.embed(crop))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The faces of a frame after both looks, largest first."""
        return self._detector.detect(pixels, tiles(*pixels.shape[1::-1]) if self._tiles else ())

    def thumbnail(self, pixels: Pixels, detection: Detection) -> Vector:
        """What the face roughly looks like: a small grey picture as a vector of mean 0 and length 1."""
        template = self.manifest.template * (_THUMBNAIL / mobilefacenet.INPUT_SIZE)
        crop = align(pixels, detection.landmarks, template, _THUMBNAIL)
        grey = crop.mean(axis=2, dtype=np.float32).ravel()
        grey -= grey.mean()
        return np.asarray(grey / max(float(np.linalg.norm(grey)), 1e-9), np.float32)

    def crop(self, pixels: Pixels, detection: Detection) -> Pixels:
        """The face upright, (112, 112, 3)."""
        return align(pixels, detection.landmarks, self.manifest.template, mobilefacenet.INPUT_SIZE)

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """All faces of a photo, largest first. Looks harder than at a frame where nothing is found at once."""
        height, width = pixels.shape[:2]
        faces = self._detector.detect(pixels) or self._detector.detect(pixels, harder(width, height))
        return [self.observe(pixels, face) for face in faces]


_TILE_PART = 0.5833
"""Side of a tile in parts of the frame's shorter side: 280 px of 480."""


def tiles(width: int, height: int) -> list[Square]:
    """The whole frame, and six tiles that overlap, for faces that are small in it."""
    side = _TILE_PART * min(width, height)
    across = [(width - side) * i / 2 for i in range(3)]
    down = [(height - side) * i for i in range(2)]
    return [Square.around(width, height), *(Square(x, y, side) for y in down for x in across)]


def harder(width: int, height: int) -> list[Square]:
    """Tiles, and the picture from further away, for faces that fill it."""
    far = max(width, height) * 1.6
    return [Square((width - far) / 2, (height - far) / 2, far), *tiles(width, height)]
