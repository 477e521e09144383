# SPDX-License-Identifier: Apache-2.0
"""How well a face can be recognised: one number from 0 to 1, and its parts.

The number is a chance: that the face is at least `gallery.threshold` similar to good pictures of the same person. So
it predicts utility, as ISO/IEC 29794-1 asks of a quality. The model is a logistic regression on what can be measured
without the embedder. Each measure becomes a part by straight lines that never fall as the picture gets better, and
each part has a weight. `tests/bench/quality_fit.py` finds both; docs/quality.md says how well they do.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from daemon.vision.pose import turn_of

if TYPE_CHECKING:
    from daemon.types import Detection, Landmarks, Observation, Pixels

MIN_QUALITY = 0.3
"""Of an observation that counts as evidence."""
MIN_ENROL_QUALITY = 0.6
"""Of a picture to enrol."""
MAX_ENROL_YAW = 1.6
"""Of a picture to enrol: the face of a profile may be seen well, but is little like the same face from the front."""


class Measures(NamedTuple):
    """What is measured; of the light, in grey levels in the middle of the aligned face at half its size."""

    size: float
    """Pixels of the shorter side of the box."""
    sharpness: float
    """Root mean square of the second difference, across or down, whichever is less, so that a face that moved is not
    sharp; without the part of it that is noise; in standard deviations of the grey levels."""
    contrast: float
    """Standard deviation."""
    brightness: float
    """The mean."""
    glare: float
    """Part of the pixels that are as good as white."""
    yaw: float
    """How far the nose is from the middle between the eyes, in halves of their distance: 1 is under an eye."""
    pitch: float
    """How far the nose is from where it mostly is between eyes and mouth, in parts of that distance."""
    score: float
    """The detector's."""


class _Scale(NamedTuple):
    """How a measure becomes a part."""

    weight: float
    """What the part adds to the log-odds when it is 1."""
    at: tuple[float, ...]
    """Rising."""
    part: tuple[float, ...]
    """At those; straight lines between, and level beyond."""


_SCALES = {
    "size": _Scale(2.62, (20, 32, 48, 64, 96), (0, 0.5338, 0.7646, 0.8252, 1)),
    "sharpness": _Scale(6.36, (0.05, 0.1, 0.15, 0.2, 0.3, 0.4), (0, 0.3461, 0.6808, 0.8081, 0.9345, 1)),
    "contrast": _Scale(3.87, (4, 8, 16, 24, 32), (0, 0.4579, 0.7277, 0.8256, 1)),
    "brightness": _Scale(1.97, (20, 40, 60, 80, 110), (0, 0.3222, 0.4818, 0.8841, 1)),
    "glare": _Scale(2.45, (0, 0.1, 0.3, 0.6), (1, 0.6962, 0.5996, 0)),
    "yaw": _Scale(0.71, (1, 1.5, 2), (1, 0.5562, 0)),
    "pitch": _Scale(0.57, (0.05, 0.12, 0.2), (1, 0.6558, 0)),
    "score": _Scale(3.57, (0.5, 0.6, 0.7, 0.8, 0.9), (0, 0.04611, 0.5372, 0.7607, 1)),
}
_LOG_ODDS_AT_WORST = -16.62
_DARK = 0.5
"""The part of the brightness below which a lack of contrast is one of light."""
_SMALL = 0.2
"""The part of the size, at 24 pixels, below which a lack of sharpness or of a score is one of pixels."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The parts, each from 0, as bad as it gets, to 1: nothing to wish for."""

    size: float
    sharpness: float
    contrast: float
    brightness: float
    glare: float
    yaw: float
    pitch: float
    score: float

    @property
    def overall(self) -> float:
        """The chance that this face is recognised, 0 to 1."""
        log_odds = sum(scale.weight * getattr(self, name) for name, scale in _SCALES.items())
        return 1 / (1 + math.exp(-log_odds - _LOG_ODDS_AT_WORST))

    @property
    def worst(self) -> str:
        """The part that costs most, or what takes that with it: the dark the contrast, few pixels what is seen."""
        name = max(_SCALES, key=lambda name: _SCALES[name].weight * (1 - getattr(self, name)))
        if name == "contrast" and self.brightness < _DARK:
            return "brightness"
        return "size" if name in ("sharpness", "score") and self.size < _SMALL else name


