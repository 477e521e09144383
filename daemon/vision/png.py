# SPDX-License-Identifier: Apache-2.0
"""PNG files: W3C Portable Network Graphics (third edition), 5 and 11."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from daemon.vision.stored import MOST_PARTS, Damaged, Header, NotTaken, orientation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 13
_AROUND = 12
"""Bytes of a chunk beside its own: length, type, checksum."""
_ALPHA = 4
"""This bit of the colour type."""

_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""The chunks that make the pixels. The others are profiles, texts and times, in which a bomb can hide."""


def is_one(data: bytes) -> bool:
    """Whether a file is a PNG."""
    return data.startswith(_SIGNATURE)


def read(data: bytes) -> Header:
    """What the chunks say. Raises Damaged, or NotTaken if it is animated."""
    (first, start, length), *rest = _chunks(data)
    if first != b"IHDR" or length != _HEADER_BYTES:
        raise Damaged
    width, height, _, colour = struct.unpack_from(">IIBB", data, start)
    has_alpha, orientation = bool(colour & _ALPHA), 1
    for kind, start, length in rest:
        if kind == b"acTL":
            raise NotTaken("is animated: give a still picture.")
        has_alpha |= kind == b"tRNS"
        if kind == b"eXIf":
            orientation = orientation_of(data[start : start + length])
    return Header("PNG", width, height, orientation=orientation, has_alpha=has_alpha)


def bare(data: bytes) -> bytes:
    """The same pixels, and nothing else: a file that `read` took, without what is not needed to decode it."""
    parts = [data[start - 8 : start + length + 4] for kind, start, length in _chunks(data) if kind in _NEEDED]
    return b"".join([_SIGNATURE, *parts])


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Of each chunk its type, where its bytes are, and how many, up to IEND. Raises Damaged if one is cut off."""
    at = len(_SIGNATURE)
    for _ in range(MOST_PARTS):
        if len(data) < at + _AROUND:
            break
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at + 8, length
        at += _AROUND + length
        if kind == b"IEND" and at <= len(data):
            return
    raise Damaged
