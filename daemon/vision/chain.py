# SPDX-License-Identifier: Apache-2.0
"""The whole way from pixels to embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.types import Embedding, Observation, Portrait
from daemon.vision import detector as blazeface
from daemon.vision import embedder as mobilefacenet
from daemon.vision.align import align
from daemon.vision.candidate import Candidate
from daemon.vision.detector import Detector
from daemon.vision.embedder import Embedder
from daemon.vision.manifest import load_manifest
from daemon.vision.quality import assess
from daemon.vision.runtime import load_model
from daemon.vision.sampling import Square, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Self

    from daemon.config import Settings
    from daemon.types import Box, Detection, Frame, Pixels
    from daemon.vision.align import XY
    from daemon.vision.manifest import Manifest
    from daemon.vision.runtime import Invocable, Model
    from daemon.vision.sampling import View


class Vision:
    """Detector, alignment, quality and embedder. Not re-entrant: one thread owns it."""

    def __init__(self, detector: Detector, embedder: Embedder, manifest: Manifest, *, tiles: bool = False) -> None:
        self.manifest = manifest
        self._detector = detector
        self._embedder = embedder
        self._tiles = tiles

    @classmethod
    def load(cls, folder: Path, settings: Settings, around: Callable[[Model], Invocable] = lambda it: it) -> Self:
        """Load the models of a folder; `around` is given the detector's, then the embedder's, and may wrap it.

        Raises ModelRefused if one is not what the manifest says.
        """
        # Of OpenCV: pictures this small are scaled faster by one thread than by several that must be woken.
        cv2.setNumThreads(1)
        manifest = load_manifest(folder)
        found = load_model(manifest.detector, settings.detector.precision, settings.detector.threads)
        embedded = load_model(manifest.embedder, settings.embedder.precision, settings.embedder.threads)
        return cls(
            Detector(around(found), settings.detector.threshold),
            Embedder(around(embedded), manifest.embedder.id),
            manifest,
            tiles=settings.detector.tiles,
        )

    @property
    def model_id(self) -> str:
        """Which embeddings this makes."""
        return self._embedder.model_id

    def view(self, frame: Frame) -> View:
        """The whole frame as the detector takes it; cheaper where the camera gives a second stream."""
        small = frame.pixels if frame.lores is None else frame.lores
        return _whole(small).scaled(frame.pixels.shape[1] / small.shape[1])

    def glance(self, frame: Frame, view: View) -> list[Candidate]:
        """The first look at a frame, of which this is the view. See `Detector.glance`."""
        found = self._detector.glance([view, *self._tiles_of(frame.pixels)])
        return [Candidate(detection, view) for detection in found]

    def confirm(self, pixels: Pixels, detection: Detection) -> Detection | None:
        """See `Detector.confirm`."""
        return self._detector.confirm(pixels, detection)

    def revisit(self, pixels: Pixels, box: Box) -> Candidate | None:
        """The second look alone, where a face was a moment ago; what it finds needs no other."""
        view, face = self._detector.look_near(pixels, box)
        return Candidate(face, view) if face else None

    def portray(self, pixels: Pixels, detection: Detection) -> Portrait:
        """A confirmed face upright, (112, 112, 3), and its quality."""
        crop = align(pixels, detection.landmarks, self.manifest.template, mobilefacenet.INPUT_SIZE)
        quality = assess(detection, crop)
        return Portrait(detection, crop, quality.overall, quality.worst)

    def embed(self, portrait: Portrait) -> Observation:
        """Whose it is, in the embedder's terms."""
        return Observation(portrait.detection, portrait.quality, self._embedder.embed(portrait.crop), portrait.worst)

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The faces of a frame after both looks, largest first."""
        return self._detector.detect(pixels, [_whole(pixels), *self._tiles_of(pixels)])

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """All faces of a photo, largest first. Looks harder than at a frame where nothing is found at once."""
        faces = self._detector.detect(pixels, [_whole(pixels)])
        if not faces:
            regions = [_from_afar(pixels), Square.around(*pixels.shape[1::-1]), *tiles(*pixels.shape[1::-1])]
            faces = self._detector.detect(pixels, [_view(pixels, region) for region in regions])
        return [self._embed_carefully(pixels, self.portray(pixels, face)) for face in faces]

    def _embed_carefully(self, pixels: Pixels, portrait: Portrait) -> Observation:
        """Three looks at a face: as it is, in the mirror, and from a little farther away; and their unit mean.

        A photo has one chance, where a visit has many frames. What that gains is in docs/decisions.md.
        """
        wide = align(pixels, portrait.detection.landmarks, _farther(self.manifest.template), mobilefacenet.INPUT_SIZE)
        looks = [self._embedder.embed(crop).vector for crop in (portrait.crop, portrait.mirrored().crop, wide)]
        mean = np.sum(looks, axis=0)
        embedding = Embedding(mean / np.linalg.norm(mean), self.model_id)
        return Observation(portrait.detection, portrait.quality, embedding, portrait.worst)

    def _tiles_of(self, pixels: Pixels) -> list[View]:
        return [_view(pixels, tile) for tile in tiles(*pixels.shape[1::-1])] if self._tiles else []


_FARTHER = 0.93
"""Scale of the third look at a photo's face."""


def _farther(template: Sequence[XY]) -> list[XY]:
    """A template that shows a face smaller by `_FARTHER`, about the middle of the crop."""
    middle = mobilefacenet.INPUT_SIZE / 2
    return [(middle + _FARTHER * (x - middle), middle + _FARTHER * (y - middle)) for x, y in template]


_TILE_PART = 0.5833
"""Side of a tile in parts of the frame's shorter side: 280 px of 480."""


def tiles(width: int, height: int) -> list[Square]:
    """Six squares of a frame that overlap, for faces that are small in it."""
    side = _TILE_PART * min(width, height)
    across = [(width - side) * i / 2 for i in range(3)]
    down = [(height - side) * i for i in range(2)]
    return [Square(x, y, side) for y in down for x in across]


def _from_afar(pixels: Pixels) -> Square:
    """For faces that fill the picture."""
    height, width = pixels.shape[:2]
    side = 1.6 * max(height, width)
    return Square((width - side) / 2, (height - side) / 2, side)


def _view(pixels: Pixels, region: Square) -> View:
    return sample(pixels, region, blazeface.INPUT_SIZE)


def _whole(pixels: Pixels) -> View:
    return _view(pixels, Square.around(*pixels.shape[1::-1]))
