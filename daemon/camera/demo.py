# SPDX-License-Identifier: Apache-2.0
"""A camera that needs no camera: three people come to a door, one after the other, and again.

It is paced as a real one, its frames are marked, and what it shows depends on the elapsed time alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from daemon.camera.base import Shot
from daemon.camera.pictures import read_picture
from daemon.camera.porch import HEIGHT, WIDTH, CutOut, Pose, draw_porch
from daemon.errors import CameraError

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.camera.base import Timing
    from daemon.types import Pixels

ENTER_S = 1.2
STAND_S = 5.0
LEAVE_S = 1.2
AWAY_S = 7.0
"""Longer than `tracking.sighting_gap_s`, so that each comes as a visit of its own."""
VISIT_S = ENTER_S + STAND_S + LEAVE_S
CYCLE_S = VISIT_S + AWAY_S

_NOISE_MEAN = 16.0
_BELOW_PX = 16
"""How much of a cut-out is below the picture, so that its lower edge never shows."""


class Visitor(NamedTuple):
    """One who comes to the door."""

    stem: str
    """Of the files ``<stem>.jpg`` and ``<stem>-mask.png``; see ATTRIBUTION.md beside them."""
    scale: float
    """Brings the face to some 135 pixels."""


VISITORS = (Visitor("eileen-collins", 1.24), Visitor("barack-obama", 0.92), Visitor("joe-biden", 1.06))


class DemoSource:
    """The simulated camera, 640x480. Raises CameraError if its pictures are missing."""

    simulated = True
    frozen_after_s = math.inf
    description = f"demo {WIDTH}x{HEIGHT} (simulated)"

    def __init__(self, folder: Path, timing: Timing) -> None:
        self._timing = timing
        self._scene = Scene(folder)
        self._started_s = timing.now()

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`."""
        self._timing.until(due_s)
        captured_s = self._timing.now()
        return Shot(self._scene.at(captured_s - self._started_s), captured_s)

    def close(self) -> None:
        """Nothing is held open."""


class Scene:
    """What there is to see, moment by moment."""

    def __init__(self, folder: Path) -> None:
        self._porch = draw_porch()
        self._people = [_load(folder, visitor) for visitor in VISITORS]
        self._noise = np.random.default_rng(1).normal(_NOISE_MEAN, 2.2, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.uint8)

    def at(self, elapsed_s: float) -> Pixels:
        """The picture `elapsed_s` after the beginning, (480, 640, 3)."""
        visit, into_s = divmod(elapsed_s, CYCLE_S)
        stage = self._porch
        if into_s < VISIT_S:
            number = int(visit) % len(VISITORS)
            stage = self._people[number].onto(stage, _pose(into_s, VISITORS[number].scale))
        return _marked(self._exposed(stage, elapsed_s))

    def _exposed(self, stage: Pixels, elapsed_s: float) -> Pixels:
        """With the brightness of the moment and a sensor's noise, so that no two frames are the same."""
        gain = 1.0 + 0.06 * math.sin(elapsed_s / 3.1) + 0.02 * math.sin(elapsed_s * 1.7)
        x, y = np.random.default_rng(round(elapsed_s * 1000)).integers(0, 64, 2)
        noise = self._noise[y : y + HEIGHT, x : x + WIDTH]
        return np.asarray(cv2.addWeighted(stage, gain, noise, 1.0, -_NOISE_MEAN), np.uint8)


def _load(folder: Path, visitor: Visitor) -> CutOut:
    picture = read_picture(folder / f"{visitor.stem}.jpg")
    mask = read_picture(folder / f"{visitor.stem}-mask.png")
    if picture is None or mask is None:
        raise CameraError(f"The demo's pictures are not in {folder}: install whod again, or set camera.source.")
    return CutOut.of(picture, mask[..., 0])


def _pose(into_s: float, scale: float) -> Pose:
    """Where a visitor is: in from the left, some seconds before the door, out to the right."""
    arrived = _ease(into_s / ENTER_S)
    left = _ease((into_s - ENTER_S - STAND_S) / LEAVE_S)
    walking = math.sin(math.pi * arrived) + math.sin(math.pi * left)
    return Pose(
        x=WIDTH / 2 + (arrived - 1 + left) * WIDTH + 9 * math.sin(into_s * 1.3),
        y=HEIGHT + _BELOW_PX + 3 * math.sin(into_s * 2.1) - 4 * walking * math.sin(into_s * 14),
        scale=scale * (0.97 + 0.07 * into_s / VISIT_S),
        tilt_deg=1.2 * math.sin(into_s * 0.9),
    )


def _ease(part: float) -> float:
    """From 0 to 1, slow at both ends."""
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def _marked(picture: Pixels) -> Pixels:
    cv2.rectangle(picture, (10, 10, 74, 26), (196, 40, 40), cv2.FILLED)
    cv2.putText(picture, "DEMO", (17, 29), cv2.FONT_HERSHEY_DUPLEX, 0.62, (255, 255, 255), 1, cv2.LINE_AA)
    return picture
