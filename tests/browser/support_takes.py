# SPDX-License-Identifier: Apache-2.0
"""Pictures as people bring them, made of the demo's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from support_daemon import BARACK, EILEEN, ROOT

if TYPE_CHECKING:
    from pathlib import Path

LFW = ROOT.parent / "shared" / "faces" / "lfw"


def two_people(folder: Path) -> Path:
    """Barack on the left, Eileen on the right."""
    height = 360
    sides = [cv2.resize(cv2.imread(str(path)), (330, height)) for path in (BARACK, EILEEN)]
    return _written(folder / "two.jpg", np.hstack(sides))


def nobody(folder: Path) -> Path:
    """A picture with no face."""
    wall = np.random.default_rng(5).normal(150, 6, (300, 400, 3)).clip(0, 255).astype(np.uint8)
    return _written(folder / "wall.jpg", cv2.GaussianBlur(wall, (9, 9), 0))


def heic(folder: Path) -> Path:
    """The beginning of what an iPhone saves: enough to be known by."""
    path = folder / "IMG_0007.HEIC"
    path.write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2000))
    return path


def large(folder: Path, source: Path = EILEEN) -> Path:
    """As a phone takes it: 12 megapixels, more than whod lets in."""
    path = folder / "IMG_2041.jpg"
    pixels = cv2.resize(cv2.imread(str(source)), (3024, 3255), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(5).normal(0, 12, pixels.shape)
    cv2.imwrite(str(path), (pixels + noise).clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 97])
    return path


def takes(person: str, count: int) -> list[Path]:
    """Several pictures of one person; the test is skipped where the shared ones are not there."""
    found = sorted((LFW / person).glob("*.jpg"))[:count]
    if len(found) < count:
        pytest.skip("needs the pictures of ../shared/faces")
    return found


def _written(path: Path, pixels: np.ndarray) -> Path:
    cv2.imwrite(str(path), pixels)
    return path
