# SPDX-License-Identifier: Apache-2.0
"""What a picture file says of itself, before a decoder sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import PhotoError
from daemon.vision import jpeg, png, webp
from daemon.vision.stored import Damaged, NotTaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.types import Photo
    from daemon.vision.stored import Header


class _Kind(NamedTuple):
    """A kind of picture that is taken."""

    is_one: Callable[[bytes], bool]
    read: Callable[[bytes], Header]


_TAKEN = (_Kind(jpeg.is_one, jpeg.read), _Kind(png.is_one, png.read), _Kind(webp.is_one, webp.read))

_OTHERS = (
    (0, b"GIF8", "a GIF"),
    (0, b"%PDF", "a PDF"),
    (0, b"BM", "a BMP"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (4, b"ftypavi", "an AVIF"),
    (4, b"ftyphe", "a HEIC"),
    (4, b"ftypmi", "a HEIC"),
    (4, b"ftypms", "a HEIC"),
    (4, b"ftyp", "a video"),
)
"""Where which bytes stand in files that people take for such a picture."""

_ADVICE = {
    "a HEIC": (
        "on the iPhone choose Settings, Camera, Formats, Most Compatible before the picture is taken, "
        "or send this one as a JPEG."
    ),
    "a video": "give a still picture, as JPEG, PNG or WebP.",
}


def read_header(photo: Photo) -> Header:
    """Kind, size and more of a JPEG, PNG or WebP.

    Raises PhotoError if it is another kind of file, damaged, cut off, or of a variant that is not taken.
    """
    data = photo.data
    if not data:
        raise PhotoError(f"{photo.name} is empty: give a JPEG, PNG or WebP picture.")
    kind = next((kind for kind in _TAKEN if kind.is_one(data)), None)
    if kind is None:
        raise PhotoError(f"{photo.name} is {_other_kind(data)}")
    try:
        header = kind.read(data)
    except Damaged as damage:
        raise PhotoError(f"{photo.name} is damaged or cut off: give another copy of it.") from damage
    except NotTaken as variant:
        raise PhotoError(f"{photo.name} {variant}") from variant
    if header.width < 1 or header.height < 1:
        raise PhotoError(f"{photo.name} is damaged or cut off: give another copy of it.")
    return header


def _other_kind(data: bytes) -> str:
    """What it is instead, and what to do."""
    kind = next((kind for at, magic, kind in _OTHERS if data.startswith(magic, at)), "no picture that whod knows")
    return f"{kind}: {_ADVICE.get(kind, 'give a JPEG, PNG or WebP picture.')}"
