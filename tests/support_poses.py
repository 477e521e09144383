# SPDX-License-Identifier: Apache-2.0
"""Heads that are turned: as points that are made up, and as pictures bent so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from support_gallery import MODEL, D

from daemon.camera.pictures import read_picture
from daemon.config import load
from daemon.types import Box, Detection, Embedding, Landmarks, Observation, Point
from daemon.vision import Vision, encode_jpeg, models_folder

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.types import Pixels


def points(yaw: float = 0.0, pitch: float = 0.0) -> Landmarks:
    """Of an upright head that is turned so far."""
    x, y, eyes = 50, 40, 40
    nose = Point(x + yaw * eyes / 2, y + (0.57 + pitch) * eyes)
    return Landmarks(Point(x - eyes / 2, y), Point(x + eyes / 2, y), nose, Point(x, y + eyes))


def head(
    yaw: float = 0.0,
    pitch: float = 0.0,
    *,
    person: int = 0,
    look: int | None = None,
    width: float = 100,
    quality: float = 0.9,
    worst: str = "sharpness",
) -> Observation:
    """A face of a made-up person.

    Two looks of one are similar by 0.8, of two people by 0.2 at most; a `look` that is not given is another one for
    each pose.
    """
    number = look if look is not None else hash((round(yaw, 3), round(pitch, 3))) % (D - 10)
    vector = np.zeros(D, np.float32)
    vector[person], vector[10 + number] = 1, 0.5
    embedding = Embedding(vector / np.float32(np.linalg.norm(vector)), MODEL)
    return Observation(Detection(Box(0, 0, width, width), points(yaw, pitch), 0.9), quality, embedding, worst)


FRONT, LEFT, RIGHT, UP = head(look=0), head(0.6, look=1), head(-0.6, look=2), head(0.05, -0.15, look=3)


def turned(pixels: Pixels, face: Landmarks, yaw_deg: float, pitch_deg: float) -> Pixels:
    """A portrait as if the head were turned: bent over an ellipsoid with a nose.

    Not pretty, but the detector's points move as those of a real head do, and the embedder knows the person again.
    """
    left, right, nose, mouth = face
    eyes = float(np.hypot(right.x - left.x, right.y - left.y))
    wide, high = 1.35 * eyes, 1.9 * eyes
    middle_x, middle_y = (left.x + right.x + 2 * mouth.x) / 4, (left.y + right.y + 2 * mouth.y) / 4 - 0.15 * eyes
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    across, down = (x - middle_x) / wide, (y - middle_y) / high
    inside = np.clip(1 - across**2 - down**2, 0, 1)
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    tip_x, tip_y = nose.x + 0.3 * eyes * np.sin(yaw), nose.y + 0.3 * eyes * np.sin(pitch)
    tip = np.exp(-(((x - tip_x) / (0.28 * eyes)) ** 2) - ((y - tip_y) / (0.35 * eyes)) ** 2)
    depth = np.sqrt(inside) * (1 + 0.35 * tip)
    was_across = across * np.cos(yaw) - depth * np.sin(yaw)
    was_down = down * np.cos(pitch) - (across * np.sin(yaw) + depth * np.cos(yaw)) * np.sin(pitch)
    fade = np.clip(4 * inside, 0, 1)
    from_x = middle_x + wide * (across + (was_across - across) * fade)
    from_y = middle_y + high * (down + (was_down - down) * fade)
    bent = cv2.remap(
        pixels,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(bent, np.uint8)


def poses(folder: Path, portrait: Path) -> list[Path]:
    """Pictures of a portrait's head from the front, to its left, to its right and upwards, in `folder`."""
    pixels = read_picture(portrait)
    assert pixels is not None
    (face,) = Vision.load(models_folder(), load().settings).detect(pixels)
    made = []
    for name, yaw, pitch in (("front", 0, 0), ("left", 30, 0), ("right", -30, 0), ("up", 0, -15)):
        made.append(folder / f"{name}.jpg")
        made[-1].write_bytes(encode_jpeg(turned(pixels, face.landmarks, yaw, pitch), 95))
    return made
