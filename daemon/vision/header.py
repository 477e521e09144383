# SPDX-License-Identifier: Apache-2.0
"""What a picture file says of itself in its first bytes, and whether its end is there.

JPEG: ITU T.81, annex B. PNG: W3C PNG (third edition), 5 and 11. WebP: RFC 9649.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import PhotoError

if TYPE_CHECKING:
    from daemon.types import Photo


class Header(NamedTuple):
    """Kind and size in pixels, as stored (before any EXIF rotation)."""

    kind: str
    width: int
    height: int
    scalable: bool = False
    """Whether it can be decoded at a part of its size, in little memory: a JPEG that is not progressive."""


_PNG = b"\x89PNG\r\n\x1a\n"

_OTHER_KINDS = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"PK\x03\x04": "a ZIP archive",
}


def read_header(photo: Photo) -> Header:
    """Kind and size of a JPEG, PNG or WebP.

    Raises PhotoError if it is another kind of file, damaged or cut off.
    """
    data = photo.data
    if not data:
        raise PhotoError(f"{photo.name} is empty: give a JPEG, PNG or WebP picture.")
    try:
        header = _parse(data)
    except (struct.error, IndexError):
        header = Header("", 0, 0)
    if header is None:
        raise PhotoError(f"{photo.name} is {_kind_of(data)}: give a JPEG, PNG or WebP picture.")
    if header.width < 1 or header.height < 1:
        raise PhotoError(f"{photo.name} is damaged or cut off: give another copy of it.")
    return header


def _parse(data: bytes) -> Header | None:
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _kind_of(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file (on an iPhone, choose Camera, Formats, Most Compatible)"
    return next(
        (kind for magic, kind in _OTHER_KINDS.items() if data.startswith(magic)), "no picture that whod knows"
    )


_CUT_OFF = 0, 0

_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SOS, _EOI = 0xDA, 0xD9


def _jpeg(data: bytes) -> Header:
    size = _CUT_OFF
    scalable = False
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004
            return Header("JPEG", *_CUT_OFF)
        marker = data[at + 1]
        if marker in _STANDALONE or marker == 0xFF:  # noqa: PLR2004
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = width, height
            scalable = marker in _SEQUENTIAL
        if marker == _SOS:
            # An EXIF thumbnail has an end marker of its own, but before the scan begins.
            whole = data.rfind(b"\xff\xd9") > at
            return Header("JPEG", *(size if whole else _CUT_OFF), scalable)
        if marker == _EOI or length < 2:  # noqa: PLR2004
            return Header("JPEG", *_CUT_OFF)
        at += 2 + length


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        return Header("PNG", *_CUT_OFF)
    size = struct.unpack_from(">II", data, 16)
    at = len(_PNG)
    while data[at + 4 : at + 8] != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        at += 12 + length
    return Header("PNG", *size)


def _webp(data: bytes) -> Header:
    (length,) = struct.unpack_from("<I", data, 4)
    if len(data) < length + 8:
        return Header("WebP", *_CUT_OFF)
    form = data[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("WebP", width & 0x3FFF, height & 0x3FFF)
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if form == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
        return Header("WebP", width, height)
    return Header("WebP", *_CUT_OFF)
