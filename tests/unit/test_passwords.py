# SPDX-License-Identifier: Apache-2.0
"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st

from daemon.access import codes, passwords
from daemon.access.common import is_easy
from daemon.access.passwords import Hasher, check
from daemon.errors import BadPassword, TooManyGuesses

_LIST = """
password1234 Password123! P@ssw0rd!2345 passwordpassword passw0rd2026 123456789012 123123123123 111111111111
000000000000 qwertyuiop12 qwertyuiop[] qwertz123456 asdfghjkl123 1qaz2wsx3edc 1q2w3e4r5t6y zaq12wsxcde3
qazwsxedcrfv zxcvbnm12345 iloveyou1234 iloveyouforever1 ichliebedich sunshine1234 princess2024 football1234
monkeymonkey1 dragon123456 superman2024! letmein12345 welcome12345 Welcome2024!! willkommen2026 changeme1234
administrator admin1234567 adminadmin12 rootroot1234 trustno1trustno1 starwars1977 abcdefghijkl abcabcabcabc
abc123abc123 aaaaaaaaaaaa aaaaaaaaaaab sommer2026sommer Winter2025!!! Januar2026!! 14.02.1987!! 01.01.2000-1
raspberry123 raspberrypi2024! raspberryraspberry homeassistant frontdoor1234 haustuer2026 whodwhodwhod
whod-whod-whod front-door-2026 Geheim123456 Passwort123! kennwort1234 mustang19690 michael12345 schatzischatzi
159357159357 147258369147 qwe123qwe123 !@#$%^&*()!@
"""
GUESSED_FIRST = _LIST.split()

NOT_GUESSED = (
    "correct horse battery staple",
    "x7Kq2zP9vLmA",
    "gurke-lampe-fjord",
    "Dr Maier wohnt nebenan",
    "mein hund heisst rex",
    "zwölf käse brote",
    "green door by the river",
    "倉庫の前に自転車が二台あります",
    "Пять синих ёжиков спят",
    "7h!Qz)w2Kp4$",
)


@pytest.mark.parametrize("password", GUESSED_FIRST)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(BadPassword, match="among the first that are guessed"):
        check(password, ("whod", "raspberry", "front-door"))


@pytest.mark.parametrize("password", NOT_GUESSED)
def test_what_is_not_guessed_is_taken(password: str) -> None:
    check(password, ("whod", "raspberry", "front-door"))


def test_the_devices_own_words_are_no_password() -> None:
    check("eingang-villa-2026x")
    with pytest.raises(BadPassword):
        check("eingang-villa-2026x", ("villa", "Eingang-Villa"))


@pytest.mark.parametrize(("password", "length"), [("", 0), ("short", 5), ("elf zeichen", 11), ("ﬃ" * 3, 9)])
def test_too_short(password: str, length: int) -> None:
    with pytest.raises(BadPassword, match=f"has {length} characters and needs at least 12"):
        check(password)


def test_the_shortest_and_the_longest() -> None:
    check("kQ7 vX2 pL9z")
    longest = "".join(f"{number:x}g" for number in range(400))[:1024]
    check(longest)
    with pytest.raises(BadPassword, match="too long: take at most 1024 bytes"):
        check(longest + "x")


@given(st.text(max_size=60))
def test_any_text_is_looked_at(text: str) -> None:
    """It ends, and more of the same makes nothing harder."""
    assert is_easy(text) or not is_easy(text + "zQ")


def test_it_is_kept_as_argon2id_with_19_mib() -> None:
    hashed = Hasher().hash(NOT_GUESSED[0])
    found = extract_parameters(hashed)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19 * 1024, 2, 1)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed != Hasher().hash(NOT_GUESSED[0])


def test_the_same_keys_of_other_keyboards_are_the_same_password() -> None:
    hasher = Hasher()
    hashed = hasher.hash("Caf\u00e9 am Fluss 9")
    assert hasher.is_right("Cafe\u0301 am Fluss 9", hashed)
    assert hasher.is_right("\uff23afe\u0301 am Fluss 9", hashed)
    assert not hasher.is_right("Cafe am Fluss 9", hashed)
    assert not hasher.is_right("caf\u00e9 am Fluss 9", hashed)


def test_nothing_is_right_while_there_is_no_password() -> None:
    hasher = Hasher()
    assert not hasher.is_right("", None)
    assert not hasher.is_right(NOT_GUESSED[0], None)


def test_what_is_looked_at_without_a_password_costs_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    found = extract_parameters(passwords._NONE)
    assert found == extract_parameters(Hasher().hash(NOT_GUESSED[0]))


def test_one_at_a_time_and_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_PATIENCE_S", 0.05)
    hasher, inside = Hasher(), threading.Event()
    go_on = threading.Event()

    def hold() -> None:
        with hasher._alone():
            inside.set()
            go_on.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert inside.wait(5)
        with pytest.raises(TooManyGuesses, match="in a few seconds"):
            hasher.is_right("x", None)
    finally:
        go_on.set()
        thread.join(5)
    assert not hasher.is_right("x", None)


def test_the_memory_is_given_back() -> None:
    code = """
from daemon.access.passwords import Hasher
def resident(): return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
hasher = Hasher()
hasher.hash("a")
before = resident()
for _ in range(4): hasher.is_right("a", None)
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000, "kB"


def test_the_memory_is_given_back_in_each_thread() -> None:
    """The C library keeps a heap a thread."""
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from daemon.access.passwords import Hasher
def resident(): return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
hasher, all_ = Hasher(), Barrier(6)
def look(_):
    all_.wait()
    hasher.is_right("a", None)
    all_.wait()
hasher.hash("a")
before = resident()
with ThreadPoolExecutor(6) as threads:
    for _ in range(2): list(threads.map(look, range(6)))
    print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 19_000, "kB"


def test_too_little_memory_is_said() -> None:
    code = """
import resource
from daemon.access.passwords import Hasher
from daemon.errors import TooManyGuesses
hasher = Hasher()
hasher.hash("a")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 8_000_000, resource.RLIM_INFINITY))
for look in (lambda: hasher.hash("a"), lambda: hasher.is_right("a", None)):
    try:
        look()
    except TooManyGuesses as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("too little memory") == 2, done.stdout


def test_a_code_is_read_and_typed_by_people() -> None:
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(len(code) == 14 and not set("01OILU") & set(code) for code in made)
    code = made.pop()
    for typed in (code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", code.replace("-", "\u2013")):
        assert codes.digest(typed) == codes.digest(code)
    assert codes.digest(code[:-1]) != codes.digest(code)
