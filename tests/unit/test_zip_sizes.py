# SPDX-License-Identifier: Apache-2.0
"""Archives whose directory lies, and bombs: refused before they take memory."""

import struct
import zlib

import pytest
from support_memory import peak
from support_zips import LIMITS, NOISE, pack, read, refused

from daemon.errors import BadArchive
from daemon.zips import Limits, ZipReader


@pytest.fixture
def path(tmp_path):
    return tmp_path / "it.zip"


def hand_made(*records, count=None):
    """An archive of entries (name, packed, size, crc, method, offset or None) whose directory tells what we like."""
    body, directory = bytearray(), bytearray()
    for name, packed, size, crc, method, offset in records:
        place = len(body) if offset is None else offset
        sizes = (crc, len(packed), size, len(name))
        if offset is None:
            body += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, method, 0, 33, *sizes, 0) + name + packed
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, method, 0, 33, *sizes, 0, 0, 0, 0, 0, place)
        directory += name
    count = len(records) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def entry(name=b"a.jpg", content=NOISE, size=None, offset=None):
    return (name, content, len(content) if size is None else size, zlib.crc32(content), 0, offset)


def test_hand_made_is_well_made(path):
    path.write_bytes(hand_made(entry(), entry(b"b.jpg")))
    assert read(path) == {"a.jpg": NOISE, "b.jpg": NOISE}


def test_entries_that_overlap_or_are_not_in_order(path):
    refused(path, hand_made(entry(), entry(offset=0)), "overlap")
    one, other = entry(), entry(b"b.jpg")
    data = hand_made(one, other)
    start = struct.unpack("<L", data[-6:-2])[0]
    length = 46 + 5
    swapped = data[:start] + data[start + length : start + 2 * length] + data[start : start + length] + data[-22:]
    refused(path, swapped, "before its first entry")
    inner = hand_made(entry(b"in.jpg"))
    refused(
        path, hand_made(entry(content=inner), (b"in.jpg", NOISE, len(NOISE), zlib.crc32(NOISE), 0, 35)), "overlap"
    )


def test_sizes_that_are_lies(path):
    deflated = zlib.compress(NOISE)[2:-4]
    crc = zlib.crc32(NOISE)
    refused(path, hand_made(entry(size=10)), "true size")
    refused(path, hand_made((b"a", deflated, 0xFFFFFFFF, crc, 8, None)), "true sizes")
    refused(path, hand_made((b"a/", deflated, len(NOISE), crc, 8, None)), "true size")
    data = hand_made((b"a", deflated, len(NOISE), crc, 8, None))
    place = data.rindex(b"PK\x01\x02") + 24
    refused(path, data[:place] + struct.pack("<L", 10) + data[place + 4 :], "two different things")
    refused(path, hand_made(entry(), count=2), "directory")
    refused(path, hand_made(entry(), entry(b"b"), count=1), "more in it")


@pytest.mark.parametrize("size", [len(NOISE) - 1, len(NOISE) + 1])
def test_content_that_is_not_what_was_told_is_found_when_it_is_read(path, size):
    deflated = zlib.compress(NOISE)[2:-4]
    path.write_bytes(hand_made((b"a", deflated, size, zlib.crc32(NOISE), 8, None)))
    with pytest.raises(BadArchive, match="damaged"):
        read(path)


def test_content_with_something_behind_it_or_cut_off(path):
    deflated = zlib.compress(NOISE)[2:-4]
    for packed in (deflated + b"more", deflated[:-2], b"\xff" * 100):
        path.write_bytes(hand_made((b"a", packed, len(NOISE), zlib.crc32(NOISE), 8, None)))
        with pytest.raises(BadArchive, match="damaged"):
            read(path)


def test_bombs_are_refused_without_being_unpacked(path):
    bomb = pack(("a.jpg", bytes(100_000_000)))
    assert len(bomb) < 100_000
    refused(path, bomb, "times smaller")
    refused(path, pack(("a", NOISE), ("b", NOISE)), "unpacked", Limits(total_bytes=3999))
    refused(path, pack(("a", NOISE), ("b", NOISE)), "entries", Limits(total_bytes=4000, entries=1))
    path.write_bytes(pack(("a", NOISE), ("b", NOISE)))
    assert len(read(path, Limits(total_bytes=4000, entries=2))) == 2


def test_a_stream_that_gives_more_than_was_told_is_cut_off_in_little_memory(path):
    content = bytes(200_000_000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    path.write_bytes(hand_made((b"a", packed, 10 * len(packed), zlib.crc32(content), 8, None)))
    del content

    def look():
        with pytest.raises(BadArchive, match="damaged"):
            read(path)

    assert peak(look) < 20_000_000


def test_many_entries_take_little_memory(path):
    many = 60_000
    path.write_bytes(hand_made(*(entry(b"%d.jpg" % n, b"x") for n in range(many))))

    def look():
        with ZipReader(path, LIMITS) as archive:
            assert len(archive) == many

    assert peak(look) < many * 40  # of a million that is 40 MB with all that Python keeps, 10 of it in one array
