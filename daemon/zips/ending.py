# SPDX-License-Identifier: Apache-2.0
"""Where the directory of a zip archive is, as the end of the file tells it (APPNOTE.TXT, 4.3.14 to 4.3.16)."""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from daemon.errors import BadArchive

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_REST = _END64.size - 12


class Directory(NamedTuple):
    """The directory of an archive."""

    entries: int
    """Of its entries."""
    start: int
    """Where it begins in the file, and the entries themselves have ended."""
    end: int


def find_directory(descriptor: int, size: int) -> Directory:
    """The directory of the archive in a file of `size` bytes. Raises BadArchive."""
    place = size - _END.size
    if place < 0:
        raise BadArchive("The file is no zip archive: give one, with a folder for each person in it.")
    signature, disk, first_disk, here, count, length, start, comment = _END.unpack(
        os.pread(descriptor, _END.size, place)
    )
    if signature != b"PK\x05\x06" or comment:
        raise BadArchive("The file is no zip archive, is cut off, or has something behind its end: pack it anew.")
    told: tuple[int, ...] = (disk, first_disk, here, count, length, start)
    large = _large(descriptor, place - _LOCATOR.size)
    if large:
        place, *values = large
        largest = (0xFFFF,) * 4 + (0xFFFFFFFF,) * 2
        if any(small not in (value, most) for small, value, most in zip(told, values, largest, strict=True)):
            raise BadArchive("The archive's end tells two different things: pack it anew.")
        told = tuple(values)
    disk, first_disk, here, count, length, start = told
    if disk or first_disk or here != count or start + length != place:
        raise BadArchive("The archive's end does not tell where its directory is: pack it anew, in one part.")
    return Directory(count, start, place)


def _large(descriptor: int, place: int) -> list[int] | None:
    """Where the ZIP64 end begins and what it tells; None if there is none."""
    if place < 0:
        return None
    signature, disk, start, disks = _LOCATOR.unpack(os.pread(descriptor, _LOCATOR.size, place))
    if signature != b"PK\x06\x07":
        return None
    if disk or disks != 1 or start != place - _END64.size:
        raise BadArchive("The archive's ZIP64 end is not where it should be: pack it anew.")
    signature, length, _, _, *values = _END64.unpack(os.pread(descriptor, _END64.size, start))
    if signature != b"PK\x06\x06" or length != _END64_REST:
        raise BadArchive("The archive's ZIP64 end is damaged: pack it anew.")
    return [start, *values]
