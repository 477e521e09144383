# SPDX-License-Identifier: Apache-2.0
"""What the virtual camera plays: one person after the other before a door, and nobody in between.

    python pictures.py FOLDER PICTURE…

writes FOLDER/0.jpg, 1.jpg, …; libcamera shows each of them for four frames, and begins again.
"""

import itertools
import sys
from pathlib import Path

import cv2
import numpy as np

from daemon.camera.porch import draw_porch

SIZE = 640, 360
"""libcamera scales it up: it keeps all pictures in memory, three times."""
HERE, AWAY = 6, 4
"""Pictures of a visit, and of the pause after it."""
PORTRAIT_PX = 280
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]


def main(folder: Path, portraits: list[str]) -> None:
    """Write them all."""
    random = np.random.default_rng(1)
    porch = cv2.cvtColor(cv2.resize(draw_porch(), SIZE), cv2.COLOR_RGB2BGR)
    numbers = itertools.count()
    for path in portraits:
        for moment in range(HERE):
            write(folder, next(numbers), noisy(before(porch, portrait(path, moment), moment), random))
        for _ in range(AWAY):
            write(folder, next(numbers), noisy(porch, random))


def portrait(path: str, moment: int) -> np.ndarray:
    """A little larger from moment to moment, and darker or brighter."""
    picture = cv2.imread(path)
    scale = (PORTRAIT_PX + 4 * moment) / max(picture.shape)
    return cv2.convertScaleAbs(cv2.resize(picture, None, fx=scale, fy=scale), alpha=1 + 0.04 * (moment % 3 - 1))


def before(porch: np.ndarray, picture: np.ndarray, moment: int) -> np.ndarray:
    """In the middle, swaying."""
    stage = porch.copy()
    height, width = picture.shape[:2]
    x, y = (SIZE[0] - width) // 2 + 6 * (moment - HERE // 2), SIZE[1] - height
    stage[y : y + height, x : x + width] = picture
    return stage


def noisy(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As from a sensor."""
    return np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def write(folder: Path, number: int, picture: np.ndarray) -> None:
    """As ``NUMBER.jpg``."""
    cv2.imwrite(str(folder / f"{number}.jpg"), picture, QUALITY)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
