# SPDX-License-Identifier: Apache-2.0
"""The whole way from pixels to embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.types import Candidate, Observation, Portrait
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
    from daemon.vision.sampling import View


_THUMBNAIL = 24
"""Side in pixels: enough to tell that another face is there, too little to care how it moves."""


class Vision:
    """Detector, alignment, quality and embedder. Not re-entrant: one thread owns it."""

    def __init__(self, detector: Detector, embedder: Embedder, manifest: Manifest, *, tiles: bool = False) -> None:
        self.manifest = manifest
        self._detector = detector
        self._embedder = embedder
        self._tiles = tiles
        scale = _THUMBNAIL / mobilefacenet.INPUT_SIZE
        self._thumbnail_template = [(x * scale, y * scale) for x, y in manifest.template]

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

    def glance(self, frame: Frame) -> list[Candidate]:
        """The first look at a frame; cheaper where the camera gives a second stream. See `Detector.glance`."""
        height, width = frame.pixels.shape[:2]
        if frame.lores is None or self._tiles:
            view, found = self._detector.glance(frame.pixels, tiles(width, height) if self._tiles else ())
            scale = 1.0
        else:
            view, found = self._detector.glance(frame.lores)
            scale = width / frame.lores.shape[1]
        return [Candidate(detection.scaled(scale), self._thumbnail(view, detection)) for detection in found]

    def confirm(self, pixels: Pixels, detection: Detection) -> Detection | None:
        """See `Detector.confirm`."""
        return self._detector.confirm(pixels, detection)

    def portray(self, pixels: Pixels, detection: Detection) -> Portrait:
        """A confirmed face upright, (112, 112, 3), and its quality."""
        crop = align(pixels, detection.landmarks, self.manifest.template, mobilefacenet.INPUT_SIZE)
        return Portrait(detection, crop, assess(detection, crop).overall)

    def embed(self, portrait: Portrait) -> Observation:
        """Whose it is, in the embedder's terms."""
        return Observation(portrait.detection, portrait.quality, self._embedder.embed(portrait.crop))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The faces of a frame after both looks, largest first."""
        return self._detector.detect(pixels, tiles(*pixels.shape[1::-1]) if self._tiles else ())

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """All faces of a photo, largest first. Looks harder than at a frame where nothing is found at once."""
        height, width = pixels.shape[:2]
        faces = self._detector.detect(pixels) or self._detector.detect(pixels, harder(width, height))
        return [self.embed(self.portray(pixels, face)) for face in faces]

    def _thumbnail(self, view: View, detection: Detection) -> Vector:
        landmarks = [((x - view.x) / view.scale_x, (y - view.y) / view.scale_y) for x, y in detection.landmarks]
        crop = align(view.pixels, landmarks, self._thumbnail_template, _THUMBNAIL)
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).ravel().astype(np.float32)
        grey -= grey.mean()
        return np.asarray(grey / max(float(np.linalg.norm(grey)), 1e-9), np.float32)


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
