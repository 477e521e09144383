# SPDX-License-Identifier: Apache-2.0
"""Archives as an attacker makes them, each around a good picture: whoever takes it enrols somebody."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

from support_daemon import EILEEN

FACE = EILEEN.read_bytes()


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def good(name: str = "Mallory/a.jpg") -> bytes:
    return packed((name, FACE))


def named(name: bytes) -> bytes:
    """A good archive in which the name, of as many bytes, is another."""
    return good("x" * len(name)).replace(b"x" * len(name), name)


def special(kind: int) -> bytes:
    """A good entry, and a link or device that shows the way to the secrets of the system."""
    link = zipfile.ZipInfo("Mallory/b.jpg")
    link.external_attr = (kind | 0o777) << 16
    return packed(("Mallory/a.jpg", FACE), (link, b"/etc/passwd"))


def told(size: int, count: int = 1, content: bytes = FACE) -> bytes:
    """Entries that tell of so many bytes each, unpacked; their content is one picture's."""
    deflater = zlib.compressobj(0, zlib.DEFLATED, -15)
    body = deflater.compress(content) + deflater.flush()
    parts, directory, place = [], [], 0
    for number in range(count):
        name = f"Mallory/{number}.jpg".encode()
        sizes = zlib.crc32(content), len(body), size, len(name)
        entry = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, *sizes, 0) + name + body
        parts.append(entry)
        directory.append(
            struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, *sizes, 0, 0, 0, 0, 0, place) + name
        )
        place += len(entry)
    listed = b"".join(directory)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed), place, 0)
    return b"".join([*parts, listed, end])


def of_many(count: int) -> bytes:
    """An end that tells of so many entries (ZIP64)."""
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, 0, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    return end64 + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)


def encrypted() -> bytes:
    data = bytearray(good())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Two entries of the directory for the same bytes (as in the zip bomb of Fifield)."""
    data = good()
    start = data.index(b"PK\x01\x02")
    entry = data[start:-22]
    return data[:start] + entry * 2 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), start, 0)


HOSTILE = {
    "up": good("../../Mallory/a.jpg"),
    "up in between": good("Mallory/../../a.jpg"),
    "up as on Windows": good("..\\..\\Mallory\\a.jpg"),
    "absolute": good("/Mallory/a.jpg"),
    "a drive": good("C:/Mallory/a.jpg"),
    "NUL": named(b"Mallory\0/a.jpg"),
    "line break": named(b"Mallory\n/a.jpg"),
    "long part": good("M" * 300 + "/a.jpg"),
    "long path": good("M/" * 600 + "a.jpg"),
    "64 kB of marks": good("a" + "\u0301\u0316" * 16_000),
    "twice": packed(("Mallory/a.jpg", FACE), ("Mallory/b.jpg", FACE)).replace(b"/b.jpg", b"/a.jpg"),
    "twice by spelling": packed(("M\u00e9/a.jpg", FACE), ("Me\u0301/a.jpg", FACE)),
    "link": special(stat.S_IFLNK),
    "device": special(stat.S_IFCHR),
    "pipe": special(stat.S_IFIFO),
    "encrypted": encrypted(),
    "ZIP64 lie": told(0xFFFFFFFF),
    "overlapping": overlapping(),
    "something before": b"#!/bin/sh\n" + good(),
    "something behind": good() + b"<script>",
    "comment": good()[:-2] + b"\x02\0hi",
    "cut off": good()[:-30],
    "bomb": packed(("Mallory/a.jpg", bytes(100_000_000)), method=zipfile.ZIP_DEFLATED),
    "more than 4 GB": told(99 * len(FACE), count=1050),
    "a million and one": of_many(1_000_001),
    "LZMA": packed(("Mallory/a.jpg", FACE), method=zipfile.ZIP_LZMA),
    "no archive": FACE,
    "nothing": b"",
}
"""Refused as a whole, before anything of them is used."""
