# SPDX-License-Identifier: Apache-2.0
"""Small files that ask for much memory: refused before any of it is taken. How fast: `tests/bench/hostile.py`."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support_pictures import PICTURE, chunk, jpeg_claiming, of_many_scans, png, saved, webp_claiming, zeros

from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from support_house import House

_ALLOWED_KB = 20_000

_HOSTILE = """
import pickle, resource, sys
from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import decode
whole, bombs = pickle.load(sys.stdin.buffer)
decode(Photo("p", whole))
usual = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, bomb in bombs.items():
    try:
        decode(Photo("p", bomb))
        outcome = "taken"
    except PhotoError as error:
        outcome = str(error)
    print(name, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - usual, outcome, sep="\\t", flush=True)
"""


def text_bomb(kind: bytes, head: bytes) -> bytes:
    """A small picture with a chunk that unpacks to 400 MB."""
    return png(64, 64, zeros(64 * 193), chunk(kind, head + zeros(400_000_000)))


def animated(frames: int) -> bytes:
    """A PNG whose header says that so many frames of 8,000 x 8,000 follow."""
    control = chunk(b"acTL", frames.to_bytes(4, "big") + bytes(4))
    return png(8000, 8000, zeros(100), control)


REFUSED = {
    "PNG 50k": png(50_000, 50_000, zeros(1000)),
    "PNG 30k": png(30_000, 30_000, zeros(30_000 * 3001)),
    "JPEG 65500": jpeg_claiming(65_500, 65_500),
    "JPEG 9000": jpeg_claiming(9000, 9000),
    "JPEG of many scans": of_many_scans(4800, 20_000),
    "GIF": b"GIF89a" + b"\xff" * 7 + bytes(1000),
    "TIFF": b"II*\0\x08\0\0\0" + b"\xff" * 1000,
    "WebP 16384": webp_claiming(16_384, 16_384),
    "APNG": animated(1_000_000),
    "PNG of chunks": png(64, 64, zeros(64 * 193), *[chunk(b"tEXt", b"")] * 200_000),
    "JPEG of segments": b"\xff\xd8" + b"\xff\xfe\0\2" * 700_000,
    "JPEG of fill bytes": saved(PICTURE, "JPEG")[:-2] + b"\xff" * 2_900_000 + b"\0",
}
HARMLESS = {
    "PNG 65535 x 1": png(65_535, 1, zeros(65_535 * 3 + 1)),
    "PNG 1 x 65535": png(1, 65_535, zeros(65_535 * 4)),
    "PNG with zTXt": text_bomb(b"zTXt", b"a\0\0"),
    "PNG with iTXt": text_bomb(b"iTXt", b"a\0\1\0\0\0"),
    "PNG with iCCP": text_bomb(b"iCCP", b"a\0\0"),
}


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[int, str]]:
    """Of each bomb by how many kB the process grew up to then, and what became of it."""
    done = subprocess.run(
        [sys.executable, "-c", _HOSTILE],
        input=pickle.dumps((saved(PICTURE, "PNG"), REFUSED | HARMLESS)),
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
    )
    rows = (line.split("\t") for line in done.stdout.decode().splitlines())
    return {name: (int(grown), outcome) for name, grown, outcome in rows}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_refused_without_its_memory(told: dict[str, tuple[int, str]], name: str) -> None:
    grown_kb, outcome = told[name]
    assert outcome.startswith("p "), outcome
    assert grown_kb <= _ALLOWED_KB


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_packed_beside_the_pixels_is_never_unpacked(told: dict[str, tuple[int, str]], name: str) -> None:
    grown_kb, outcome = told[name]
    assert outcome == "taken"
    assert grown_kb <= _ALLOWED_KB


def test_the_canvas_of_a_webp_cannot_hide_a_larger_picture() -> None:
    inside = saved(PICTURE, "WEBP", lossless=True)[12:]
    small = b"VP8X" + (10).to_bytes(4, "little") + bytes(10)  # one pixel by one
    body = b"WEBP" + small + inside
    with pytest.raises(PhotoError, match="damaged"):
        decode(Photo("p", b"RIFF" + len(body).to_bytes(4, "little") + body))


def test_pictures_without_room_for_a_face_have_none(house: House) -> None:
    for width, height in ((65_535, 1), (1, 65_535), (1, 1), (3, 2)):
        answer = house.identify(png(width, height, zeros((3 * width + 1) * height)))
        assert answer.status == 200
        assert answer.json["faces"] == []
