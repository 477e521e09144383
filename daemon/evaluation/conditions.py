# SPDX-License-Identifier: Apache-2.0
"""What stands between a face and a good picture of it: light, lens, movement, sensor, compression.

A picture is spoilt as a camera would spoil it, in linear light and in this order: veiling glare, blur, exposure, the
noise of photons and of the read-out, clipping, JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.vision import encode_jpeg

if TYPE_CHECKING:
    import numpy.typing as npt

    from daemon.types import Pixels

    Linear = npt.NDArray[np.float32]

_GAMMA = 2.2
_STEPS = 4095
_TO_LINEAR = ((np.arange(256) / 255) ** _GAMMA).astype(np.float32)
_FROM_LINEAR = np.round(255 * (np.arange(_STEPS + 1) / _STEPS) ** (1 / _GAMMA)).astype(np.uint8)
_WHITE_ELECTRONS = 3000.0
"""What a white pixel collects in good light: that of a small sensor at a short exposure."""
_READ_ELECTRONS = 4.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a picture is taken; the defaults are those of a good one. Lengths are in its pixels."""

    defocus_px: float = 0.0
    """Standard deviation of the blur."""
    motion_px: float = 0.0
    """How far things move while the shutter is open."""
    motion_deg: float = 0.0
    """In which direction."""
    light: float = 1.0
    """What reaches the sensor, in parts of good light: less of it is darker and noisier."""
    gain: float = 1.0
    """By how much the camera amplifies that: brighter again, but no less noisy."""
    haze: float = 0.0
    """Part of the light that is veiling glare: takes contrast away. 0 to 1."""
    jpeg: int | None = None
    """Quality of the compression, 1 to 100; None is without."""


def taken(pixels: Pixels, conditions: Conditions, random: np.random.Generator) -> Pixels:
    """The same picture, taken under these conditions: of the same size, and the same for the same `random`."""
    linear = np.asarray(cv2.LUT(pixels, _TO_LINEAR), np.float32)
    if conditions.haze:
        linear = linear * np.float32(1 - conditions.haze) + np.float32(conditions.haze * linear.mean())
    seen = _exposed(_blurred(linear, conditions), conditions, random)
    if conditions.jpeg is None:
        return seen
    data = np.frombuffer(encode_jpeg(seen, conditions.jpeg), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def _blurred(linear: Linear, conditions: Conditions) -> Linear:
    if conditions.defocus_px > 0:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), conditions.defocus_px), np.float32)
    if conditions.motion_px > 0:
        linear = np.asarray(cv2.filter2D(linear, -1, _smear(conditions.motion_px, conditions.motion_deg)), np.float32)
    return linear


def _smear(length: float, degrees: float) -> Linear:
    """The kernel of a straight movement: many points on its way, each shared among the four pixels around it."""
    half = int(length / 2) + 2
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    way = np.linspace(-length / 2, length / 2, 8 * half + 1)
    x, y = half + way * np.cos(np.radians(degrees)), half + way * np.sin(np.radians(degrees))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        share = (1 - abs(x - left - dx)) * (1 - abs(y - top - dy))
        np.add.at(kernel, (top + dy, left + dx), share.astype(np.float32))
    return np.asarray(kernel / kernel.sum(), np.float32)


def _exposed(linear: Linear, conditions: Conditions, random: np.random.Generator) -> Pixels:
    """What the sensor makes of the light: photons are counted, amplified, clipped and coded."""
    electrons = linear * np.float32(conditions.light * _WHITE_ELECTRONS)
    deviation = np.sqrt(electrons + np.float32(_READ_ELECTRONS**2))
    electrons += deviation * random.standard_normal(linear.shape, np.float32)
    white = np.float32(conditions.gain * _STEPS / _WHITE_ELECTRONS)
    return np.asarray(_FROM_LINEAR[np.clip(electrons * white, 0, _STEPS).astype(np.uint16)], np.uint8)
