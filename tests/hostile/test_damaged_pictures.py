# SPDX-License-Identifier: Apache-2.0
"""Pictures that are no pictures, or not whole: a sentence each, by the API of a running daemon."""

from __future__ import annotations

import itertools
import random
import re
import zlib
from typing import TYPE_CHECKING

import pytest
from support_daemon import EILEEN
from support_pictures import ASTRONAUT, EOI, PICTURE, png, saved

from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from support_house import House

RAW = b"".join(b"\0" + row.tobytes() for row in ASTRONAUT)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\xff", "no picture"),
        (b"\xff\xd8", "cut off"),
        (random.Random(1).randbytes(10**6), "no pic"),
    ],
    ids=["empty", "one byte", "two bytes", "a megabyte"],
)
def test_what_is_no_picture_gets_a_sentence(house: House, data: bytes, says: str) -> None:
    for answer in (house.identify(data), house.enrol("Alice", data)):
        assert answer.status == 415
        assert says in answer.sentence
    assert house.ask("GET", "/people").json == []


def test_a_jpeg_cut_off_anywhere_gets_a_sentence(house: House) -> None:
    whole = EILEEN.read_bytes()
    assert house.identify(whole).status == 200
    for percent in range(100):
        answer = house.identify(whole[: len(whole) * percent // 100])
        assert answer.status == 415, percent
        assert answer.sentence.endswith((".", "picture.")), percent


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"subsampling": 0}], ids=str)
@pytest.mark.parametrize("quality", [50, 90])
def test_a_jpeg_that_was_cut_and_given_an_end_is_refused(quality: int, options: dict[str, int]) -> None:
    whole = saved(PICTURE, "JPEG", quality=quality, **options)
    for percent in range(10, 98):
        with pytest.raises(PhotoError, match="damaged"):
            decode(Photo("door.jpg", whole[: len(whole) * percent // 100] + EOI))


def test_a_progressive_jpeg_without_its_last_scans_is_refused() -> None:
    whole = saved(PICTURE, "JPEG", quality=90, progressive=True)
    last = whole.rindex(b"\xff\xda")
    for percent in range(2, 100):
        with pytest.raises(PhotoError, match="damaged"):
            decode(Photo("door.jpg", whole[: last * percent // 100] + EOI))
    # What is missing of the last scan is a bit of the finest detail: it stays a picture.
    assert decode(Photo("door.jpg", whole[: (last + len(whole)) // 2] + EOI)).shape == ASTRONAUT.shape


def test_data_missing_between_restarts_is_seen() -> None:
    whole = saved(PICTURE, "JPEG", quality=90, restart_marker_rows=1)
    restarts = [restart.start() for restart in re.finditer(rb"\xff[\xd0-\xd7]", whole)]
    assert len(restarts) == 256 // 16 - 1
    for start, end in itertools.pairwise(restarts):
        with pytest.raises(PhotoError, match="damaged"):
            decode(Photo("door.jpg", whole[: (start + end) // 2] + whole[end:]))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 1}, {"progressive": True}], ids=str)
def test_a_whole_jpeg_that_ends_in_grey_is_taken(mode: str, options: dict[str, int]) -> None:
    flat = PICTURE.copy()
    flat.paste((128, 128, 128), (0, 100, 256, 256))
    for quality in (30, 95):
        assert (
            decode(Photo("p", saved(flat.convert(mode), "JPEG", quality=quality, **options))).shape == ASTRONAUT.shape
        )


def test_bytes_after_the_end_and_fill_bytes_are_no_damage() -> None:
    whole = saved(PICTURE.convert("L"), "JPEG", restart_marker_rows=1)
    for data in (whole + b"PK\x03\x04" * 100, whole[:-2] + b"\xff\xff\xff" + EOI, whole + whole):
        assert decode(Photo("p", data)).shape == ASTRONAUT.shape


@pytest.mark.parametrize(
    "data",
    [
        png(256, 256, zlib.compress(RAW[: len(RAW) // 2])),
        png(256, 256, zlib.compress(RAW)[:5000]),
        png(256, 256, zlib.compress(RAW)).replace(b"IDAT", b"IDAt"),
        png(256, 256, zlib.compress(RAW), colour=3),
    ],
    ids=["half of the rows", "cut data", "no data", "no palette"],
)
def test_a_png_with_rules_broken_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoError, match="damaged"):
        decode(Photo("door.png", data))
