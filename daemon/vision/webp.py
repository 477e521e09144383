# SPDX-License-Identifier: Apache-2.0
"""WebP files: RFC 9649."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from daemon.vision.stored import Damaged, Header, NotTaken, orientation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANIMATED, _ALPHA = 0x02, 0x10
_FIRST_CHUNK = 12


def is_one(data: bytes) -> bool:
    """Whether a file is a WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def read(data: bytes) -> Header:
    """What the chunks say. Raises Damaged, or NotTaken if it is animated."""
    (length,) = struct.unpack_from("<I", data, 4)
    if len(data) < length + 8:
        raise Damaged
    try:
        return _read(data)
    except struct.error as error:
        raise Damaged from error


def _read(data: bytes) -> Header:
    form = data[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("WebP", width & 0x3FFF, height & 0x3FFF)
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, has_alpha=bool(bits >> 28 & 1))
    if form != b"VP8X":
        raise Damaged
    flags, across, down, low, high = struct.unpack_from("<B3xHBHB", data, 20)
    if flags & _ANIMATED:
        raise NotTaken("is animated: give a still picture.")
    exif = next((body for kind, body in _chunks(data) if kind == b"EXIF"), b"")
    return Header(
        "WebP",
        (across | down << 16) + 1,
        (low | high << 16) + 1,
        orientation=orientation_of(exif.removeprefix(b"Exif\0\0")),
        has_alpha=bool(flags & _ALPHA),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The type and the bytes of each chunk; they are padded to even lengths."""
    at = _FIRST_CHUNK
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
