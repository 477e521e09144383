# SPDX-License-Identifier: Apache-2.0
"""BlazeFace, full range: finds faces in a picture.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; the full-range model of
MediaPipe, quantised to int8 with its heads rescaled (models/MODEL_CARD.md says how).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from daemon.types import Box, Detection, Landmarks, Point
from daemon.vision.sampling import Square, View, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Pixels
    from daemon.vision.runtime import Invocable

Raw = npt.NDArray[np.float32]

INPUT_SIZE = 192
_GRID = 48
_LANDMARKS = 4
"""Of the six points that the model gives: eyes, nose, mouth; the ears are of no use here."""

_COLUMNS = 4 + 2 * _LANDMARKS
"""Of a face: x, y, width and height of its box, then x and y of each landmark; all in parts of the input."""


def _from_heads() -> Raw:
    """(16, columns): from the heads to a face relative to its cell; heads give the middle of a box, not its corner.

    The file holds its heads divided so that one scale fits all channels.
    """
    to_face = np.zeros((16, _COLUMNS), np.float32)
    for column, scale in enumerate([24, 24, 192, 192] + [96] * 2 * _LANDMARKS):
        to_face[column, column] = scale / INPUT_SIZE
    to_face[[2, 3], [0, 1]] = -0.5 * to_face[[2, 3], [2, 3]]
    return to_face


def _cells() -> Raw:
    """(cells, columns): where each cell's middle is, for the columns that are places."""
    middles = (np.stack(np.meshgrid(np.arange(_GRID), np.arange(_GRID)), -1).reshape(-1, 2) + 0.5) / _GRID
    cells = np.tile(middles, 2 + _LANDMARKS)
    cells[:, 2:4] = 0
    return cells.astype(np.float32)


SAME_FACE_IOU = 0.3
"""Boxes that overlap more are of one face."""
_CANDIDATE_FACTOR = 0.4
"""The first look takes weaker faces than the threshold says; the second, closer look decides on them."""
_CLOSE_UP = 2.8
"""Side of the second look, in box sides."""
_MOST_CELLS = 100
"""Of the model's 2304 cells those with the best scores; a face has some ten. Joining them takes their square."""
_MOST_FACES = 64
"""That get a second look in one picture: a photo of a wall of faces must not hold up the frames."""
_SAME_PLACE_IOU = 0.25
_AS_CLOSE = 0.6
"""A first look is close enough if it has a face at this part of the size that a second look would: at 137 px in a
frame of 640. Of narrower faces the second look makes better embeddings (docs/figures.md)."""
_SURE_SCORE = 0.75
"""Below it a face gets a second look in any case."""

_FROM_HEADS, _CELLS = _from_heads(), _cells()


class Found(NamedTuple):
    """Decoded faces, best first."""

    scores: Raw
    """(n,)"""
    faces: Raw
    """(n, columns)"""


_NOTHING = Found(np.empty(0, np.float32), np.empty((0, _COLUMNS), np.float32))


