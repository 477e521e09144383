# SPDX-License-Identifier: Apache-2.0
"""JPEG files: ITU T.81, annexes B and G."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.vision.stored import MOST_PARTS, Damaged, Header, NotTaken, orientation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINNING = b"\xff\xd8"
_LENGTH_BYTES = 2
_SOF0 = 0xC0
_SOF = frozenset(range(_SOF0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = 0xC2
_SOI, _EOI, _SOS, _DRI, _APP1 = 0xD8, 0xD9, 0xDA, 0xDD, 0xE1
_BITS = 8
_COMPONENTS = frozenset({1, 3, 4})
_EXIF = b"Exif\0\0"

_MARKER = re.compile(rb"\xff++([^\x00])")
_END_OF_SCAN = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_END_OF_DATA = re.compile(rb"(?<!\xff)\xff++[^\x00]")
"""In coded data 0xFF is followed by 0; it may be repeated before a marker. (Each run of it is tried but once.)"""

_MOST_SCANS = 64
"""Encoders make about ten. Each costs a pass over the whole picture and takes but a few bytes of the file."""

_COEFFICIENTS = 64

_PROBE = bytes.fromhex("a6 5b 3c d1 97 4e e8 2d 73 b4 1f c9 56 8a e3 6d")
"""Coded data that is not nothing, whatever the code."""


def is_one(data: bytes) -> bool:
    """Whether a file is a JPEG."""
    return data.startswith(_BEGINNING)


def read(data: bytes) -> Header:
    """What the markers say, up to the end of the picture.

    Raises Damaged, also if coefficients are never coded, as where the last scans are lost; NotTaken if it is coded in
    a way that cameras do not, or in more scans than make sense.
    """
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise Damaged from error


def probe(data: bytes) -> bytes:
    """A file of one scan that gives the same picture if its coded data is whole, and another one if not.

    Where data is missing a decoder leaves grey what there is none for, and tells nobody. Here each segment of it, up
    to a restart or the end, is followed by more: who needs none of it takes no notice.
    """
    start = next(at + length for marker, at, length in _segments(data) if marker == _SOS)
    return data[:start] + _END_OF_DATA.sub(lambda end: _PROBE + end[0], data[start:])


@dataclass(slots=True)
class _Frame:
    """What the frame header says, and which coefficients the scans have coded."""

    marker: int
    width: int
    height: int
    missing: dict[int, list[bool]]
    """Of each component, which coefficients are not there in all their bits."""
    scans: int = 0


def _read(data: bytes) -> Header:
    frame: _Frame | None = None
    orientation, restarts = 1, False
    for marker, at, length in _segments(data):
        if marker in _SOF:
            if frame is not None:
                raise Damaged
            frame = _frame(marker, data[at : at + length])
        elif marker == _SOS:
            _scan(frame, data[at : at + length])
        elif marker == _DRI:
            restarts = True
        elif marker == _APP1 and data.startswith(_EXIF, at):
            orientation = orientation_of(data[at + len(_EXIF) : at + length])
    if frame is None or not frame.scans or any(any(lacking) for lacking in frame.missing.values()):
        raise Damaged
    return Header(
        "JPEG",
        frame.width,
        frame.height,
        scalable=frame.marker in _SEQUENTIAL and frame.scans == 1,
        orientation=orientation,
        has_restarts=restarts,
    )


def _frame(marker: int, body: bytes) -> _Frame:
    if marker not in _SEQUENTIAL and marker != _PROGRESSIVE:
        raise NotTaken("is a JPEG without loss or with arithmetic coding: send it as an ordinary JPEG.")
    bits, height, width, count = struct.unpack_from(">BHHB", body)
    if bits != _BITS or count not in _COMPONENTS:
        raise NotTaken(f"is a JPEG of {count} times {bits} bits a pixel: send it as an ordinary JPEG.")
    missing = {component: [True] * _COEFFICIENTS for component in body[6 : 6 + 3 * count : 3]}
    return _Frame(marker, width, height, missing)


def _scan(frame: _Frame | None, body: bytes) -> None:
    """Note what a scan codes. T.81, B.2.3: the components, then first and last coefficient and the bits' places."""
    if frame is None:
        raise Damaged
    count = body[0]
    first, last, places = struct.unpack_from(">3B", body, 1 + 2 * count)
    if frame.marker in _SEQUENTIAL:
        first, last, places = 0, _COEFFICIENTS - 1, 0
    for component in body[1 : 1 + 2 * count : 2]:
        if component not in frame.missing or not first <= last < _COEFFICIENTS:
            raise Damaged
        if not places & 0x0F:
            frame.missing[component][first : last + 1] = [False] * (last - first + 1)
    frame.scans += 1
    if frame.scans > _MOST_SCANS:
        raise NotTaken(f"is a JPEG of more than {_MOST_SCANS} scans: send it as an ordinary JPEG.")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each marker segment up to EOI its marker, where its bytes are, and how many. Raises Damaged without EOI."""
    at, pattern = len(_BEGINNING), _MARKER
    for _ in range(MOST_PARTS):
        found = pattern.search(data, at) if pattern is _END_OF_SCAN else pattern.match(data, at)
        if found is None:
            break
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            return
        (length,) = struct.unpack_from(">H", data, at)
        if length < _LENGTH_BYTES or marker < _SOF0 or marker == _SOI:
            break
        yield marker, at + _LENGTH_BYTES, length - _LENGTH_BYTES
        at, pattern = at + length, _END_OF_SCAN if marker == _SOS else _MARKER
    raise Damaged
