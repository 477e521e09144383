# SPDX-License-Identifier: Apache-2.0
"""Untrusted bytes to pixels, and pixels to JPEG.

The kind and the size of a picture are read from its header before a decoder sees it: a PNG of 106 kB can ask for
gigabytes. Only JPEG, PNG and WebP are taken. Nothing but its pixels goes any further: what is kept or shown of a
picture is encoded anew, so that no place, comment or script in a file outlives its decoding.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon import MAX_PICTURE_PIXELS
from daemon.errors import PhotoError, PhotoTooLarge
from daemon.types import Photo
from daemon.vision import jpeg, png
from daemon.vision.header import read_header

if TYPE_CHECKING:
    from cv2.typing import MatLike

    from daemon.types import Pixels
    from daemon.vision.stored import Header

MAX_BYTES = 32_000_000
"""Of a picture that is looked at where it is (`whod embed`)."""

MAX_ENROL_BYTES = 3_000_000
"""Of a picture that is sent to be enrolled or identified."""

_MAX_WHOLE_PIXELS = 24_000_000
"""Of a picture that can only be decoded whole: 72 MB of memory, and for a progressive JPEG 260 MB."""

_NO_DATA = 128
"""The grey of a JPEG where data is missing."""

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
    """The picture as BGR, upright and bounded in size."""
    flags = _flags(header)
    stored = _imdecode(photo, png.bare(photo.data) if header.kind == "PNG" else photo.data, flags)
    if header.scalable and _may_lack(header, stored):
        probed = _imdecode(photo, jpeg.probe(photo.data), flags)
        if not np.array_equal(stored, probed):
            raise _damaged(photo)
    seen = _bounded(_in_eight_bits(stored), 2 * _WORKING_SIDE)
    return _turned(_on_white(seen) if header.has_alpha else seen, header.orientation)


def _imdecode(photo: Photo, data: bytes, flags: int) -> MatLike:
    try:
        # The orientation is undone here: OpenCV knows it of some kinds only, and never with transparency.
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise _damaged(photo) from error
    if stored is None:
        raise _damaged(photo)
    return stored


def _may_lack(header: Header, bgr: MatLike) -> bool:
    """Whether a JPEG has the grey of missing data at its end, or in a block before any restart."""
    if not header.has_restarts:
        return bool((bgr[-1, -1] == _NO_DATA).all())
    side = max(8 * bgr.shape[0] // header.height, 1)
    grey = (bgr == _NO_DATA).all(axis=2)
    down, across = (length // side for length in grey.shape)
    blocks = grey[: down * side, : across * side].reshape(down, side, across, side)
    inside = slice(side // 4, side - side // 4)  # the colours of its neighbours reach into a block
    return bool(blocks[:, inside, :, inside].all(axis=(1, 3)).any())


def shrink(photo: Photo) -> Photo:
    """The same photo, scaled down and encoded anew if it is larger than what may be enrolled."""
    if len(photo.data) < MAX_ENROL_BYTES:
        return photo
    small = _bounded(decode(photo), _WORKING_SIDE)
    return Photo(photo.name, encode_jpeg(small, quality=92), scale_of(photo, small))


def reduced(pixels: Pixels) -> Pixels:
    """An RGB picture (H, W, 3), scaled down if it has more pixels than are of use."""
    return _bounded(pixels, _WORKING_SIDE)


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
    if header.has_alpha:
        return cv2.IMREAD_UNCHANGED
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


def _in_eight_bits(stored: MatLike) -> Pixels:
    return np.asarray(stored if stored.dtype == np.uint8 else cv2.convertScaleAbs(stored, alpha=1 / 257), np.uint8)


def _on_white(bgra: Pixels) -> Pixels:
    """What can be seen of a picture that may be transparent; what is hidden is no part of it."""
    if bgra.ndim == 2:  # noqa: PLR2004  grey, of which one shade is transparent: OpenCV shows it
        return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_GRAY2BGR), np.uint8)
    if bgra.shape[2] == 3:  # noqa: PLR2004  and so with one colour of all
        return bgra
    alpha = cv2.cvtColor(bgra[:, :, 3], cv2.COLOR_GRAY2BGR)
    seen = cv2.multiply(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), alpha, scale=1 / 255)
    return np.asarray(cv2.add(seen, cv2.bitwise_not(alpha)), np.uint8)


def _turned(picture: Pixels, orientation: int) -> Pixels:
    """Upright. By EXIF 1 is upright, 2 mirrored, 3 upside down, 4 both, and 5 to 8 are the transposes of these."""
    if orientation > 4:  # noqa: PLR2004
        picture, orientation = picture.transpose(1, 0, 2), orientation - 4
    down, across = {1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1)}[orientation]
    return np.ascontiguousarray(picture[::down, ::across])


def _bounded(rgb: Pixels, limit: int) -> Pixels:
    """Scaled down to the working size if a side is longer than `limit`."""
    height, width = rgb.shape[:2]
    if max(height, width) <= limit:
        return rgb
    scale = _WORKING_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
