# SPDX-License-Identifier: Apache-2.0
"""Archives from strangers: what an ordinary packer makes is read, and all else is refused before it is used."""

import io
import shutil
import stat
import struct
import subprocess
import unicodedata
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_zips import LIMITS, NOISE, pack, read, refused

from daemon.errors import BadArchive, StorageError
from daemon.zips import ZipReader


@pytest.fixture
def path(tmp_path):
    return tmp_path / "it.zip"


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
