# SPDX-License-Identifier: Apache-2.0
"""The picture that is kept of a face: made of pixels, so that nothing else of a file is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.vision.photo import decode, encode_jpeg

if TYPE_CHECKING:
    from daemon.types import Detection, Photo, Pixels

MAX_SIDE = 320
"""Pixels."""

THUMBNAIL = 240
"""Pixels: twice what a card of the page shows, for fine screens; some 10 kB."""

_ROOM = 2.0
"""Width of the picture in widths of the face: a detector wants to see what is around a face."""
_QUALITY = 90
_THUMBNAIL_QUALITY = 80


def keepsake(pixels: Pixels, face: Detection) -> bytes:
    """The face of a picture, RGB (H, W, 3), with as much of it around as is there, as JPEG of MAX_SIDE at most."""
    height, width = pixels.shape[:2]
    (x, y), reach = face.box.centre, _ROOM * max(face.box.w, face.box.h) / 2
    left, right = (int(np.clip(edge, 0, width)) for edge in (x - reach, x + reach))
    top, bottom = (int(np.clip(edge, 0, height)) for edge in (y - reach, y + reach))
    return _encoded(np.ascontiguousarray(pixels[top:bottom, left:right]))


def made_anew(kept: Photo) -> bytes:
    """The same of a picture that was kept: one that came with a backup may be any JPEG. Raises as `decode`."""
    return _encoded(decode(kept))


def thumbnail(kept: Photo) -> bytes:
    """The same, of THUMBNAIL pixels at most. Raises as `decode`."""
    return _encoded(decode(kept), THUMBNAIL, _THUMBNAIL_QUALITY)


def _encoded(pixels: Pixels, side: int = MAX_SIDE, quality: int = _QUALITY) -> bytes:
    if (factor := side / max(pixels.shape[:2])) < 1:
        size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode_jpeg(pixels, quality)
