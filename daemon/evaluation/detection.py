# SPDX-License-Identifier: Apache-2.0
"""Which part of the faces is found, by their width, and how many are seen where there are none.

Each picture's face is scaled to a width, put at a random place of a 640 x 480 frame whose background is the same
picture, blurred, and looked for as in a frame of the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from daemon.evaluation.subject import subject
from daemon.types import Box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from daemon.types import Detection, Pixels

FRAME_SIZE = 640, 480
WIDTHS_PX = (112, 85, 56, 45, 37)
_FOUND_IOU = 0.4


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """What was measured."""

    faces: int
    recall: dict[int, float]
    """By width of the face in pixels, 0 to 1."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        return {"faces": self.faces, "recall_by_width_px": {str(w): round(r, 4) for w, r in self.recall.items()}}


def evaluate_detection(
    pictures: Iterable[Pixels],
    detect: Callable[[Pixels], Sequence[Detection]],
    widths: Sequence[int] = WIDTHS_PX,
) -> DetectionReport:
    """Recall over pictures whose subject's face is found at their own size; a fixed seed chooses the places."""
    random = np.random.default_rng(2026)
    hits: dict[int, list[bool]] = {width: [] for width in widths}
    faces = 0
    for picture in pictures:
        found = detect(picture)
        chosen = subject(found, picture)
        if chosen is None:
            continue
        faces += 1
        for width in widths:
            frame, face = place(picture, found[chosen].box, width, random)
            hits[width].append(any(d.box.iou(face) >= _FOUND_IOU for d in detect(frame)))
    return DetectionReport(faces, {width: float(np.mean(found)) if found else 0.0 for width, found in hits.items()})


def place(picture: Pixels, face: Box, width: int, random: np.random.Generator) -> tuple[Pixels, Box]:
    """A frame with the picture in it, scaled so that `face` is `width` wide, and the face's box there."""
    scale = width / face.w
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    left, small = _fit(small, FRAME_SIZE[0], 1, scale * face.centre[0], random)
    top, small = _fit(small, FRAME_SIZE[1], 0, scale * face.centre[1], random)
    coarse = cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA)
    frame = cv2.resize(coarse, FRAME_SIZE, interpolation=cv2.INTER_CUBIC)
    x, y = max(left, 0), max(top, 0)
    frame[y : y + small.shape[0], x : x + small.shape[1]] = small
    box = Box(face.x * scale + left, face.y * scale + top, width, face.h * scale)
    return np.asarray(frame, np.uint8), box


def _fit(picture: Pixels, limit: int, axis: int, centre: float, random: np.random.Generator) -> tuple[int, Pixels]:
    """Where the picture begins along an axis of the frame, and what of it is inside."""
    room = limit - picture.shape[axis]
    if room >= 0:
        return int(random.integers(0, room + 1)), picture
    cut = int(np.clip(centre - limit / 2, 0, -room))
    return -cut, np.take(picture, range(cut, cut + limit), axis)
