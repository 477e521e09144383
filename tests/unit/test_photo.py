# SPDX-License-Identifier: Apache-2.0
"""Untrusted bytes become upright RGB pixels, or one sentence."""

import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.errors import PhotoError, PhotoTooLarge
from daemon.types import Photo
from daemon.vision import MAX_ENROL_BYTES, decode, encode_jpeg, shrink
from daemon.vision.header import read_header

ASTRONAUT = skimage.data.astronaut()[:256, 100:356]
BGR = np.ascontiguousarray(ASTRONAUT[:, :, ::-1])


def encoded(suffix: str, picture=BGR, *options) -> bytes:
    ok, data = cv2.imencode(suffix, picture, list(options))
    assert ok
    return data.tobytes()


def with_exif_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_lossless_kinds_give_the_very_pixels(suffix):
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []
    assert np.array_equal(decode(Photo("p", encoded(suffix, BGR, *options))), ASTRONAUT)


@pytest.mark.parametrize("options", [[], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]])
def test_jpeg_gives_rgb(options):
    pixels = decode(Photo("p", encoded(".jpg", BGR, *options)))
    assert np.abs(pixels.astype(int) - ASTRONAUT).mean() < 4


def test_grey_alpha_and_sixteen_bits_become_rgb():
    grey = cv2.cvtColor(BGR, cv2.COLOR_BGR2GRAY)
    assert decode(Photo("p", encoded(".png", grey))).shape == ASTRONAUT.shape
    assert decode(Photo("p", encoded(".png", np.dstack([BGR, grey])))).shape == ASTRONAUT.shape
    deep = decode(Photo("p", encoded(".png", BGR.astype(np.uint16) * 257)))
    assert np.array_equal(deep, ASTRONAUT)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation):
    stored = {
        1: BGR,
        2: BGR[:, ::-1],
        3: BGR[::-1, ::-1],
        4: BGR[::-1],
        5: BGR.transpose(1, 0, 2),
        6: np.rot90(BGR),
        7: BGR[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(BGR, -1),
    }[orientation]
    jpeg = encoded(".jpg", np.ascontiguousarray(stored), cv2.IMWRITE_JPEG_QUALITY, 98)
    pixels = decode(Photo("p", with_exif_orientation(jpeg, orientation)))
    assert np.abs(pixels.astype(int) - ASTRONAUT).mean() < 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_cut_off_anywhere_is_refused(suffix):
    whole = encoded(suffix)
    for percent in range(100):
        with pytest.raises(PhotoError) as caught:
            decode(Photo("door.jpg", whole[: len(whole) * percent // 100]))
        assert "door.jpg" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(100), "a GIF"),
        (b"%PDF-1.7" + bytes(100), "a PDF"),
        (b"BM" + bytes(100), "a BMP"),
        (b"II*\0" + bytes(100), "a TIFF"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (bytes(4) + b"ftypheic" + bytes(100), "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that whod knows"),
        (b"\xff", "no picture that whod knows"),
    ],
)
def test_other_kinds_are_refused_by_name(data, kind):
    with pytest.raises(PhotoError, match=kind):
        decode(Photo("p", data))


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (30_000, 30_000), (4900, 4900)])
def test_a_bomb_is_refused_by_its_header(width, height):
    with pytest.raises(PhotoTooLarge, match=f"{width} x {height}"):
        decode(Photo("p", png_claiming(width, height)))


def test_a_progressive_jpeg_cannot_be_scaled_while_decoded_and_has_the_lower_bound():
    for options, taken in (([], True), ([cv2.IMWRITE_JPEG_PROGRESSIVE, 1], False)):
        data = encoded(".jpg", np.zeros((5000, 5000, 3), np.uint8), *options)
        if taken:
            assert decode(Photo("p", data)).shape == (2500, 2500, 3)
        else:
            with pytest.raises(PhotoTooLarge, match="24 million"):
                decode(Photo("p", data))


def test_opencv_itself_refuses_a_bomb():
    script = (
        "import daemon, cv2, numpy as np\n"
        "data = cv2.imencode('.png', np.zeros((9000, 9000), np.uint8))[1]\n"
        "try: print(cv2.imdecode(data, cv2.IMREAD_COLOR) is None)\n"
        "except cv2.error: print(True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_jpeg_bomb_is_refused_by_its_header():
    jpeg = bytearray(encoded(".jpg"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    with pytest.raises(PhotoTooLarge):
        decode(Photo("p", bytes(jpeg)))


def test_the_bound_on_bytes():
    data = encoded(".png")
    with pytest.raises(PhotoTooLarge, match=f"{len(data):,} bytes"):
        decode(Photo("p", data), max_bytes=len(data))
    assert decode(Photo("p", data), max_bytes=len(data) + 1).shape == ASTRONAUT.shape


def test_a_damaged_middle_is_refused_or_decoded_but_never_anything_else():
    jpeg = encoded(".jpg")
    rng = np.random.default_rng(1)
    for _ in range(300):
        data = bytearray(jpeg)
        data[int(rng.integers(len(data)))] = int(rng.integers(256))
        try:
            assert decode(Photo("p", bytes(data))).ndim == 3
        except PhotoError as error:
            assert str(error)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_header_or_a_sentence(data, magic):
    try:
        assert read_header(Photo("p", magic + data)).width > 0
    except PhotoError as error:
        assert str(error).startswith("p ")


def test_large_pictures_are_scaled_while_decoded():
    large = cv2.resize(BGR, (5000, 4500))
    pixels = decode(Photo("p", encoded(".jpg", large)))
    assert pixels.shape == (2250, 2500, 3)
    assert decode(Photo("p", encoded(".png", large, cv2.IMWRITE_PNG_COMPRESSION, 1))).shape[1] == 2048


def test_shrink_keeps_small_and_fits_large():
    small = Photo("p", encoded(".png"))
    assert shrink(small) is small
    noise = np.random.default_rng(0).integers(0, 256, (2400, 3200, 3), dtype=np.uint8)
    large = Photo("p", encoded(".jpg", noise, cv2.IMWRITE_JPEG_QUALITY, 100))
    assert len(large.data) > MAX_ENROL_BYTES
    fitted = shrink(large)
    assert len(fitted.data) < MAX_ENROL_BYTES
    assert decode(fitted, MAX_ENROL_BYTES).shape[1] == 2048


def test_encoded_pictures_decode_again():
    pixels = decode(Photo("p", encode_jpeg(ASTRONAUT, quality=95)))
    assert np.abs(pixels.astype(int) - ASTRONAUT).mean() < 3
