# SPDX-License-Identifier: Apache-2.0
"""A short form of the fuzzers: the same checks on a few thousand inputs. The long form is in docs/figures.md."""

from __future__ import annotations

import random
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_archive_reading import check as check_archive
from support_archive_reading import seeds as archives
from support_pictures import seeds, with_true_checksums
from support_tensors import check, tensors

from daemon.errors import PhotoError
from daemon.types import Photo
from daemon.vision import decode

if TYPE_CHECKING:
    from pathlib import Path

numbers = st.one_of(
    st.floats(-40, 40, width=32), st.sampled_from([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 6.0])
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes or lengths of it other than they were."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                del changed[at : at + chance.randint(1, 40)]
            case 3:
                changed[at:at] = changed[at // 2 : at // 2 + chance.randint(1, 40)]
            case _:
                changed[at : at + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", bytes(4), b"\0\0\0\1", b"\x7f\xff\xff\xff"]
                )
        changed = changed or bytearray(b"\0")
    return bytes(changed)


@pytest.mark.parametrize("number", range(len(seeds())))
def test_a_picture_with_bytes_changed_is_a_picture_or_a_sentence(number: int) -> None:
    chance, seed = random.Random(number), seeds()[number]
    for _ in range(80):
        try:
            pixels = decode(Photo("p", with_true_checksums(mutated(seed, chance))))
        except PhotoError as error:
            assert str(error).startswith("p ")
        else:
            assert (pixels.ndim, pixels.shape[2], pixels.dtype) == (3, 3, np.uint8)


@pytest.mark.parametrize("number", range(len(archives())))
def test_an_archive_with_bytes_changed_is_read_or_refused(number: int, tmp_path: Path) -> None:
    chance, seed = random.Random(number), archives()[number]
    for _ in range(12):
        check_archive(tmp_path, mutated(seed or b"PK", chance))


@given(st.lists(numbers, min_size=1, max_size=120))
@settings(max_examples=60)
def test_whatever_numbers_the_detector_gives_its_faces_are_faces(values: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numpy, where infinities meet
        outputs = tensors(np.array(values, np.float32).tobytes())
        check(lambda _: outputs)


def test_a_wall_of_faces_is_looked_at_only_so_often() -> None:
    """Each cell of the model a face, as far apart as they can be: a second look at each would hold up the frames."""
    looks = 0
    heads = np.zeros((2304, 16), np.float32)
    heads[:, 2:4] = 0.1
    outputs = heads, np.full((2304, 1), 6, np.float32)

    def model(_pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal looks
        looks += 1
        return outputs

    check(model)
    assert 1 < looks <= 1 + 64
