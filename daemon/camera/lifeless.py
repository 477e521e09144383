# SPDX-License-Identifier: Apache-2.0
"""Cameras that go on sending pictures of nothing: the same one again and again, or one colour all over.

A sensor's noise changes every picture, in the dark too. Where it does not, the driver or the device hangs; or it is a
cheap camera that makes the dark one colour, and then another opening helps as little as the one before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from daemon.types import Frame, Pixels

_STEP = 16
"""Of so many rows one is compared; what moves or has noise shows there too."""
_LEVELS = 2
"""That a picture of one colour has at most between its darkest and its lightest place, of 255."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 8.0, 600.0
"""From one opening that did not help to the next."""
_WELL_S = 10.0
"""Of pictures that live, after which that is forgotten; the lamps of a car that passes do not last so long."""


class Lifeless:
    """Follows the pictures of one camera."""

    def __init__(self) -> None:
        self._rows: Pixels | None = None
        self._seen_s = math.nan
        self._wait_s, self._due_s = _FIRST_WAIT_S, -math.inf
        self._well_since_s = math.inf

    def begin(self) -> None:
        """The camera was opened anew: its next picture has none before it."""
        self._rows, self._seen_s = None, math.nan

    def see(self, frame: Frame) -> bool:
        """Whether this frame shows that the camera lives: it is not as the one before, and not of one colour."""
        rows, before = frame.pixels[::_STEP].copy(), self._rows
        self._rows = rows
        lives = before is not None and not _of_one_colour(rows) and not np.array_equal(rows, before)
        if lives or math.isnan(self._seen_s):
            self._seen_s = frame.captured_monotonic_s
        if lives:
            self._well_since_s = min(self._well_since_s, frame.captured_monotonic_s)
            if frame.captured_monotonic_s - self._well_since_s > _WELL_S:
                self._wait_s, self._due_s = _FIRST_WAIT_S, -math.inf
        return lives

    def for_s(self, frame: Frame) -> float:
        """For how long there has been no sign of life until this frame, which was seen; since the opening at most."""
        return frame.captured_monotonic_s - self._seen_s

    def worth_opening(self, frame: Frame) -> bool:
        """Whether the camera, lifeless for too long, is to be opened anew now: at once, then after growing waits."""
        now_s, self._well_since_s = frame.captured_monotonic_s, math.inf
        if now_s < self._due_s:
            return False
        self._due_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        return True


def _of_one_colour(rows: Pixels) -> bool:
    """Few places tell that it is not; of a small picture of a wall (camera.zone) only all of them do."""
    places = (part.reshape(-1, rows.shape[-1]) for part in (rows[:, ::_STEP], rows))
    return all((np.ptp(few, axis=0) <= _LEVELS).all() for few in places)
