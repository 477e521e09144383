# SPDX-License-Identifier: Apache-2.0
"""The arm64 parts of `make platform`, as far as they go without an arm64 system."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "platform"
X86_64, AARCH64 = 62, 183
RELOCATABLE, PROGRAM, SHARED = 1, 2, 3
LITTLE, BIG = 1, 2
LINUX = 3


def header(*, machine: int, kind: int, bits: int = 64, order: int = LITTLE, system: int = 0) -> bytes:
    """The beginning of an ELF file."""
    ident = bytes((0x7F, *b"ELF", bits // 32, order, 1, system)).ljust(16, b"\0")
    return ident + struct.pack("<HH" if order == LITTLE else ">HH", kind, machine)


@pytest.fixture(scope="module")
def emulated():
    """Whether a file that begins so is given to the emulator."""
    script = f'source "{HERE}/lib.sh"; source "{HERE}/arm64/emulation.sh"; arm64_programs'
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True
    ).stdout
    magic, mask = (bytes.fromhex(field.replace("\\x", "")) for field in said.split(":"))
    assert len(magic) == len(mask)
    return lambda begin: all(
        (byte ^ wanted) & care == 0 for byte, wanted, care in zip(begin, magic, mask, strict=True)
    )


@pytest.mark.parametrize("kind", [PROGRAM, SHARED])
@pytest.mark.parametrize("system", [0, LINUX])
def test_programs_for_arm64_are_emulated(emulated, kind, system):
    assert emulated(header(machine=AARCH64, kind=kind, system=system))


@pytest.mark.parametrize(
    "other",
    [
        header(machine=X86_64, kind=PROGRAM),
        header(machine=X86_64, kind=SHARED),
        header(machine=AARCH64, kind=RELOCATABLE),
        header(machine=AARCH64, kind=PROGRAM, bits=32),
        header(machine=AARCH64, kind=PROGRAM, order=BIG),
        b"#!/bin/sh\n".ljust(20),
    ],
)
def test_nothing_else_is(emulated, other):
    assert not emulated(other)


def test_this_python_is_emulated_only_where_it_is_for_arm64(emulated):
    with Path(sys.executable).open("rb") as file:
        assert emulated(file.read(20)) == (os.uname().machine == "aarch64")


def test_the_chosen_tests_are_there():
    lines = (HERE / "arm64" / "selection").read_text().splitlines()
    chosen = [line for line in lines if not line.startswith("#")]
    assert chosen
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *chosen]
    done = subprocess.run(collect, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_without_a_debian_it_says_which_there_are():
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, HERE / "arm64" / "run.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bookworm or trixie" in done.stderr
