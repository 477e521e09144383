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
from daemon.vision.sampling import Square, sample

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

    def glance(self, pixels: Pixels, regions: Sequence[Square] = ()) -> list[Detection]:
        """The first look: candidates in a picture (H, W, 3), or in some regions of it; best first.

        Their scores may be under the threshold: `confirm` decides on those.
        """
        height, width = pixels.shape[:2]
        found = [self._look(pixels, region) for region in regions or (Square.around(width, height),)]
        return _merged(found)

    def confirm(self, pixels: Pixels, candidate: Detection) -> Detection | None:
        """The second look: the face with precise box and landmarks, or None where there is none."""
        centre_x, centre_y = candidate.box.centre
        side = _CLOSE_UP * max(candidate.box.w, candidate.box.h)
        near = self._look(pixels, Square(centre_x - side / 2, centre_y - side / 2, side))
        same = [d for d in near if d.score >= self._threshold and d.box.iou(candidate.box) >= _SAME_PLACE_IOU]
        return max(same, key=lambda d: d.box.iou(candidate.box), default=None)

    def detect(self, pixels: Pixels, regions: Sequence[Square] = ()) -> list[Detection]:
        """All faces after both looks, largest first."""
        confirmed = (self.confirm(pixels, candidate) for candidate in self.glance(pixels, regions))
        faces = _distinct([face for face in confirmed if face])
        return sorted(faces, key=lambda d: d.box.area, reverse=True)

    def _look(self, pixels: Pixels, region: Square) -> list[Detection]:
        outputs = self._model(sample(pixels, region, INPUT_SIZE))
        found = blend(decode(outputs, self._threshold * _CANDIDATE_FACTOR))
        return [
            _detection(score, box * region.side, points * region.side, region)
            for score, box, points in zip(*found, strict=True)
        ]


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
    left = np.arange(len(scores))
    groups = []
    while len(left):
        same = _iou(boxes[left[0]], boxes[left]) > _SAME_FACE_IOU
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    weights = [scores[g] / scores[g].sum() for g in groups]
    return Found(
        np.array([scores[g[0]] for g in groups], np.float32),
        np.array([w @ boxes[g] for g, w in zip(groups, weights, strict=True)], np.float32).reshape(-1, 4),
        np.array([np.tensordot(w, points[g], 1) for g, w in zip(groups, weights, strict=True)], np.float32).reshape(
            -1, _LANDMARKS, 2
        ),
    )


def _iou(one: Raw, many: Raw) -> Raw:
    """Intersection over union of a box with each of (n, 4) boxes."""
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    both = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(many[:, 2:] - many[:, :2], axis=1)
    union = areas + np.prod(one[2:] - one[:2]) - both
    return np.asarray(both / np.maximum(union, 1e-9), np.float32)


def _detection(score: float, box: Raw, points: Raw, region: Square) -> Detection:
    left, top, right, bottom = (float(v) for v in box)
    return Detection(
        box=Box(left + region.x, top + region.y, right - left, bottom - top),
        landmarks=Landmarks(*(Point(float(x) + region.x, float(y) + region.y) for x, y in points)),
        score=float(score),
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
