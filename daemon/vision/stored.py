# SPDX-License-Identifier: Apache-2.0
"""A picture as it is stored in a file."""

from __future__ import annotations

import struct
from typing import NamedTuple

MOST_PARTS = 20_000
"""Segments or chunks of a file; encoders make some thousands at most."""


class Header(NamedTuple):
    """Kind and size in pixels, as stored (before any EXIF rotation), and what a decoder must know."""

    kind: str
    width: int
    height: int
    scalable: bool = False
    """Whether it can be decoded at a part of its size, in little memory: a JPEG of one scan."""
    orientation: int = 1
    """By EXIF, 1 to 8: how it must be turned to be upright."""
    has_alpha: bool = False
    """Whether it may be transparent."""
    has_restarts: bool = False
    """Whether data may be missing in its middle as well as at its end: a JPEG with restart markers."""


class Damaged(Exception):
    """The file breaks the rules of its kind, or its end is missing."""


class NotTaken(Exception):
    """A variant of the kind that whod does not take; ``str`` goes on after the name of the photo."""


_ORIENTATION = 0x0112
_ORIENTATIONS = range(1, 9)


def orientation_of(exif: bytes) -> int:
    """What the TIFF structure of EXIF says of the orientation, 1 to 8; 1 if it says nothing that makes sense.

    EXIF 2.32, 4.6.4. Of all its fields this one alone is looked at.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (fields,) = struct.unpack_from(order + "H", exif, at)
        for field in range(at + 2, at + 2 + 12 * fields, 12):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, field)
            if tag == _ORIENTATION:
                return value if value in _ORIENTATIONS else 1
    except struct.error:
        pass  # the picture can be used without it
    return 1
