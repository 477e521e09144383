# SPDX-License-Identifier: Apache-2.0
"""What each chain sees on each picture: embedded once, used by every measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daemon.errors import InputError
from daemon.evaluation.subject import subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.types import Embedding, Observation, Pixels
    from daemon.vision import Vision

_SAME_FACE_IOU = 0.4


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """How alike the embeddings of two precisions are, as cosines."""

    pictures: int
    same_crops: float
    """Mean, where both embed the crop that the first chain made."""
    same_crops_worst: float
    """One in a hundred crops is below this."""
    own_detections: float
    """Mean, where each embeds what it found itself."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {
            "pictures": self.pictures,
            "same_crops": {"mean": round(self.same_crops, 5), "p1": round(self.same_crops_worst, 5)},
            "own_detections": {"mean": round(self.own_detections, 5)},
        }


class Embeddings:
    """The embeddings of the subjects of pictures, for each of one or two chains."""

    def __init__(self, chains: Mapping[str, Vision]) -> None:
        self._chains = chains
        self._same_crops: list[float] = []
        self._own_detections: list[float] = []
        self.by_chain: dict[str, dict[str, Embedding | None]] = {name: {} for name in chains}
        """By the name of the chain and the picture; None where there is no face, or no picture."""

    def look(self, path: str, pixels: Pixels | None) -> None:
        """Embed whose picture this is, by each chain."""
        seen = {name: None if pixels is None else _subject(vision, pixels) for name, vision in self._chains.items()}
        for name, face in seen.items():
            self.by_chain[name][path] = face.embedding if face else None
        if pixels is not None and len(seen) > 1:
            self._compare(pixels, *seen.values())

    def agreement(self) -> AgreementReport:
        """How alike the two chains embed. Raises InputError if they have found no face together."""
        if not self._own_detections:
            raise InputError("Comparing int8 with float needs pictures of faces.")
        return AgreementReport(
            pictures=len(self._same_crops),
            same_crops=float(np.mean(self._same_crops)),
            same_crops_worst=float(np.percentile(self._same_crops, 1)),
            own_detections=float(np.mean(self._own_detections)),
        )

    def _compare(self, pixels: Pixels, one: Observation | None, other: Observation | None) -> None:
        if one is None or other is None or one.detection.box.iou(other.detection.box) < _SAME_FACE_IOU:
            return
        first, second = self._chains.values()
        portrait = first.portray(pixels, one.detection)
        self._same_crops.append(first.embed(portrait).embedding.similarity(second.embed(portrait).embedding))
        self._own_detections.append(one.embedding.similarity(other.embedding))


def _subject(vision: Vision, pixels: Pixels) -> Observation | None:
    faces = vision.analyse(pixels)
    chosen = subject([face.detection for face in faces], pixels)
    return None if chosen is None else faces[chosen]
