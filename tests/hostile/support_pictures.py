# SPDX-License-Identifier: Apache-2.0
"""Picture files of all kinds, whole and hostile."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import skimage.data
from PIL import Image

ASTRONAUT = np.ascontiguousarray(skimage.data.astronaut()[:256, 100:356])
PICTURE = Image.fromarray(ASTRONAUT)
PNG = b"\x89PNG\r\n\x1a\n"
EOI = b"\xff\xd9"


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file, by a library that whod does not use."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1, note: str = "") -> bytes:
    """EXIF with an orientation, and with `note` as its description and its place."""
    fields = Image.Exif()
    fields[0x0112] = orientation
    if note:
        fields[0x010E] = note
        fields.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.5), 29: note})
    return fields.tobytes()


def stored_as(picture: Image.Image, orientation: int) -> Image.Image:
    """As a camera stores it that was held so."""
    turns = Image.Transpose
    how = (
        None,
        turns.FLIP_LEFT_RIGHT,
        turns.ROTATE_180,
        turns.FLIP_TOP_BOTTOM,
        turns.TRANSPOSE,
        turns.ROTATE_90,
        turns.TRANSVERSE,
        turns.ROTATE_270,
    )[orientation - 1]
    return picture if how is None else picture.transpose(how)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, data: bytes, *extra: bytes, colour: int = 2) -> bytes:
    """A PNG of 8 bits with these compressed rows, and chunks between header and data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return PNG + header + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """So many zero bytes, compressed, without ever having them all."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(count // 1_000_000)]
    return b"".join([*parts, packer.compress(bytes(count % 1_000_000)), packer.flush()])


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def of_many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG in which each scan says of a whole component, in some 20 bytes, that it is flat."""

    def code(table: int, symbol: int) -> bytes:
        return segment(0xC4, bytes([table, 0, 1, *bytes(14), symbol]))

    blocks = ((side + 7) // 8) ** 2
    # End-of-band runs (T.81, G.1.2.2): a code of two bits, then 14 bits of how many blocks.
    bits = ("00" + "1" * 14) * (blocks // 32_767 + 1)
    run = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    components = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xDB, bytes([0]) + bytes([1] * 64)),
            segment(0xC2, struct.pack(">BHHB", 8, side, side, 3) + components),
            code(0x00, 0),
            code(0x10, 0xE0),
            segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 0, 0])),
            bytes((2 * blocks * 3 + 7) // 8),
            *(segment(0xDA, bytes([1, number % 3 + 1, 0, 1, 63, 0])) + run for number in range(scans)),
            EOI,
        ]
    )


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(PICTURE, "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(PICTURE, "WEBP", lossless=True))
    data[21:25] = struct.pack("<I", width - 1 | height - 1 << 14)
    return bytes(data)


def seeds() -> list[bytes]:
    """A small picture of each kind and variant, to be mutated."""
    small = PICTURE.resize((48, 40))
    jpegs = [
        saved(small.convert(mode), "JPEG", exif=exif(6, "here"), **options)
        for mode in ("RGB", "L", "CMYK")
        for options in ({}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": 0})
    ]
    pngs = [saved(small.convert(mode), "PNG", exif=exif(3)) for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")]
    pngs += [saved(small.convert(mode), "PNG", transparency=0) for mode in ("L", "P", "1")]
    webps = [
        saved(small.convert(mode), "WEBP", exif=exif(8), **options)
        for mode in ("RGB", "RGBA")
        for options in ({}, {"lossless": True}, {"quality": 5})
    ]
    frames = [small.rotate(90), small.rotate(180)]
    moving = [saved(small, kind, save_all=True, append_images=frames) for kind in ("PNG", "WEBP", "GIF")]
    return [*jpegs, *pngs, *webps, *moving, b"GIF89a", b"%PDF-1.7", b"\0\0\0\x18ftypheic"]


def with_true_checksums(data: bytes) -> bytes:
    """A PNG whose chunks say what they hold, so that more than the checksum is tried; another file as it is."""
    if not data.startswith(PNG):
        return data
    parts, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        parts.append(chunk(kind, body))
        at += 12 + length
    return b"".join([*parts, data[at:]])
