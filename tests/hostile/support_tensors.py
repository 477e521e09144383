# SPDX-License-Identifier: Apache-2.0
"""A detector whose model says anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from daemon.vision.detector import Detector
from daemon.vision.sampling import Square, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.types import Detection

_CELLS, _COLUMNS = 2304, 17
_PICTURE = np.zeros((48, 64, 3), np.uint8)
_VIEW = sample(_PICTURE, Square.around(64, 48), 192)


def tensors(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The model's two outputs, of the bytes of floats repeated until they are full."""
    numbers = np.frombuffer(data[: len(data) // 4 * 4], np.float32)
    if not len(numbers):
        numbers = np.zeros(1, np.float32)
    cells = np.resize(numbers, (_CELLS, _COLUMNS))
    return cells[:, :-1].copy(), cells[:, -1:].copy()


def check(model: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> list[Detection]:
    """What both looks make of it: scores, boxes and points that are numbers, and no more faces than are wanted."""
    return _checked(Detector(model, 0.5).detect(_PICTURE, [_VIEW]))


def check_first(outputs: tuple[np.ndarray, np.ndarray]) -> None:
    """The same of the first look, and of a second one at the best of what it found: all there is to be covered."""
    detector = Detector(lambda _: outputs, 0.1)
    candidates = detector.glance([_VIEW])
    for candidate in candidates[:1]:
        detector.confirm(_PICTURE, candidate)
    _checked([face for face in candidates if face.score >= 0.5])


def _checked(faces: list[Detection]) -> list[Detection]:
    assert len(faces) <= 64
    for face in faces:
        assert 0.5 <= face.score <= 1
        assert all(map(math.isfinite, [*face.box, *(axis for point in face.landmarks for axis in point)]))
        assert min(face.box.w, face.box.h) > 0
    return faces
