# SPDX-License-Identifier: Apache-2.0
"""A visit made of one picture: somebody comes nearer, sways, is blurred and lit as at a door.

The frames go through the whole chain, detector included. What a visit varies is drawn once for it (how far away, how
dark, how well focused) and then changes smoothly, so that its frames are as alike as those of a camera, not ten
independent draws. The ranges are plain choices: a camera of 640 x 480 with automatic exposure, from daylight to a
lamp at night. What one picture cannot give is another pose or expression.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from daemon.evaluation.conditions import Conditions, taken
from daemon.evaluation.detection import FRAME_SIZE, backdrop
from daemon.types import Box

if TYPE_CHECKING:
    from daemon.types import Pixels

INTERVAL_S = 0.2
"""Between two frames of a visit."""
_FAR_PX, _NEAR_PX = (45.0, 90.0), (80.0, 150.0)
"""Width of the face in the first and in the last frame, drawn from these ranges."""


class Moment(NamedTuple):
    """One frame of a visit."""

    pixels: Pixels
    """(480, 640, 3)."""
    face: Box
    """Where the face is in it: the box that was given, moved and scaled."""


class _Stance(NamedTuple):
    """Where a face is at a moment."""

    x: float
    y: float
    width: float
    tilt_deg: float


def visit(picture: Pixels, face: Box, frames: int = 10, seed: int = 0) -> list[Moment]:
    """`frames` frames of a visit by the person at `face` in `picture`; the same for the same `seed`."""
    random = np.random.default_rng((seed, frames))
    walk, camera = _Walk(random, frames * INTERVAL_S), _Camera(random)
    empty = backdrop(picture)
    moments = []
    for number in range(frames):
        now_s = number * INTERVAL_S
        stance = walk.at(now_s)
        seen = taken(_drawn(picture, face, stance, empty), camera.conditions(now_s, walk), random)
        height = stance.width * face.h / face.w
        moments.append(Moment(seen, Box(stance.x - stance.width / 2, stance.y - height / 2, stance.width, height)))
    return moments


class _Walk:
    """From farther away and to one side, to the middle and near; with the bob of steps and a sway of the head."""

    def __init__(self, random: np.random.Generator, lasts_s: float) -> None:
        far, near = random.uniform(*_FAR_PX), random.uniform(*_NEAR_PX)
        self._lasts_s = lasts_s
        self._width = far, max(far, near)
        width, height = FRAME_SIZE
        self._x = width * random.uniform(0.25, 0.75), width * random.uniform(0.4, 0.6)
        self._y = height * random.uniform(0.4, 0.6), height * random.uniform(0.4, 0.6)
        self._bob = random.uniform(0.01, 0.04)
        self._tilt_deg = random.normal(0, 4), random.uniform(1, 5)
        self._phase = random.uniform(0, math.tau, 3)

    def at(self, now_s: float) -> _Stance:
        """The stance at a time of the visit."""
        part = min(max(now_s / self._lasts_s, 0.0), 1.0)
        part *= part * (3 - 2 * part)
        far, near = self._width
        width = far + (near - far) * part
        step, sway, nod = self._phase
        return _Stance(
            x=_between(self._x, part) + 0.05 * width * math.sin(2.1 * now_s + sway),
            y=_between(self._y, part) + self._bob * width * math.sin(math.tau * 1.8 * now_s + step),
            width=width,
            tilt_deg=self._tilt_deg[0] + self._tilt_deg[1] * math.sin(1.7 * now_s + nod),
        )


class _Camera:
    """Its automatic exposure does not make up for all that light lacks, and its shutter is slower in the dark."""

    def __init__(self, random: np.random.Generator) -> None:
        self._light = math.exp(random.uniform(math.log(0.05), math.log(1.5)))
        self._gain = self._light**-0.7 * math.exp(random.normal(0, 0.15))
        self._shutter_s = min(1 / 15, 1 / 60 / self._light)
        self._haze = random.uniform(0, 0.3)
        self._defocus_px = abs(random.normal(0, 0.7))
        self._jpeg = int(random.integers(60, 96))
        self._phase = random.uniform(0, math.tau, 2)

    def conditions(self, now_s: float, walk: _Walk) -> Conditions:
        """Of the frame at a time of the visit."""
        flicker, hunt = self._phase
        before, after = walk.at(now_s), walk.at(now_s + self._shutter_s)
        dx, dy = after.x - before.x, after.y - before.y
        return Conditions(
            defocus_px=self._defocus_px * (1 + 0.4 * math.sin(2.3 * now_s + hunt)),
            motion_px=math.hypot(dx, dy),
            motion_deg=math.degrees(math.atan2(dy, dx)),
            light=self._light,
            gain=self._gain * (1 + 0.1 * math.sin(1.3 * now_s + flicker)),
            haze=self._haze,
            jpeg=self._jpeg,
        )


def _drawn(picture: Pixels, face: Box, stance: _Stance, empty: Pixels) -> Pixels:
    """The picture in front of the empty frame, its face as the stance wants it."""
    scale = stance.width / face.w
    if scale < 1:
        # Shrunk by areas first: sampling a larger picture at single points would make it look sharper than it is.
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        face, scale = Box(*(v * scale for v in face)), 1.0
    x, y = face.centre
    move = cv2.getRotationMatrix2D((x - 0.5, y - 0.5), stance.tilt_deg, scale)
    move = np.asarray(move, np.float64) + np.array([[0, 0, stance.x - x], [0, 0, stance.y - y]])
    frame = empty.copy()
    cv2.warpAffine(picture, move, FRAME_SIZE, dst=frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return frame


def _between(ends: tuple[float, float], part: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * part
