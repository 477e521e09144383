# SPDX-License-Identifier: Apache-2.0
"""People who are made up: embeddings whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daemon.types import (
    Box,
    Detection,
    Embedding,
    Explanation,
    Identification,
    Landmarks,
    Noted,
    Observation,
    Point,
    Portrait,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemon.types import Pixels


def unit(*vector: float) -> Embedding:
    """An embedding in this direction."""
    array = np.array(vector, np.float32)
    return Embedding(array / np.linalg.norm(array), "made-up")


def explained(identification: Identification | None = None, rule: Rule = Rule.SURE) -> Explanation:
    """Three observations that agree."""
    found = identification or Identification(None, 0.0, 0.0, "empty_gallery")
    person_id = found.person.id if found.person else None
    noted = tuple(Noted(i / 10, 0.9, person_id, found.similarity, person_id is not None) for i in range(3))
    return Explanation(rule, found, 0.55, 0.05, 3, noted)


def crowd(people: int, pictures: int, noise: float = 0.5) -> tuple[dict[str, list[str]], dict[str, Embedding | None]]:
    """Each person's pictures, and their embeddings: `noise` around a direction in 64 dimensions, of unit length."""
    random = np.random.default_rng(7)
    paths = {f"alice-{i}": [f"alice-{i}/{k}" for k in range(pictures)] for i in range(people)}
    embeddings: dict[str, Embedding | None] = {}
    for own in paths.values():
        centre = unit(*random.normal(size=64)).vector
        for path in own:
            embeddings[path] = unit(*(centre + noise * unit(*random.normal(size=64)).vector))
    return paths, embeddings


class Crowd:
    """A chain that knows each picture by the number in its first pixel, and its embedding."""

    BOX = Box(20, 20, 60, 60)

    def __init__(self, embeddings: Mapping[str, Embedding | None]) -> None:
        self.paths = list(embeddings)
        self.embeddings = embeddings

    def picture(self, path: str) -> Pixels | None:
        """What stands for the picture of this path; None where there is none."""
        if path not in self.embeddings:
            return None
        pixels = np.zeros((100, 100, 3), np.uint8)
        pixels[0, 0] = (*divmod(self.paths.index(path), 200), 7)
        return pixels

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The face that is in each picture, and in none of the frames that are made of it."""
        known = pixels[0, 0, 2] == 7 and self._embedding(pixels)
        return [Detection(self.BOX, Landmarks(*[Point(0, 0)] * 4), 0.9)] if known else []

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """The same, embedded."""
        return [self.embed(self.portray(pixels, face)) for face in self.detect(pixels)]

    def portray(self, pixels: Pixels, detection: Detection) -> Portrait:
        """The crop is the picture."""
        return Portrait(detection, pixels, 1.0)

    def embed(self, portrait: Portrait) -> Observation:
        """Whose it is."""
        embedding = self._embedding(portrait.crop)
        assert embedding is not None
        return Observation(portrait.detection, 1.0, embedding)

    def _embedding(self, pixels: Pixels) -> Embedding | None:
        hundreds, rest, _ = map(int, pixels[0, 0])
        return self.embeddings[self.paths[200 * hundreds + rest]]
