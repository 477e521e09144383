# SPDX-License-Identifier: Apache-2.0
"""The picture that is kept or shown of a face: made of pixels, so that nothing else of a file is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.vision.photo import decode, encode_jpeg

if TYPE_CHECKING:
    from daemon.types import Box, Detection, Photo, Pixels

MAX_SIDE = 320
"""Pixels."""

THUMBNAIL = 240
"""Pixels: twice what a card of the page shows, for fine screens; some 10 kB."""

_ROOM = 2.0
"""Width of the picture in widths of the face: a detector wants to see what is around a face."""
_QUALITY = 90
_THUMBNAIL_QUALITY = 80

_SNAPSHOT_BYTES = 100_000
_NOISE_QUALITY = 50
"""For what would be larger: of MAX_SIDE, it is at most some 60 kB even where it is pure noise."""


def keepsake(pixels: Pixels, face: Detection) -> bytes:
    """The face of a picture, RGB (H, W, 3), with as much of it around as is there, as JPEG of MAX_SIDE at most."""
    return _encoded(np.ascontiguousarray(_around(pixels, face.box)))


def cut_out(pixels: Pixels, box: Box) -> Pixels:
    """The same part of a picture for `snapshot`: a copy of less than twice MAX_SIDE a side, in a fraction of a ms."""
    part = _around(pixels, box)
    if (step := max(part.shape[:2]) // MAX_SIDE) < 2:  # noqa: PLR2004
        return part.copy()
    size = max(1, part.shape[1] // step), max(1, part.shape[0] // step)
    # The means of areas look better, and take ten times as long.
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def snapshot(part: Pixels) -> bytes:
    """What was cut out, RGB (H, W, 3), as JPEG of MAX_SIDE and 100,000 bytes at most."""
    jpeg = _encoded(part)
    return jpeg if len(jpeg) <= _SNAPSHOT_BYTES else _encoded(part, quality=_NOISE_QUALITY)


def made_anew(kept: Photo) -> bytes:
    """The same of a picture that was kept: one that came with a backup may be any JPEG. Raises as `decode`."""
    return _encoded(decode(kept))


def thumbnail(kept: Photo) -> bytes:
    """The same, of THUMBNAIL pixels at most. Raises as `decode`."""
    return _encoded(decode(kept), THUMBNAIL, _THUMBNAIL_QUALITY)


def _around(pixels: Pixels, box: Box) -> Pixels:
    """A view of the face at `box` and what is around it; never empty."""
    height, width = pixels.shape[:2]
    (x, y), reach = box.centre, _ROOM * max(box.w, box.h) / 2
    left, top = int(np.clip(x - reach, 0, width - 1)), int(np.clip(y - reach, 0, height - 1))
    right, bottom = int(np.clip(x + reach, left + 1, width)), int(np.clip(y + reach, top + 1, height))
    return pixels[top:bottom, left:right]


def _encoded(pixels: Pixels, side: int = MAX_SIDE, quality: int = _QUALITY) -> bytes:
    if (factor := side / max(pixels.shape[:2])) < 1:
        size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode_jpeg(pixels, quality)
