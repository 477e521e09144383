# SPDX-License-Identifier: Apache-2.0
"""Reading an archive entry by entry, in memory that does not grow with it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import struct
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from daemon.errors import BadArchive, StorageError
from daemon.zips.ending import find_directory
from daemon.zips.entry import DESCRIBED_BEHIND, FIXED_BYTES, STORED, Entry, large, lengths, parse, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 64 * 1024
_HEADER = struct.Struct("<4s5H3L2H")
_DESCRIPTORS = (struct.Struct("<3L"), struct.Struct("<4s3L"), struct.Struct("<L2Q"), struct.Struct("<4sL2Q"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold."""

    total_bytes: int
    """Of all entries, unpacked."""
    entries: int = 1_000_000


class ZipReader:
    """An archive in a file, looked through when it is opened. A context; for one thread.

    Raises BadArchive if it is not what it should be, StorageError if the file cannot be read.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        try:
            self._file = open(path, "rb", buffering=0, opener=_open_no_link)  # noqa: SIM115
        except OSError as error:
            raise StorageError(f"{path} cannot be read ({error.strerror}): check that it is there.") from error
        with contextlib.ExitStack() as stack:
            stack.callback(self._file.close)
            self._directory = find_directory(self._file.fileno(), path.stat().st_size)
            self._check(limits)
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        """How many entries there are, with folders."""
        return self._directory.entries

    def __iter__(self) -> Iterator[Entry]:
        """The entries, in the order of the directory."""
        start, end = self._directory.start, self._directory.end
        with io.BufferedReader(_Part(self._file.fileno(), start, end), _CHUNK) as directory:
            for _ in range(self._directory.entries):
                fixed = directory.read(FIXED_BYTES)
                _, behind = lengths(fixed)
                rest = directory.read(behind)
                if len(rest) < behind:
                    raise BadArchive("The archive's directory is cut off: pack it anew.")
                yield parse(fixed, rest)
            if directory.read(1):
                raise BadArchive("The archive's directory has more in it than it tells: pack it anew.")

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The content of a file, in pieces of at most 64 KiB.

        Raises BadArchive, at the latest at the end, if it is not of the size or the checksum that is told.
        """
        size = crc = 0
        for piece in self._unpacked(entry):
            size, crc = size + len(piece), zlib.crc32(piece, crc)
            if size > entry.size:
                raise _damaged(entry)
            yield piece
        if size != entry.size or crc != entry.crc:
            raise _damaged(entry)

    def read(self, entry: Entry) -> bytes:
        """The content of a file; see `chunks`. The caller looks at `Entry.size` before."""
        return b"".join(self.chunks(entry))

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        place = self._content(entry)
        end = place + entry.packed
        unpack = None if entry.method == STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        while place < end:
            packed = os.pread(self._file.fileno(), min(_CHUNK, end - place), place)
            if not packed:
                raise _damaged(entry)
            place += len(packed)
            if unpack is None:
                yield packed
                continue
            try:
                while piece := unpack.decompress(packed, _CHUNK):
                    yield piece
                    packed = unpack.unconsumed_tail
            except zlib.error as error:
                raise _damaged(entry) from error
            if unpack.unused_data:
                raise _damaged(entry)
        if unpack is not None and not unpack.eof:
            raise _damaged(entry)

    def _check(self, limits: Limits) -> None:
        """Look at the directory, and at each entry's own header; at no content."""
        if len(self) > limits.entries:
            raise BadArchive(f"The archive has more than {limits.entries:,} entries: make several of it.")
        names, total, place = _Names(), 0, 0
        before: Entry | None = None
        for entry in self:
            names.add(entry.name)
            if (total := total + entry.size) > limits.total_bytes:
                raise BadArchive(
                    f"The archive holds more than {limits.total_bytes / 1e9:.0f} GB, unpacked: make several of it."
                )
            if before:
                self._check_end(before, place, entry.offset)
            elif entry.offset:
                raise BadArchive("The archive has something before its first entry: pack it anew.")
            place = self._content(entry) + entry.packed
            before = entry
        if before:
            self._check_end(before, place, self._directory.start)
        elif self._directory.start:
            raise BadArchive("The archive has something before its directory: pack it anew.")
        names.check()

    def _check_end(self, entry: Entry, place: int, end: int) -> None:
        """An entry whose content ends at `place` must fill the file up to `end`, where the next one begins."""
        sizes = (entry.crc, entry.packed, entry.size)
        if not entry.flags & DESCRIBED_BEHIND:
            if place == end:
                return
        else:
            for form in _DESCRIPTORS:
                if form.size == end - place:
                    *signature, crc, packed, size = form.unpack(os.pread(self._file.fileno(), form.size, place))
                    if (crc, packed, size) == sizes and signature in ([], [b"PK\x07\x08"]):
                        return
        raise BadArchive(
            f"In the archive, {shown(entry.name)} and what follows overlap or leave a gap: pack it anew."
        )

    def _content(self, entry: Entry) -> int:
        """Where the content of an entry begins, whose own header must tell what the directory does."""
        fixed = os.pread(self._file.fileno(), _HEADER.size, entry.offset)
        if len(fixed) < _HEADER.size:
            raise BadArchive("The archive is cut off: pack it anew.")
        signature, _, flags, method, _, _, crc, packed, size, *more = _HEADER.unpack(fixed)
        name_length, extra_length = (int(length) for length in more)
        behind = os.pread(self._file.fileno(), name_length + extra_length, entry.offset + _HEADER.size)
        told = (crc, *large(behind[name_length:], size, packed))
        # What stands behind the content may be left open here, wholly or in part.
        left_open = bool(entry.flags & DESCRIBED_BEHIND)
        known = (entry.crc, entry.size, entry.packed)
        same = all(a == b or (left_open and not a) for a, b in zip(told, known, strict=True))
        same &= (flags, method, behind[:name_length]) == (entry.flags, entry.method, entry.raw_name)
        if signature != b"PK\x03\x04" or not same:
            raise BadArchive(f"The archive tells two different things of {shown(entry.name)}: pack it anew.")
        return entry.offset + _HEADER.size + name_length + extra_length


class _Names:
    """Whether names come twice, in 8 bytes a name."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._marks = array("Q")

    def add(self, name: str) -> None:
        digest = hashlib.blake2b(name.encode(), digest_size=8, key=self._key).digest()
        self._marks.frombytes(digest)

    def check(self) -> None:
        marks = np.frombuffer(self._marks, np.uint64)
        marks.sort()
        if (marks[1:] == marks[:-1]).any():
            raise BadArchive("The archive has two entries of the same name: pack it anew.")


class _Part(io.RawIOBase):
    """A part of a file, from its start; the place of the descriptor is left alone."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._file, self._place, self._end = descriptor, start, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = os.pread(self._file, min(len(buffer), self._end - self._place), self._place)
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _damaged(entry: Entry) -> BadArchive:
    return BadArchive(f"{shown(entry.name)} in the archive is damaged: pack it anew.")
