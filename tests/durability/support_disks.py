# SPDX-License-Identifier: Apache-2.0
"""Disks of a test's own, which can be filled and can fail."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]} is not permitted here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(folder: Path, *options: str | Path) -> Iterator[Path]:
    """A folder with a disk mounted as `mount` is told by `options`."""
    if os.geteuid():
        pytest.skip("only root may mount")
    folder.mkdir()
    _run("mount", *options, folder)
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes."""
    with mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as disk:
        yield disk


@contextlib.contextmanager
def failing_disk(folder: Path) -> Iterator[Path]:
    """A disk with a file system as that of an SD card, which `fail` makes read-only."""
    image = folder.with_name("image")
    with image.open("wb") as file:
        file.truncate(32 * 1024 * 1024)
    _run("mkfs.ext4", "-q", image)
    with mounted(folder, "-o", "loop", image) as disk:
        yield disk


def fail(disk: Path) -> None:
    """What the kernel does when the disk fails it: nothing more is written, though files are open for that."""
    _run("mount", "-o", "remount,abort", disk)


def fill(disk: Path, spare: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC
        file.truncate(max(0, file.tell() - spare))
    return filler
