# SPDX-License-Identifier: Apache-2.0
"""Untrusted bytes to pixels, and pixels to JPEG.

The kind and the size of a picture are read from its header before a decoder sees it: a PNG of 106 kB can ask for
gigabytes. Only JPEG, PNG and WebP are taken.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon import MAX_PICTURE_PIXELS
from daemon.errors import PhotoError, PhotoTooLarge
from daemon.types import Photo
from daemon.vision.header import Header, read_header

if TYPE_CHECKING:
    from daemon.types import Pixels

MAX_BYTES = 32_000_000
"""Of a picture that is looked at where it is (`whod embed`)."""

MAX_ENROL_BYTES = 3_000_000
"""Of a picture that is sent to be enrolled or identified."""

_MAX_WHOLE_PIXELS = 24_000_000
"""Of a picture that can only be decoded whole: 72 MB of memory."""

_one_at_a_time = threading.Lock()
"""Two large pictures at once are too much for a Pi Zero."""

_WORKING_SIDE = 2048
"""Pictures are decoded to about this size: more pixels find no more faces and cost memory."""


def decode(photo: Photo, max_bytes: int = MAX_BYTES) -> Pixels:
    """The upright picture as RGB, (H, W, 3) uint8, scaled down by 2, 4 or 8 where it is very large.

    Raises PhotoTooLarge, or PhotoError if it is of another kind, damaged or cut off.
    """
    if len(photo.data) >= max_bytes:
        raise PhotoTooLarge(
            f"{photo.name} has {len(photo.data):,} bytes; fewer than {max_bytes:,} are taken: scale it down."
        )
    header = read_header(photo)
    limit = MAX_PICTURE_PIXELS if header.scalable else _MAX_WHOLE_PIXELS
    if header.width * header.height > limit:
        raise PhotoTooLarge(
            f"{photo.name} has {header.width} x {header.height} pixels; "
            f"at most {limit // 1_000_000} million are taken of this kind: scale it down."
        )
    with _one_at_a_time:
        bgr = _decoded(photo, header)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _decoded(photo: Photo, header: Header) -> Pixels:
    """The picture as BGR, bounded in size."""
    try:
        bgr = cv2.imdecode(np.frombuffer(photo.data, np.uint8), _flags(header))
    except cv2.error as error:
        raise _damaged(photo) from error
    if bgr is None:
        raise _damaged(photo)
    return _bounded(np.asarray(bgr, np.uint8), 2 * _WORKING_SIDE)


def shrink(photo: Photo) -> Photo:
    """The same photo, scaled down and encoded anew if it is larger than what may be enrolled."""
    if len(photo.data) < MAX_ENROL_BYTES:
        return photo
    small = _bounded(decode(photo), _WORKING_SIDE)
    return Photo(photo.name, encode_jpeg(small, quality=92), scale_of(photo, small))


def scale_of(photo: Photo, pixels: Pixels) -> float:
    """How many pixels of the original one of its decoded `pixels` is, along a side."""
    header = read_header(photo)
    return photo.scale * max(header.width, header.height) / max(pixels.shape[:2])


def encode_jpeg(pixels: Pixels, quality: int = 85) -> bytes:
    """An RGB picture (H, W, 3) as JPEG."""
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise AssertionError(f"cannot encode a picture of shape {pixels.shape}")
    return bytes(data)


def _damaged(photo: Photo) -> PhotoError:
    return PhotoError(f"{photo.name} is damaged and cannot be decoded: give another copy of it.")


def _flags(header: Header) -> int:
    """JPEGs are scaled while they are decoded, which saves the memory of the full picture."""
    if not header.scalable:
        return cv2.IMREAD_COLOR
    longest = max(header.width, header.height)
    for factor, flag in (
        (8, cv2.IMREAD_REDUCED_COLOR_8),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
    ):
        if longest // factor >= _WORKING_SIDE:
            return flag
    return cv2.IMREAD_COLOR


def _bounded(rgb: Pixels, limit: int) -> Pixels:
    """Scaled down to the working size if a side is longer than `limit`."""
    height, width = rgb.shape[:2]
    if max(height, width) <= limit:
        return rgb
    scale = _WORKING_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
