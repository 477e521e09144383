# SPDX-License-Identifier: Apache-2.0
"""Whether anything has changed before the camera: most doors see nobody most of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.vision.sampling import halved

if TYPE_CHECKING:
    import numpy.typing as npt

    from daemon.types import Pixels

_HALVINGS = 2
"""A cell is 4 pixels of the detector's input wide: a face that can be found covers several."""
_STEP = 6
"""Of 255, by which a cell's mean brightness must change. Noise averages out in a cell; a face does not."""


class Scene:
    """How it looked when it last changed. What is missed by trusting this is measured in docs/figures.md."""

    def __init__(self) -> None:
        self._cells: npt.NDArray[np.uint8] | None = None

    def has_changed(self, view: Pixels) -> bool:
        """Whether `view` (H, W, 3), each time of the same size, differs from the scene, which it then becomes."""
        cells = np.asarray(cv2.cvtColor(halved(view, _HALVINGS), cv2.COLOR_RGB2GRAY), np.uint8)
        if self._cells is not None and cv2.norm(cells, self._cells, cv2.NORM_INF) < _STEP:
            return False
        self._cells = cells
        return True
