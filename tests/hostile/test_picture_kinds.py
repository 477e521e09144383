# SPDX-License-Identifier: Apache-2.0
"""What is taken is seen as any viewer shows it; what is not is refused by name."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from support_daemon import EILEEN, ROOT
from support_pictures import ASTRONAUT, PICTURE, exif, saved, segment, stored_as

from daemon.config import load
from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import Vision, decode

GREY, PALETTE = PICTURE.convert("L"), PICTURE.quantize(200)
DEEP = np.linspace(0, 65_535, 256 * 256).reshape(256, 256).astype(np.uint16)


def as_rgb(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def far(data: bytes, shown: np.ndarray) -> float:
    """The mean difference of what whod sees and what is shown."""
    return float(np.abs(decode(Photo("p", data)).astype(int) - shown).mean())


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpegs_of_each_colour_model(mode: str, progressive: bool) -> None:
    data = saved(PICTURE.convert(mode), "JPEG", quality=95, progressive=progressive)
    assert far(data, as_rgb(PICTURE.convert(mode))) < 2.5


def test_a_jpeg_of_plain_rgb() -> None:
    assert far(saved(PICTURE, "JPEG", quality=95, keep_rgb=True), ASTRONAUT) < 2


def test_a_cmyk_jpeg_that_is_not_inverted_is_seen_as_others_see_it() -> None:
    data = saved(PICTURE.convert("CMYK"), "JPEG", quality=95)
    at = data.index(b"\xff\xee")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    plain = data[:at] + data[at + 2 + length :]
    assert far(plain, as_rgb(Image.open(io.BytesIO(plain)))) < 2.5


@pytest.mark.parametrize("picture", [PICTURE, GREY, PALETTE, PICTURE.convert("1")], ids=lambda p: p.mode)
def test_pngs_of_each_colour_type(picture: Image.Image) -> None:
    assert far(saved(picture, "PNG"), as_rgb(picture)) == 0


def test_sixteen_bits_are_scaled_to_eight() -> None:
    shown = np.repeat((DEEP / 257).round().astype(int)[..., None], 3, axis=2)
    assert np.abs(decode(Photo("p", saved(Image.fromarray(DEEP), "PNG"))) - shown).max() <= 1


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True, "exact": True})])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_not_seen(kind: str, options: dict[str, bool], mode: str) -> None:
    hidden = np.dstack([ASTRONAUT, np.full((256, 256), 255, np.uint8)])
    hidden[:, :128, 3] = 0
    hidden[:, 128:192, 3] = 128
    picture = Image.fromarray(hidden).convert(mode)
    shown = as_rgb(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA")))
    data = saved(picture.convert("RGBA") if kind == "WEBP" else picture, kind, **options)
    assert far(data, shown) < 0.5
    assert (decode(Photo("p", data))[:, :128] == 255).all()


def test_a_transparent_colour_of_a_palette_is_not_seen() -> None:
    colour = PALETTE.getpixel((128, 128))
    seen = decode(Photo("p", saved(PALETTE, "PNG", transparency=colour)))
    assert (seen[np.asarray(PALETTE) == colour] == 255).all()
    others = np.asarray(PALETTE) != colour
    assert np.array_equal(seen[others], as_rgb(PALETTE)[others])


@pytest.mark.parametrize(
    ("picture", "clear"),
    [(GREY, 100), (PICTURE, (1, 2, 3)), (PICTURE.convert("1"), 0), (Image.fromarray(DEEP), 25_700)],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else "",
)
def test_a_shade_that_is_transparent_is_seen(picture: Image.Image, clear: int | tuple[int, ...]) -> None:
    whole = decode(Photo("p", saved(picture, "PNG")))
    assert np.abs(decode(Photo("p", saved(picture, "PNG", transparency=clear))).astype(int) - whole).max() <= 1


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"quality": 95})])
def test_however_the_camera_was_held_the_face_is_the_same(kind: str, options: dict[str, int]) -> None:
    vision = Vision.load(ROOT / "models", load().settings)
    upright = Image.open(EILEEN)
    (expected,) = vision.analyse(decode(Photo("p", saved(upright, kind, **options))))
    for orientation in range(1, 9):
        data = saved(stored_as(upright, orientation), kind, exif=exif(orientation), **options)
        (face,) = vision.analyse(decode(Photo("p", data)))
        assert face.embedding.similarity(expected.embedding) >= 0.98, orientation


def test_an_orientation_that_makes_no_sense_is_passed_over() -> None:
    for orientation in (0, 9, 65_535):
        assert far(saved(PICTURE, "PNG", exif=exif(orientation)), ASTRONAUT) == 0
    for broken in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        data = saved(PICTURE, "JPEG", quality=95)
        assert far(data[:2] + segment(0xE1, broken) + data[2:], ASTRONAUT) < 2.5


def heif(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(1000)


FRAMES = {"save_all": True, "append_images": [PICTURE.rotate(90), PICTURE.rotate(180)]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (saved(PALETTE, "GIF", save_all=True, append_images=[PALETTE.rotate(90)]), "is a GIF: give a JPEG"),
        (saved(PICTURE, "PNG", **FRAMES), "is animated: give a still picture"),
        (saved(PICTURE, "WEBP", **FRAMES), "is animated: give a still picture"),
        (saved(PICTURE, "TIFF"), "is a TIFF"),
        (saved(PICTURE, "BMP"), "is a BMP"),
        (saved(PICTURE, "JPEG2000"), "is no picture that whod knows"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no picture that whod knows"),
        (b"<!doctype html><script>alert(1)</script>", "no picture that whod knows"),
        (b"%PDF-1.7\n" + bytes(100), "is a PDF"),
        (b"PK\x03\x04" + bytes(100) + saved(PICTURE, "JPEG"), "is a ZIP archive"),
        (heif(b"heic"), "is a HEIC: on the iPhone choose Settings, Camera, Formats, Most Compatible"),
        (heif(b"mif1"), "is a HEIC"),
        (heif(b"msf1"), "is a HEIC"),
        (heif(b"avif"), "is an AVIF: give a JPEG"),
        (heif(b"qt  "), "is a video: give a still picture"),
        (saved(PICTURE, "JPEG").replace(b"\xff\xc0", b"\xff\xc9", 1), "JPEG without loss or with arithmetic coding"),
        (saved(PICTURE, "JPEG").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c", 1), "JPEG of 3 times 12 bits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_taken_is_told_by_its_kind(data: bytes, says: str) -> None:
    with pytest.raises(PhotoError, match=says):
        decode(Photo("p", data))