def assess(detection: Detection, crop: Pixels) -> Quality:
    """The quality of a face, from where it was found and its aligned crop, (112, 112, 3)."""
    return rated(measure(detection, crop))


def rated(measures: Measures) -> Quality:
    """The parts for these measures."""
    return Quality(*(_part(_SCALES[name], value) for name, value in zip(Measures._fields, measures, strict=True)))


def flaw(face: Observation) -> str | None:
    """The part of the quality for which a face is not enrolled, or None if it is good enough."""
    yaw, _ = _turned(face.detection.landmarks)
    if yaw >= MAX_ENROL_YAW:
        return "yaw"
    return None if face.quality >= MIN_ENROL_QUALITY else face.worst


def objection(face: Observation) -> str | None:
    """What is wrong with a face to enrol and what to do, or None if it is good enough."""
    found = flaw(face)
    return _OBJECTIONS[found] if found else None


_OBJECTIONS = {
    "size": "the face is too small: come closer, or use a larger picture",
    "sharpness": "the face is blurred or grainy: hold still and come closer, in good light",
    "contrast": "the face is pale: turn away from bright light behind it, and wipe the lens",
    "brightness": "the face is too dark: turn towards the light",
    "glare": "the face is too bright: take it out of the direct light",
    "yaw": "the face is turned to the side: look at the camera",
    "pitch": "the face looks up or down: hold the camera at the height of the eyes",
    "score": "the face cannot be made out well: let nothing cover it, and look at the camera",
}


def _part(scale: _Scale, value: float) -> float:
    """`numpy.interp` for one number, without its overhead."""
    at, part = scale.at, scale.part
    i = bisect_right(at, value)
    if i in (0, len(at)):
        return part[min(i, len(at) - 1)]
    along = (value - at[i - 1]) / (at[i] - at[i - 1])
    return part[i - 1] + along * (part[i] - part[i - 1])


_MIDDLE = slice(11, 45)
"""Of 56 pixels: what is a face whatever the hair and the background."""
_AROUND, _WITHIN = slice(10, 46), slice(1, -1)
"""With the neighbours that differences are taken to, and that without them."""
_PIXELS = (_MIDDLE.stop - _MIDDLE.start) ** 2
_WHITE = 250
_ACROSS = np.array([[1, -2, 1]], np.float32)
_DOWN = _ACROSS.T.copy()
_GRAIN = _DOWN @ _ACROSS
_DETAIL_OF_NOISE = 6 / 36
"""Of noise alone a second difference has so much of the energy of that: each has the sum of its squares."""


def measure(detection: Detection, crop: Pixels) -> Measures:
    """What `assess` goes by.

    Noise after J. Immerkær, "Fast noise variance estimation", 1996, by a kernel that is blind to smooth light and to
    straight edges. At half size most noise of a camera is still there, and a face takes a quarter of the time.
    """
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (56, 56), interpolation=cv2.INTER_AREA)
    middle = grey[_MIDDLE, _MIDDLE]
    ((brightness,),), ((contrast,),) = cv2.meanStdDev(middle)
    around = grey[_AROUND, _AROUND]
    grain, across, down = (cv2.filter2D(around, cv2.CV_16S, k)[_WITHIN, _WITHIN] for k in (_GRAIN, _ACROSS, _DOWN))
    seen = max(min(cv2.norm(across, cv2.NORM_L2), cv2.norm(down, cv2.NORM_L2)), 1.0)
    # What is left of much noise is noise as well: it counts in the part that it has of all, as in Wiener's filter.
    detail = max(seen - _DETAIL_OF_NOISE * cv2.norm(grain, cv2.NORM_L2) ** 2 / seen, 0.0)
    yaw, pitch = _turned(detection.landmarks)
    return Measures(
        size=min(detection.box.w, detection.box.h),
        sharpness=detail / math.sqrt(_PIXELS) / max(float(contrast), 1.0),
        contrast=float(contrast),
        brightness=float(brightness),
        glare=int(np.count_nonzero(middle >= _WHITE)) / _PIXELS,
        yaw=yaw,
        pitch=pitch,
        score=detection.score,
    )


def _turned(points: Landmarks) -> tuple[float, float]:
    """`Measures.yaw` and `Measures.pitch`."""
    yaw, pitch = turn_of(points)
    return abs(yaw), abs(pitch)
