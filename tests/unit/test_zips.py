# SPDX-License-Identifier: Apache-2.0
"""Archives from strangers: what an ordinary packer makes is read, and all else is refused before it is used."""

import io
import shutil
import stat
import struct
import subprocess
import tracemalloc
import unicodedata
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.errors import BadArchive, StorageError
from daemon.zips import Limits, ZipReader

LIMITS = Limits(total_bytes=4_000_000_000)
NOISE = bytes(i * i % 251 for i in range(2000))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "it.zip"


def pack(*members, method=zipfile.ZIP_DEFLATED, sink=None):
    """The bytes of an archive; a member is (name or ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(sink(buffer) if sink else buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def read(path, limits=LIMITS):
    with ZipReader(path, limits) as archive:
        return {entry.name: None if entry.is_folder else archive.read(entry) for entry in archive}


def refused(path, data, word, limits=LIMITS):
    path.write_bytes(data)
    with pytest.raises(BadArchive, match=word):
        ZipReader(path, limits)


class Pipe(io.RawIOBase):
    """Where nobody can go back: sizes come behind the content."""

    def __init__(self, buffer):
        self._buffer = buffer

    def writable(self):
        return True

    def write(self, data):
        return self._buffer.write(data)


ORDINARY = [("Ann/1.jpg", NOISE), ("Ann/2.jpg", b""), ("Bo/", b""), ("Bo/x y.txt", b"hello " * 10)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("sink", [None, Pipe], ids=["file", "pipe"])
def test_what_python_packs_is_read(path, method, sink):
    path.write_bytes(pack(*ORDINARY, method=method, sink=sink))
    assert read(path) == {name: None if name.endswith("/") else content for name, content in ORDINARY}


def test_a_large_archives_form_is_read_however_small_it_is(path):
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.jpg", "w", force_zip64=True) as member:
        member.write(NOISE)
    assert read(path) == {"a.jpg": NOISE}
    # The end as it is written when there are too many entries for the old one.
    data = path.read_bytes()
    *_, count, length, start, _ = struct.unpack("<4s4H2LH", data[-22:])
    place = len(data) - 22
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    old = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(data[:-22] + end + locator + old)
    assert read(path) == {"a.jpg": NOISE}
    lie = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count + 1, count + 1, length, start, 0)
    refused(path, data[:-22] + end + locator + lie, "two different things")
    far = struct.pack("<4sLQL", b"PK\x06\x07", 0, place - 1, 1)
    refused(path, data[:-22] + end + far + old, "not where it should be")


def test_an_empty_archive_is_read(path):
    path.write_bytes(pack())
    assert read(path) == {}


@pytest.mark.skipif(not shutil.which("zip"), reason="zip is not installed")
@pytest.mark.parametrize("piped", [False, True])
def test_what_info_zip_packs_is_read(path, tmp_path, piped):
    (tmp_path / "home" / "Zoë").mkdir(parents=True)
    (tmp_path / "home" / "Zoë" / "1.jpg").write_bytes(NOISE)
    command = ["zip", "-q", "-r", "-" if piped else str(path), "Zoë"]
    done = subprocess.run(command, cwd=tmp_path / "home", check=True, capture_output=True)
    if piped:
        path.write_bytes(done.stdout)
    assert read(path) == {"Zoë/": None, "Zoë/1.jpg": NOISE}


def test_names_are_utf_8_whether_said_or_not_and_else_those_of_dos(path):
    told = pack(("Zoë/1.jpg", b"x"))
    path.write_bytes(told)
    assert read(path) == {"Zoë/1.jpg": b"x"}
    decomposed = unicodedata.normalize("NFD", "Zoë/1.jpg")
    info = zipfile.ZipInfo(decomposed)
    path.write_bytes(pack((info, b"x")).replace(struct.pack("<H", 1 << 11), b"\0\0"))
    assert read(path) == {"Zoë/1.jpg": b"x"}
    raw = pack(("Zo_/1.jpg", b"x")).replace(b"Zo_/", "Zoë/".encode("cp437"))
    path.write_bytes(raw)
    assert read(path) == {"Zoë/1.jpg": b"x"}
    refused(path, told.replace("Zoë/".encode(), b"Zo\xff\xff/"), "no text")


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "/etc/passwd", "a//b", "./a", "a/.", "C:/a", "a\\b", "a\nb", "a\x7fb", ".."],
)
def test_names_that_lead_elsewhere(path, name):
    placeholder = b"x" * len(name)
    refused(path, pack((placeholder.decode(), b"-")).replace(placeholder, name.encode()), "not allowed")


def test_a_nul_in_a_name(path):
    refused(path, pack(("axb", b"-")).replace(b"axb", b"a\0b"), "not allowed")


@pytest.mark.parametrize("name", ["a" * 256, "ä" * 128, "/".join("abcdefghijklmnopq"), "a/" * 600 + "b"])
def test_names_that_are_too_long(path, name):
    refused(path, pack((name, b"x")), "too long")


def test_two_of_one_name(path):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = pack(("a.jpg", b"x"), ("b.jpg", b"x"), ("a.jpg", b"y"))
    refused(path, data, "two entries")
    spelt = [unicodedata.normalize(form, "é.jpg") for form in ("NFC", "NFD")]
    refused(path, pack(*((name, b"x") for name in spelt)), "two entries")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices(path, kind):
    info = zipfile.ZipInfo("a.jpg")
    info.external_attr = (kind | 0o777) << 16
    refused(path, pack((info, b"/etc/passwd")), "link or a device")


def test_encrypted(path):
    data = pack(("a.jpg", NOISE))
    place = data.rindex(b"PK\x01\x02")
    refused(path, data[:6] + b"\1\0" + data[8 : place + 8] + b"\1\0" + data[place + 10 :], "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing(path, method):
    refused(path, pack(("a.jpg", NOISE), method=method), "ordinary zip")


def test_something_before_behind_and_between(path):
    data = pack(("a.jpg", NOISE), ("b.jpg", NOISE))
    refused(path, b"GIF89a" + data, "where its directory is")
    refused(path, data + b"x", "behind its end")
    refused(path, data[:-1], "cut off")
    refused(path, data[:-1] + b"x", "behind its end")
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"hello"
    refused(path, path.read_bytes(), "behind its end")


def hand_made(*records, count=None):
    """An archive of entries (name, packed, size, crc, method, offset or None) whose directory tells what we like."""
    body, directory = b"", b""
    for name, packed, size, crc, method, offset in records:
        place = len(body) if offset is None else offset
        sizes = (crc, len(packed), size, len(name))
        if offset is None:
            body += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, method, 0, 33, *sizes, 0) + name + packed
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, method, 0, 33, *sizes, 0, 0, 0, 0, 0, place)
        directory += name
    count = len(records) if count is None else count
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


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


def peak(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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


def test_no_archive_at_all(path):
    for data in (b"", b"x", NOISE, b"PK\x05\x06" + bytes(17)):
        refused(path, data, "no zip archive")
    with pytest.raises(StorageError):
        ZipReader(path.with_name("gone.zip"), LIMITS)
    link = path.with_name("link.zip")
    link.symlink_to(path)
    with pytest.raises(StorageError):
        ZipReader(link, LIMITS)


names = st.lists(
    st.text("abÄß日 .", min_size=1, max_size=8).filter(lambda s: s not in (".", "..")), min_size=1, max_size=4
)
members = st.dictionaries(names.map("/".join).map(lambda s: unicodedata.normalize("NFC", s)), st.binary(max_size=300))
over_and_over = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@over_and_over
@given(members=members, method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), piped=st.booleans())
def test_whatever_is_packed_comes_out_again(path, members, method, piped):
    path.write_bytes(pack(*members.items(), method=method, sink=Pipe if piped else None))
    assert read(path) == members


@over_and_over
@given(data=st.data())
def test_a_changed_archive_is_refused_or_gives_the_same(path, data):
    whole = {"Ann/1.jpg": NOISE, "Bo/2.jpg": NOISE[::-1]}
    piped = data.draw(st.booleans())
    packed = bytearray(pack(*whole.items(), sink=Pipe if piped else None))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(packed)
    try:
        found = read(path)
    except BadArchive as error:
        assert str(error).isprintable()
    else:
        assert sorted(map(len, found.values())) == sorted(map(len, whole.values()))
        assert set(found.values()) == set(whole.values())


@over_and_over
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_random_bytes_are_refused(path, before, behind):
    path.write_bytes(before + b"PK\x05\x06" + behind)
    try:
        assert read(path) == {}
    except BadArchive as error:
        assert str(error).isprintable()
