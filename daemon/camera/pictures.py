# SPDX-License-Identifier: Apache-2.0
"""Picture files of our own: those of a replayed folder and of the demo."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from cv2.typing import MatLike

    from daemon.types import Pixels

_log = logging.getLogger(__name__)


def read_picture(path: Path) -> Pixels | None:
    """The picture as (H, W, 3) RGB, turned as its EXIF says; None if it cannot be read."""
    try:
        bgr = _decode(path.read_bytes())
    except (OSError, cv2.error) as error:  # cv2 raises for an empty file and for too many pixels
        _log.debug("%s: %s", path, error)
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _decode(data: bytes) -> MatLike | None:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
