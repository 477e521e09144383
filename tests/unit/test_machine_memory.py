# SPDX-License-Identifier: Apache-2.0
"""Threads share one heap, and memory that is free goes back to the system."""

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

HEAPS = """
    import ctypes, sys, threading
    from daemon.machine import share_one_heap

    share_one_heap()
    together = threading.Barrier(4)

    def allocate():
        together.wait()
        bytearray(100_000)
        together.wait()

    threads = [threading.Thread(target=allocate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
"""

needs_glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")


def run(script, *words):
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


@needs_glibc
def test_holes_are_given_back():
    assert int(run(SCRIPT)) > 80_000, "in kB"


@needs_glibc
def test_threads_share_one_heap(tmp_path):
    run(HEAPS, tmp_path / "heaps")
    assert (tmp_path / "heaps").read_text().count("<heap nr=") == 1
    run(HEAPS.replace("    share_one_heap()\n", ""), tmp_path / "heaps")
    assert (tmp_path / "heaps").read_text().count("<heap nr=") > 1, "without it each thread has one of its own"


def test_where_the_c_library_cannot_nothing_happens(monkeypatch):
    monkeypatch.setattr("daemon.machine.ctypes.CDLL", lambda _: object())
    give_back_memory()
