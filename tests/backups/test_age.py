# SPDX-License-Identifier: Apache-2.0
"""age files: against the ordinary `age`, against pyrage, and against damage."""

from __future__ import annotations

import io
import os
import pty
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.backup import age as whods
from daemon.backup.age import INTRO, Sealed
from daemon.errors import BadBackup, BadPassphrase

pyrage = pytest.importorskip("pyrage")

PASSPHRASE = "correct horse Zoë 馬"
QUICK = 4
"""Work factor of tests that are not about it."""
CHUNK = 64 * 1024
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


def sealed(data, passphrase=PASSPHRASE, work_factor=QUICK, piece=7919):
    out = io.BytesIO()
    file = Sealed(out, passphrase, work_factor)
    for start in range(0, len(data), piece):
        file.write(data[start : start + piece])
    file.finish()
    return out.getvalue()


def opened(data, passphrase=PASSPHRASE):
    return b"".join(whods.opened(io.BytesIO(data), passphrase))


def age(*arguments, answers):
    """Run the ordinary age, which asks a terminal for the passphrase."""
    if shutil.which("age") is None:
        pytest.skip("age is not installed: apt install age")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("age", ["age", *map(str, arguments)])
    try:
        heard = b""
        for answer in answers:
            while b":" not in heard:
                heard += os.read(terminal, 1024)
            heard = b""
            os.write(terminal, answer.encode() + b"\n")
        while True:
            try:
                if not (more := os.read(terminal, 1024)):
                    break
            except OSError:
                break
            heard += more
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, heard


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back(size):
    data = os.urandom(size)
    assert opened(sealed(data)) == data


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_opens_it(size):
    data = os.urandom(size)
    assert pyrage.passphrase.decrypt(sealed(data), PASSPHRASE) == data


def test_a_file_of_pyrage_opens():
    data = os.urandom(CHUNK + 5)
    try:
        assert opened(pyrage.passphrase.encrypt(data, PASSPHRASE)) == data
    except BadBackup as error:
        # pyrage works as hard as this machine can in a second, which may be more than is read.
        assert "rounds of scrypt" in str(error)


def test_age_opens_it(tmp_path):
    data = os.urandom(CHUNK + 5)
    (tmp_path / "file.age").write_bytes(sealed(data, work_factor=16))
    age("-d", "-o", tmp_path / "file", tmp_path / "file.age", answers=[PASSPHRASE])
    assert (tmp_path / "file").read_bytes() == data


def test_a_file_of_age_opens(tmp_path):
    data = os.urandom(2 * CHUNK)
    (tmp_path / "file").write_bytes(data)
    age("-p", "-o", tmp_path / "file.age", tmp_path / "file", answers=[PASSPHRASE, PASSPHRASE])
    assert opened((tmp_path / "file.age").read_bytes()) == data


def test_another_passphrase_is_refused():
    with pytest.raises(BadPassphrase, match="not the passphrase"):
        opened(sealed(b"secret"), "another")


def test_a_file_for_a_key_is_told():
    identity = pyrage.x25519.Identity.generate()
    with pytest.raises(BadBackup, match="made for a key"):
        opened(pyrage.encrypt(b"secret", [identity.to_public()]))


def test_too_much_work_is_refused():
    header = INTRO + b"-> scrypt " + b"A" * 22 + b" 19\n" + b"A" * 43 + b"\n--- " + b"A" * 43 + b"\n"
    with pytest.raises(BadBackup, match="age -d"):
        opened(header + bytes(100))


def test_a_second_recipient_beside_the_passphrase_is_refused():
    good = sealed(b"secret")
    with pytest.raises(BadBackup, match="damaged"):
        opened(good.replace(b"\n---", b"\n-> other x\n" + b"A" * 43 + b"\n---", 1))


_DATA = bytes(range(256)) * 300
_GOOD = sealed(_DATA, "p")


@settings(max_examples=200)
@given(st.integers(0, len(_GOOD) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_never_taken(place, bit):
    bad = bytearray(_GOOD)
    bad[place] ^= 1 << bit
    with pytest.raises((BadBackup, BadPassphrase)) as raised:
        opened(bytes(bad), "p")
    assert str(raised.value).endswith((".", "first."))


@settings(max_examples=200)
@given(st.integers(0, len(_GOOD) - 1))
def test_a_file_that_was_cut_off_is_never_taken(length):
    with pytest.raises((BadBackup, BadPassphrase)):
        opened(_GOOD[:length], "p")


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=2 * CHUNK))
def test_more_behind_the_end_is_never_taken(more):
    with pytest.raises(BadBackup):
        opened(_GOOD + more, "p")


def test_chunks_cannot_change_places():
    head, size = len(_GOOD) - len(_DATA) - 2 * 16, CHUNK + 16
    assert len(_DATA) > CHUNK
    one, two = _GOOD[head : head + size], _GOOD[head + size :]
    for bad in (two + one, one + one + two, one, two):
        with pytest.raises(BadBackup):
            opened(_GOOD[:head] + bad, "p")
