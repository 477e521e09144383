# SPDX-License-Identifier: Apache-2.0
"""BlazeFace, full range: finds faces in a picture.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; the full-range model of
MediaPipe, quantised to int8 with its heads rescaled (models/MODEL_CARD.md says how).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from daemon.types import Box, Detection, Landmarks, Point
from daemon.vision.sampling import Square, View, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Pixels
    from daemon.vision.runtime import Invocable

INPUT_SIZE = 192
_GRID = 48
_LANDMARKS = 4
"""Of the six points that the model gives: eyes, nose, mouth; the ears are of no use here."""

_BOX_SCALE = np.array([24, 24, 192, 192], np.float32) / INPUT_SIZE
_POINT_SCALE = np.float32(96 / INPUT_SIZE)
"""The int8 file holds its heads divided by these, so that one scale fits all channels; in parts of the input."""

_ANCHORS = ((np.stack(np.meshgrid(np.arange(_GRID), np.arange(_GRID)), -1) + 0.5) / _GRID).reshape(-1, 2)
_ANCHORS = _ANCHORS.astype(np.float32)

_SAME_FACE_IOU = 0.3
_CANDIDATE_FACTOR = 0.4
"""The first look takes weaker faces than the threshold says; the second, closer look decides on them."""
_CLOSE_UP = 2.8
"""Side of the second look, in box sides."""
_SAME_PLACE_IOU = 0.25
_AS_CLOSE = 0.9
"""A first look is close enough if it has a face at this part of the size that a second look would."""
_SURE_SCORE = 0.75
"""Below it a face gets a second look in any case."""

Raw = npt.NDArray[np.float32]


class Found(NamedTuple):
    """Decoded faces, all in parts of the model's input, best first."""

    scores: Raw
    """(n,)"""
    boxes: Raw
    """(n, 4): left, top, right, bottom"""
    points: Raw
    """(n, 4, 2)"""


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
        return _merged([self._look(view) for view in views])

    def confirm(self, pixels: Pixels, candidate: Detection) -> Detection | None:
        """The second look: the face with precise box and landmarks, or None where there is none.

        A face that the first look saw as closely needs none.
        """
        if candidate.input_px >= _AS_CLOSE * INPUT_SIZE / _CLOSE_UP and candidate.score >= _SURE_SCORE:
            return candidate
        return self._examine(pixels, candidate)

    def detect(self, pixels: Pixels, views: Sequence[View]) -> list[Detection]:
        """All faces after both looks, largest first. The views are of this picture (H, W, 3)."""
        confirmed = (self.confirm(pixels, candidate) for candidate in self.glance(views))
        faces = _distinct([face for face in confirmed if face])
        return sorted(faces, key=lambda d: d.box.area, reverse=True)

    def _examine(self, pixels: Pixels, candidate: Detection) -> Detection | None:
        centre_x, centre_y = candidate.box.centre
        side = _CLOSE_UP * max(candidate.box.w, candidate.box.h)
        near = self._look(sample(pixels, Square(centre_x - side / 2, centre_y - side / 2, side), INPUT_SIZE))
        same = [d for d in near if d.score >= self._threshold and d.box.iou(candidate.box) >= _SAME_PLACE_IOU]
        return max(same, key=lambda d: d.box.iou(candidate.box), default=None)

    def _look(self, view: View) -> list[Detection]:
        found = blend(decode(self._model(view.pixels), self._threshold * _CANDIDATE_FACTOR))
        scores, boxes, points = (part.tolist() for part in found)
        return [_detection(view, *values) for values in zip(scores, boxes, points, strict=True)]


def decode(outputs: tuple[Raw, ...], threshold: float) -> Found:
    """Faces of at least this score from the model's raw outputs, (2304, 16) and (2304, 1) in any order."""
    raw, logits = sorted(outputs, key=lambda t: -t.shape[-1])
    wanted = float(np.log(threshold / (1 - threshold))) / 2 + 3
    (keep,) = np.nonzero(logits[:, 0] >= wanted)
    keep = keep[np.argsort(-logits[keep, 0], kind="stable")]
    # The score head holds logit / 2 + 3, clipped to 0..6.
    scores = 1 / (1 + np.exp(-2 * (logits[keep, 0] - 3)))
    anchors, raw = _ANCHORS[keep], raw[keep]
    shape = raw[:, :4] * _BOX_SCALE
    centres, half = anchors + shape[:, :2], shape[:, 2:] / 2
    points = anchors[:, np.newaxis] + raw[:, 4 : 4 + 2 * _LANDMARKS].reshape(-1, _LANDMARKS, 2) * _POINT_SCALE
    return Found(scores, np.concatenate([centres - half, centres + half], 1), points)


def blend(found: Found) -> Found:
    """Non-maximum suppression that averages, weighted by score, what it joins (as MediaPipe does)."""
    scores, boxes, points = found
    if not len(scores):
        return found
    overlapping = _iou(boxes) > _SAME_FACE_IOU
    left = np.ones(len(scores), np.bool_)
    best, weights = [], []
    for i in range(len(scores)):
        if left[i]:
            group = overlapping[i] & left
            group[i] = True
            left &= ~group
            best.append(i)
            weights.append(np.where(group, scores, 0) / scores[group].sum())
    mean = np.array(weights, np.float32)
    return Found(scores[best], mean @ boxes, (mean @ points.reshape(len(scores), -1)).reshape(-1, _LANDMARKS, 2))


def _iou(boxes: Raw) -> Raw:
    """Intersection over union of each of (n, 4) boxes with each; (n, n)."""
    low = np.maximum(boxes[:, np.newaxis, :2], boxes[:, :2])
    high = np.minimum(boxes[:, np.newaxis, 2:], boxes[:, 2:])
    across, down = np.moveaxis(np.maximum(high - low, 0), 2, 0)
    both = across * down
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.asarray(both / np.maximum(areas[:, np.newaxis] + areas - both, 1e-9), np.float32)


def _detection(view: View, score: float, box: list[float], points: list[list[float]]) -> Detection:
    across, down = view.scale_x * INPUT_SIZE, view.scale_y * INPUT_SIZE
    left, top, right, bottom = box
    return Detection(
        box=Box(view.x + left * across, view.y + top * down, (right - left) * across, (bottom - top) * down),
        landmarks=Landmarks(*(Point(view.x + x * across, view.y + y * down) for x, y in points)),
        score=score,
        input_px=(right - left) * INPUT_SIZE,
    )


def _merged(regions: list[list[Detection]]) -> list[Detection]:
    if len(regions) == 1:
        return regions[0]
    return _distinct(sorted((d for found in regions for d in found), key=lambda d: d.score, reverse=True))


def _distinct(detections: list[Detection]) -> list[Detection]:
    """Without those that lie on an earlier one."""
    kept: list[Detection] = []
    for detection in detections:
        if all(detection.box.iou(other.box) <= _SAME_FACE_IOU for other in kept):
            kept.append(detection)
    return kept
