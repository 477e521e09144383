# SPDX-License-Identifier: Apache-2.0
"""A damaged gallery.db is found, or holds what it held."""

import contextlib
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support_changes import FILE, Enrol, Merge, opened, put, vector
from support_gallery import DETECTION, MODEL

from daemon.errors import StorageCorrupt, StorageError
from daemon.types import Embedding, Observation

PAGE = 4096
PARTS = st.floats(0, 1, exclude_max=True)
FILES = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def everything(folder):
    """All that can be asked of a gallery, read as whod does. Raises StorageError."""
    with contextlib.closing(opened(folder)) as gallery:
        kept = gallery._store
        contents = kept.load()
        pictures = {sample.id: kept.picture(sample.id) for sample in contents.samples}
        answers = [gallery.answered(Enrol(name, number).request) for number, name in enumerate(NAMES, 1)]
        return contents, pictures, kept.undos(), answers, gallery.people(), gallery.groups()


NAMES = [f"Person {number}" for number in range(1, 41)]


@pytest.fixture
def good(memory):
    """The bytes of a gallery that has something of everything."""
    folder = put({}, memory / "good")
    with contextlib.closing(opened(folder)) as gallery:
        for number, name in enumerate(NAMES, 1):
            Enrol(name, number).do(gallery)
        Merge("Person 4", "Person 3").do(gallery)
        away = -vector(1, 0)
        gallery.add_counter_examples("Person 1", [Observation(DETECTION, 0.8, Embedding(away, MODEL))], "upload")
        gallery.create_group("Residents", NAMES[:2])
    return (folder / FILE).read_bytes()


def is_found(bad, memory, wanted):
    """Whether a damaged file was found to be one; else it must hold what it held."""
    folder = put({FILE: bad}, memory / "bad")
    try:
        there = everything(folder)
    except StorageError:
        return True
    assert there == wanted
    return False


def flip(good, memory, count, seed):
    """How many flipped bits were found, and how many changed nothing."""
    wanted = everything(put({FILE: good}, memory / "whole"))
    found = 0
    for bit in random.Random(seed).sample(range(8 * len(good)), count):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        found += is_found(bytes(bad), memory, wanted)
    return found, count - found


def test_a_flipped_bit_is_found_or_harmless(good, memory):
    found, _ = flip(good, memory, 150, seed=1)
    assert found


@pytest.mark.slow
def test_each_of_1000_flipped_bits_is_found_or_harmless(good, memory):
    found, harmless = flip(good, memory, 1000, seed=2)
    print(f"{found} found, {harmless} changed nothing")  # noqa: T201
    assert found


@FILES
@given(part=PARTS, unit=st.sampled_from([1, 512, PAGE]))
@example(part=0.0, unit=1)
def test_a_file_that_ends_too_soon_is_found_and_left_as_it_is(good, memory, part, unit):
    size = int(part * len(good)) // unit * unit
    folder = put({FILE: good[:size]}, memory / "bad")
    with pytest.raises(StorageCorrupt, match=r"gallery\.db is damaged"):
        opened(folder)
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert (folder / FILE).read_bytes() == good[:size]


@FILES
@given(part=PARTS, source=st.none() | PARTS, size=st.sampled_from([512, PAGE]))
def test_zeroed_or_misplaced_sectors_are_found_or_harmless(good, memory, part, source, size):
    wanted = everything(put({FILE: good}, memory / "whole"))
    at = int(part * len(good)) // size * size
    start = int((source or 0) * len(good)) // size * size
    sector = bytes(size) if source is None else good[start : start + size]
    is_found(good[:at] + sector + good[at + size :], memory, wanted)
