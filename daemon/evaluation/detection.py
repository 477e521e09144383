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

from daemon.errors import InputError
from daemon.evaluation.rates import wilson
from daemon.evaluation.subject import subject
from daemon.types import Box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.evaluation.rates import Bounds
    from daemon.types import Detection, Pixels
    from daemon.vision import Vision

FRAME_SIZE = 640, 480
WIDTHS_PX = (112, 85, 56, 45, 37)
_FOUND_IOU = 0.4
_ELSEWHERE_IOU = 0.1
_SEED = 2026


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """What was measured."""

    faces: int
    found: dict[int, int]
    """How many of the faces, by their width in pixels."""
    stray: int
    """Boxes in the placed frames on no face that is found at the picture's own size. Bystanders whom the edge of
    the picture cuts are among them: a bound from above."""
    nobody: int
    """Pictures without people that were looked at."""
    false: int
    """Faces that were seen in those."""

    @property
    def recall(self) -> dict[int, float]:
        """By width of the face in pixels, 0 to 1."""
        return {width: hits / self.faces for width, hits in self.found.items() if self.faces}

    @property
    def bounds(self) -> dict[int, Bounds]:
        """Of the recall, 95 %."""
        return {width: wilson(hits, self.faces) for width, hits in self.found.items() if self.faces}

    def as_json(self) -> dict[str, Any]:
        """For ``whod evaluate --json``."""
        recall = {
            "faces": self.faces,
            "recall_by_width_px": {str(w): round(r, 4) for w, r in self.recall.items()},
            "recall_bounds": {str(w): b.as_json() for w, b in self.bounds.items()},
        }
        false_faces = {
            "placed_frames": self.faces * len(self.found),
            "stray_boxes": self.stray,
            "pictures_without_people": self.nobody,
            "seen_in_those": self.false,
        }
        return {**(recall if self.faces else {}), "false_faces": false_faces}


class Frames:
    """Counts what each of one or two chains finds: all are shown the same frames."""

    def __init__(self, chains: Mapping[str, Vision], widths: Sequence[int] = WIDTHS_PX) -> None:
        self._chains = chains
        self._faces = self._nobody = 0
        self._found = {name: dict.fromkeys(widths, 0) for name in chains}
        self._stray = dict.fromkeys(chains, 0)
        self._false = dict.fromkeys(chains, 0)

    def look(self, picture: Pixels) -> None:
        """Place its subject at each width. A picture whose face no chain finds at its own size is passed over."""
        everyone = next((found for vision in self._chains.values() if (found := vision.detect(picture))), [])
        chosen = subject(everyone, picture)
        if chosen is None:
            return
        random = np.random.default_rng((_SEED, self._faces))
        self._faces += 1
        for width in next(iter(self._found.values())):
            frame, placed = place(picture, [face.box for face in everyone], chosen, width, random)
            for name, vision in self._chains.items():
                self._count(name, width, vision.detect(frame), placed, chosen)

    def look_at_nobody(self, picture: Pixels) -> None:
        """Count the faces that are seen in a picture without people, as a frame or as a photo."""
        self._nobody += 1
        for name, vision in self._chains.items():
            self._false[name] += max(len(vision.detect(picture)), len(vision.analyse(picture)))

    def report(self, name: str) -> DetectionReport:
        """What this chain has found. Raises InputError if no picture of a face was looked at, and none of nobody."""
        if not self._faces and not self._nobody:
            raise InputError("There is no picture of a face in the folder: put some in, in a folder for each person.")
        return DetectionReport(self._faces, self._found[name], self._stray[name], self._nobody, self._false[name])

    def _count(self, name: str, width: int, seen: Sequence[Detection], placed: Sequence[Box], chosen: int) -> None:
        self._found[name][width] += any(face.box.iou(placed[chosen]) >= _FOUND_IOU for face in seen)
        self._stray[name] += sum(all(face.box.iou(box) < _ELSEWHERE_IOU for box in placed) for face in seen)


def place(
    picture: Pixels, faces: Sequence[Box], chosen: int, width: int, random: np.random.Generator
) -> tuple[Pixels, list[Box]]:
    """A frame with the picture in it, so that the chosen face is `width` wide, and where the faces are there."""
    scale = width / faces[chosen].w
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    centre = faces[chosen].centre
    left, small = _fit(small, FRAME_SIZE[0], 1, scale * centre[0], random)
    top, small = _fit(small, FRAME_SIZE[1], 0, scale * centre[1], random)
    frame = backdrop(picture)
    x, y = max(left, 0), max(top, 0)
    frame[y : y + small.shape[0], x : x + small.shape[1]] = small
    placed = [Box(f.x * scale + left, f.y * scale + top, f.w * scale, f.h * scale) for f in faces]
    return frame, placed


def backdrop(picture: Pixels) -> Pixels:
    """A frame without anything in it that could be a face, in the colours of a picture."""
    coarse = cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, FRAME_SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def _fit(picture: Pixels, limit: int, axis: int, centre: float, random: np.random.Generator) -> tuple[int, Pixels]:
    """Where the picture begins along an axis of the frame, and what of it is inside."""
    room = limit - picture.shape[axis]
    if room >= 0:
        return int(random.integers(0, room + 1)), picture
    cut = int(np.clip(centre - limit / 2, 0, -room))
    return -cut, np.take(picture, range(cut, cut + limit), axis)
