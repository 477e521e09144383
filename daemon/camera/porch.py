# SPDX-License-Identifier: Apache-2.0
"""The demo's stage: a front door, drawn, and people cut out of photographs who stand before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Pixels

WIDTH, HEIGHT = 640, 480

_BRICK = (148, 96, 78)
_MORTAR = (176, 160, 148)
_FRAME = (232, 228, 218)
_DOOR = (46, 84, 88)
_DOOR_DARK = (34, 64, 68)
_DOOR_LIGHT = (64, 110, 114)
_BRASS = (214, 178, 92)
_GLASS = (206, 214, 204)


class Pose(NamedTuple):
    """Where a cut-out stands: its bottom middle, in canvas pixels, and how it is held."""

    x: float
    y: float
    scale: float
    tilt_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A person without the background of the photograph."""

    layers: Pixels
    """(H, W, 4): RGB, already multiplied by the fourth, the mask."""

    @classmethod
    def of(cls, pixels: Pixels, mask: Pixels) -> CutOut:
        """Of a picture (H, W, 3) and what of it is the person (H, W), 0 to 255."""
        alone = cv2.multiply(pixels, cv2.merge([mask] * 3), scale=1 / 255)
        return cls(np.asarray(cv2.merge([*cv2.split(alone), mask]), np.uint8))

    def onto(self, stage: Pixels, pose: Pose) -> Pixels:
        """The stage with the person on it."""
        height, width = self.layers.shape[:2]
        place = np.array(cv2.getRotationMatrix2D((width / 2, height), pose.tilt_deg, pose.scale), np.float64)
        place[:, 2] += pose.x - width / 2, pose.y - height
        shape = stage.shape[1], stage.shape[0]
        red, green, blue, mask = cv2.split(cv2.warpAffine(self.layers, place, shape, flags=cv2.INTER_LINEAR))
        behind = cv2.multiply(stage, cv2.merge([cv2.bitwise_not(mask)] * 3), scale=1 / 255)
        return np.asarray(cv2.add(behind, cv2.merge([red, green, blue])), np.uint8)


def draw_porch() -> Pixels:
    """The door with nobody before it, (HEIGHT, WIDTH, 3)."""
    stage = np.full((HEIGHT, WIDTH, 3), _MORTAR, np.uint8)
    _draw_bricks(stage)
    _draw_door(stage)
    _draw_lamp(stage, (96, 118))
    softened = cv2.GaussianBlur(stage, (0, 0), 1.4)  # the camera's focus is on who stands before it
    return np.asarray(np.clip(softened * _light()[..., None], 0, 255), np.uint8)


def _draw_bricks(stage: Pixels) -> None:
    shades = np.random.default_rng(7).integers(-14, 15, size=(HEIGHT // 20 + 1, WIDTH // 52 + 2))
    for row, top in enumerate(range(0, HEIGHT, 20)):
        for column, left in enumerate(range(-26 * (row % 2), WIDTH, 52)):
            colour = [int(c + shades[row, column]) for c in _BRICK]
            cv2.rectangle(stage, (left + 2, top + 2), (left + 50, top + 18), colour, cv2.FILLED)


def _draw_door(stage: Pixels) -> None:
    _box(stage, (178, -4, 284, 500), _FRAME)
    _box(stage, (196, 16, 248, 484), _DOOR)
    _box(stage, (214, 34, 212, 74), _FRAME)
    for pane in range(4):
        _box(stage, (220 + 51 * pane, 40, 46, 62), _GLASS)
    for left in (216, 328):
        for top, height in ((128, 140), (290, 200)):
            _box(stage, (left, top, 96, height), _DOOR_DARK)
            _box(stage, (left + 6, top + 6, 90, height - 6), _DOOR_LIGHT)
            _box(stage, (left + 6, top + 6, 84, height - 12), _DOOR)
    cv2.circle(stage, (426, 286), 9, _BRASS, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(stage, (423, 283), 3, _FRAME, cv2.FILLED, cv2.LINE_AA)
    _box(stage, (512, 150, 62, 40), _FRAME)
    cv2.putText(stage, "12", (524, 180), cv2.FONT_HERSHEY_DUPLEX, 1.0, _DOOR_DARK, 2, cv2.LINE_AA)


def _draw_lamp(stage: Pixels, at: tuple[int, int]) -> None:
    x, y = at
    _box(stage, (x - 3, y - 44, 6, 26), _DOOR_DARK)
    _box(stage, (x - 20, y - 22, 40, 6), _DOOR_DARK)
    _box(stage, (x - 14, y - 16, 28, 44), (255, 238, 190))
    _box(stage, (x - 20, y + 28, 40, 6), _DOOR_DARK)


def _box(stage: Pixels, rectangle: tuple[int, int, int, int], colour: Sequence[int]) -> None:
    cv2.rectangle(stage, rectangle, colour, cv2.FILLED)


def _light() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """How bright each pixel is: daylight from the upper right, the lamp, darker corners."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    lamp = 0.45 * np.exp(-((x - 96) ** 2 + (y - 118) ** 2) / (2 * 90.0**2))
    corners = 0.35 * (((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2) * 2
    return np.asarray(0.82 + 0.16 * x / WIDTH - 0.10 * y / HEIGHT + lamp - corners)
