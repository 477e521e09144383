# SPDX-License-Identifier: Apache-2.0
"""Whose picture a picture is, where several faces are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Detection, Pixels


def subject(faces: Sequence[Detection], pixels: Pixels) -> int | None:
    """The index of the face that is large and near the middle, as LFW labels the central one; None without a face."""
    height, width = pixels.shape[:2]

    def prominence(i: int) -> float:
        (x, y), area = faces[i].box.centre, faces[i].box.area
        return area - 2 * ((x - width / 2) ** 2 + (y - height / 2) ** 2)

    return max(range(len(faces)), key=prominence, default=None)
