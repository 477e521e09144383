# SPDX-License-Identifier: Apache-2.0
"""How a head is held, from the points of its face. Pure.

What real faces measure, and how far a turned one is still like the same from the front, is told by
`tests/bench/poses.py`; docs/quality.md says what was chosen by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from daemon.types import Landmarks

FAR = 9.0
"""For points that lie on each other: no face looks like that."""

_NOSE_AT = 0.57
"""From the eyes to the mouth, in parts; the median of LFW."""


class Turn(NamedTuple):
    """How far a head is turned from the camera. How far it is tilted is no matter."""

    yaw: float
    """How far the nose is from the middle between the eyes, in halves of their distance: 1 is under an eye. More
    than 0 to the right of the picture, which is the person's own left."""
    pitch: float
    """How far the nose is from where it mostly is between eyes and mouth, in parts of that distance: less than 0 for
    who looks up."""

    def since(self, other: Turn) -> Turn:
        """From another one to this."""
        return Turn(self.yaw - other.yaw, self.pitch - other.pitch)


def turn_of(points: Landmarks) -> Turn:
    """How far the head with these points is turned; `FAR` both ways if they cannot be a face's."""
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y), (mouth_x, mouth_y) = points
    eyes_x, eyes_y = right_x - left_x, right_y - left_y
    squared = eyes_x * eyes_x + eyes_y * eyes_y
    mouth_below = (mouth_y - left_y) * eyes_x - (mouth_x - left_x) * eyes_y
    if squared < 1e-6 or mouth_below < 1e-6:  # noqa: PLR2004
        return Turn(FAR, FAR)
    along = ((nose_x - left_x) * eyes_x + (nose_y - left_y) * eyes_y) / squared
    down = ((nose_y - left_y) * eyes_x - (nose_x - left_x) * eyes_y) / mouth_below
    return Turn((along - 0.5) * 2, down - _NOSE_AT)
