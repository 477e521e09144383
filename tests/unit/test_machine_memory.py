# SPDX-License-Identifier: Apache-2.0
"""Memory that is free goes back to the system."""

import ctypes
import subprocess
import sys
import textwrap

import pytest

from daemon.machine import give_back_memory

SCRIPT = """
    from daemon.machine import give_back_memory

    def resident():
        return int(open("/proc/self/status").read().partition("VmRSS:")[2].split()[0])

    holes = [bytearray(100_000) for _ in range(1000)]
    last = bytearray(1000)
    kept = resident()
    del holes[:999]
    give_back_memory()
    print(kept - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_holes_are_given_back():
    given = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True, check=True, timeout=30
    )
    assert int(given.stdout) > 80_000, "in kB"


def test_where_the_c_library_cannot_nothing_happens(monkeypatch):
    monkeypatch.setattr("daemon.machine.ctypes.CDLL", lambda _: object())
    give_back_memory()
