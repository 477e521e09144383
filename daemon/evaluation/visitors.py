# SPDX-License-Identifier: Apache-2.0
"""What the chain sees of visits that are made of one picture each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from daemon.evaluation.subject import subject
from daemon.evaluation.visits import INTERVAL_S, visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.evaluation.visits import Moment
    from daemon.types import Embedding, Pixels
    from daemon.vision import Vision

_FRAMES = 10
_MIN_IOU = 0.3


class Look(NamedTuple):
    """One usable frame of a visit."""

    after_s: float
    """Since its first frame."""
    quality: float
    embedding: Embedding


class Visitors:
    """The visits of many people, frame by frame through the chain, with the gates of the daemon."""

    def __init__(self, vision: Vision, min_face_px: int, min_quality: float) -> None:
        self._vision = vision
        self._min_face_px = min_face_px
        self._min_quality = min_quality
        self.looks: dict[str, list[Look]] = {}
        """By the path of the picture that a visit is made of; empty where no frame was of use."""

    def look(self, path: str, pixels: Pixels | None) -> None:
        """Make a visit of the picture's subject, and look at it."""
        faces = [] if pixels is None else self._vision.detect(pixels)
        chosen = None if pixels is None else subject(faces, pixels)
        frames = (
            [] if pixels is None or chosen is None else visit(pixels, faces[chosen].box, _FRAMES, len(self.looks))
        )
        self.looks[path] = list(self._seen(frames))

    def _seen(self, frames: Iterable[Moment]) -> Iterable[Look]:
        observed = 0
        for number, frame in enumerate(frames):
            found = self._vision.detect(frame.pixels)
            face = max(found, key=lambda face: face.box.iou(frame.face), default=None)
            if face is None or face.box.iou(frame.face) < _MIN_IOU or min(face.box.w, face.box.h) < self._min_face_px:
                continue
            portrait = self._vision.portray(frame.pixels, face)
            if portrait.quality >= self._min_quality:
                shown = portrait.mirrored() if observed % 2 else portrait
                observed += 1
                yield Look(number * INTERVAL_S, portrait.quality, self._vision.embed(shown).embedding)
