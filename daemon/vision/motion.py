# SPDX-License-Identifier: Apache-2.0
"""Whether anything has changed before the camera: most doors see nobody most of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from daemon.types import Pixels

_CELL = 4
"""Side in pixels of the detector's input: a face that can be found covers several."""
_STEP = 6
"""Of 255, by which a cell's mean brightness must change. Noise averages out in a cell; a face does not."""


class Scene:
    """How it looked when it was last looked at closely. What it misses is measured in docs/figures.md."""

    def __init__(self) -> None:
        self._cells: npt.NDArray[np.uint8] | None = None

    def has_changed(self, view: Pixels) -> bool:
        """Whether `view` (H, W, 3), each time of the same size, differs from the scene, which it then becomes."""
        height, width = view.shape[:2]
        small = cv2.resize(view, (width // _CELL, height // _CELL), interpolation=cv2.INTER_AREA)
        cells = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        if self._cells is not None and cv2.norm(cells, self._cells, cv2.NORM_INF) < _STEP:
            return False
        self._cells = cells
        return True
