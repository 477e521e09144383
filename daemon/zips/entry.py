# SPDX-License-Identifier: Apache-2.0
"""What the directory of a zip archive tells of one entry (APPNOTE.TXT, 4.3.12)."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import BadArchive

if TYPE_CHECKING:
    from typing import Final

STORED, DEFLATED = 0, 8
UTF8, DESCRIBED_BEHIND = 1 << 11, 1 << 3
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_KNOWN_FLAGS = 1 << 1 | 1 << 2 | DESCRIBED_BEHIND | UTF8
_LARGE: Final = 0xFFFFFFFF
_ZIP64 = 1

_MAX_NAME_BYTES, _MAX_PART_BYTES, _MAX_PARTS = 1024, 255, 16
MAX_RATIO = 100
"""Of the size to the packed size. JPEGs reach 2; bombs 1,000."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Entry(NamedTuple):
    """A file or a folder in an archive."""

    name: str
    """In NFC; parts are separated by `/`, none is empty, `.` or `..`. A folder's ends with `/`."""
    size: int
    """In bytes, unpacked."""
    packed: int
    """In bytes, as it is in the archive."""
    crc: int
    """CRC-32 of the content."""
    method: int
    flags: int
    raw_name: bytes
    offset: int
    """Of the entry's own header in the file."""

    @property
    def is_folder(self) -> bool:
        """Whether it is no file."""
        return self.name.endswith("/")


_FIXED = struct.Struct("<4s6H3L5H2L")
FIXED_BYTES = _FIXED.size
SIGNATURE = b"PK\x01\x02"


def lengths(fixed: bytes) -> tuple[int, int]:
    """Of the name, and of all that stands behind the fixed part of a directory entry. Raises BadArchive."""
    if len(fixed) < FIXED_BYTES or not fixed.startswith(SIGNATURE):
        raise BadArchive("The archive's directory is damaged: pack it anew.")
    name, extra, comment = struct.unpack_from("<3H", fixed, 28)
    return name, name + extra + comment


def parse(fixed: bytes, rest: bytes) -> Entry:
    """One entry of the directory: its fixed part and what stands behind it. Raises BadArchive."""
    (
        _,
        _made_by,
        _needed,
        flags,
        method,
        _time,
        _date,
        crc,
        packed,
        size,
        name_length,
        extra_length,
        _comment_length,
        disk,
        _internal,
        attributes,
        offset,
    ) = _FIXED.unpack(fixed)
    raw_name = rest[:name_length]
    name = _name(raw_name, flags)
    size, packed, offset = large(rest[name_length : name_length + extra_length], size, packed, offset)
    entry = Entry(name, size, packed, crc, method, flags, raw_name, offset)
    _check_features(entry, disk)
    check_name(name)
    if stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"{shown(name)} in the archive is a link or a device: pack files and folders only.")
    _check_sizes(entry)
    return entry


def large(extra: bytes, *values: int) -> tuple[int, ...]:
    """The values with those that did not fit into 32 bits, from the ZIP64 field of `extra`. Raises BadArchive."""
    if _LARGE not in values:
        return values
    field = _field(extra, _ZIP64)
    wanted = values.count(_LARGE)
    if len(field) < 8 * wanted:
        raise BadArchive("The archive tells no true sizes (ZIP64): pack it anew.")
    found = iter(struct.unpack_from(f"<{wanted}Q", field))
    return tuple(next(found) if value == _LARGE else value for value in values)


def _field(extra: bytes, wanted: int) -> bytes:
    """The field of this number; empty if there is none."""
    place = 0
    while place + 4 <= len(extra):
        number, length = struct.unpack_from("<2H", extra, place)
        if number == wanted:
            return extra[place + 4 : place + 4 + length]
        place += 4 + length
    return b""


def _name(raw: bytes, flags: int) -> str:
    """Packers on Linux and macOS write UTF-8 without saying so; what is no UTF-8 is from DOS or Windows."""
    if len(raw) > _MAX_NAME_BYTES:  # before it is normalised, which can take a second then
        start = raw[:80].decode(errors="replace")
        raise BadArchive(f"The name {shown(start)} in the archive is too long: shorten it.")
    try:
        return unicodedata.normalize("NFC", raw.decode())
    except UnicodeDecodeError:
        if flags & UTF8:
            raise BadArchive("A name in the archive is no text: pack it anew.") from None
        return raw.decode("cp437")


def shown(name: str) -> str:
    """A name as it may stand in a sentence."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 80 else f"{plain[:77]}..."  # noqa: PLR2004


def _check_features(entry: Entry, disk: int) -> None:
    if entry.flags & _ENCRYPTED:
        raise BadArchive("The archive is encrypted: pack it without a password.")
    if entry.flags & ~_KNOWN_FLAGS or entry.method not in (STORED, DEFLATED) or disk:
        raise BadArchive("The archive is packed in a way that whod does not read: make an ordinary zip of it.")


def check_name(name: str) -> None:
    """Raise BadArchive for a name that no entry may have."""
    parts = name.removesuffix("/").split("/")
    too_long = len(name.encode()) > _MAX_NAME_BYTES or len(parts) > _MAX_PARTS
    if too_long or any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        raise BadArchive(f"The name {shown(name)} in the archive is too long: shorten it.")
    if _CONTROL.search(name) or "\\" in name or name[1:2] == ":" or not {"", ".", ".."}.isdisjoint(parts):
        raise BadArchive(
            f"The name {shown(name)!r} in the archive is not allowed: they must lead down from the top of it."
        )


def _check_sizes(entry: Entry) -> None:
    if (entry.is_folder and entry.size) or (entry.method == STORED and entry.size != entry.packed):
        raise BadArchive(f"{shown(entry.name)} in the archive tells no true size: pack it anew.")
    if entry.size > MAX_RATIO * entry.packed:
        raise BadArchive(
            f"{shown(entry.name)} in the archive is packed more than {MAX_RATIO} times smaller than it is: "
            "no picture can be, so nothing of the archive is taken."
        )