class Detector:
    """Two looks: one at the whole picture, and one at each face that it found, from near.

    The second look is what makes small faces usable: it finds the landmarks at full resolution, and it tells a
    weak face from none. `threshold` is the score from which a face is one.
    """

    def __init__(self, model: Invocable, threshold: float) -> None:
        self._model = model
        self._threshold = threshold

    def glance(self, views: Sequence[View]) -> list[Detection]:
        """The first look: candidates in one or several views of a picture; best first.

        Their scores may be under the threshold: `confirm` decides on those.
        """
        return _merged([self._look(view) for view in views])[:_MOST_FACES]

    def confirm(self, pixels: Pixels, candidate: Detection) -> Detection | None:
        """The second look: the face with precise box and landmarks, or None where there is none.

        A face that the first look saw as closely needs none.
        """
        if candidate.input_px >= _AS_CLOSE * INPUT_SIZE / _CLOSE_UP and candidate.score >= _SURE_SCORE:
            return candidate
        return self.look_near(pixels, candidate.box)[1]

    def detect(self, pixels: Pixels, views: Sequence[View]) -> list[Detection]:
        """All faces after both looks, largest first. The views are of this picture (H, W, 3)."""
        confirmed = (self.confirm(pixels, candidate) for candidate in self.glance(views))
        faces = _distinct([face for face in confirmed if face])
        return sorted(faces, key=lambda d: d.box.area, reverse=True)

    def look_near(self, pixels: Pixels, box: Box) -> tuple[View, Detection | None]:
        """A look at the surroundings of a box, and the face that is in its place, if there is one."""
        centre_x, centre_y = box.centre
        side = _CLOSE_UP * max(box.w, box.h)
        view = sample(pixels, Square(centre_x - side / 2, centre_y - side / 2, side), INPUT_SIZE)
        faces = [d for d in self._look(view) if d.score >= self._threshold and d.box.iou(box) >= _SAME_PLACE_IOU]
        return view, max(faces, key=lambda d: d.box.iou(box), default=None)

    def _look(self, view: View) -> list[Detection]:
        found = blend(decode(self._model(view.pixels), self._threshold * _CANDIDATE_FACTOR))
        faces = zip(*(part.tolist() for part in found), strict=True)
        return [_detection(view, score, face) for score, face in faces if _is_possible(face)]


def decode(outputs: tuple[Raw, ...], threshold: float) -> Found:
    """Faces of at least this score from the model's raw outputs, (2304, 16) and (2304, 1) in any order."""
    one, other = outputs
    heads, logits = (one, other[:, 0]) if one.shape[1] > other.shape[1] else (other, one[:, 0])
    # The score head holds logit / 2 + 3, clipped to 0..6.
    keep = np.flatnonzero(logits >= math.log(threshold / (1 - threshold)) / 2 + 3)
    if not len(keep):
        return _NOTHING
    keep = keep[np.argsort(-logits[keep], kind="stable")][:_MOST_CELLS]
    scores = [1 / (1 + math.exp(6 - 2 * logit)) for logit in logits[keep].tolist()]
    return Found(np.array(scores, np.float32), heads[keep] @ _FROM_HEADS + _CELLS[keep])


def blend(found: Found) -> Found:
    """Non-maximum suppression that averages, weighted by score, what it joins (as MediaPipe does)."""
    boxes = [Box(*face) for face in found.faces[:, :4].tolist()]
    groups = []
    left = list(range(len(boxes)))
    while left:
        best, *rest = left
        same = [i for i in rest if boxes[best].iou(boxes[i]) > SAME_FACE_IOU]
        groups.append([best, *same])
        left = [i for i in rest if i not in same]
    if not groups:
        return found
    weights = [found.scores[group] / found.scores[group].sum() for group in groups]
    faces = [weight @ found.faces[group] for group, weight in zip(groups, weights, strict=True)]
    return Found(found.scores[[group[0] for group in groups]], np.array(faces))


def _is_possible(face: list[float]) -> bool:
    """Whether this is a box of a pixel at least, and nothing is infinite or no number."""
    return math.isfinite(sum(face)) and min(face[2:4]) * INPUT_SIZE >= 1


def _detection(view: View, score: float, face: list[float]) -> Detection:
    across, down = view.scale_x * INPUT_SIZE, view.scale_y * INPUT_SIZE
    x, y, w, h, *points = face
    return Detection(
        box=Box(view.x + x * across, view.y + y * down, w * across, h * down),
        landmarks=Landmarks(
            *(Point(view.x + u * across, view.y + v * down) for u, v in zip(points[::2], points[1::2], strict=True))
        ),
        score=score,
        input_px=w * INPUT_SIZE,
    )


def _merged(regions: list[list[Detection]]) -> list[Detection]:
    if len(regions) == 1:
        return regions[0]
    return _distinct(sorted((d for found in regions for d in found), key=lambda d: d.score, reverse=True))


def _distinct(detections: list[Detection]) -> list[Detection]:
    """Without those that lie on an earlier one."""
    kept: list[Detection] = []
    for detection in detections:
        if all(detection.box.iou(other.box) <= SAME_FACE_IOU for other in kept):
            kept.append(detection)
    return kept
