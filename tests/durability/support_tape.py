# SPDX-License-Identifier: Apache-2.0
"""What is done to the files of a folder, by SQLite and by the os module, and what of it fails."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from support_disk import Deleted, Disk, FolderSynced, Made, Renamed, Synced, Truncated, Written
from support_shim import Connection, TapedFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support_disk import Operation


@dataclass
class Tape:
    """Operations on the files of a folder, in order, and which of them fail."""

    folder: Path
    operations: list[Operation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """How often each kind of `CODES` was asked for."""
    failing: str = ""
    """The kind of operation that fails,"""
    first: int = 0
    """from this one on, counted from 1,"""
    last: int = 0
    """to this one."""

    def __post_init__(self) -> None:
        self.before = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        self.disk = Disk(self.before)
        """As it is now."""

    def holds(self, path: str | os.PathLike[str] | None) -> bool:
        """Whether it is a file of the folder."""
        return path is not None and Path(path).parent == self.folder

    def note(self, operation: Operation) -> None:
        self.operations.append(operation)
        self.disk.apply(operation)

    def fails(self, kind: str) -> bool:
        """Whether the one that comes now fails."""
        self.counts[kind] += 1
        return kind == self.failing and self.first <= self.counts[kind] <= self.last

    def notice(self, name: str) -> None:
        """Record what was written to a file by other ways."""
        path = self.folder / name
        if not path.is_file():
            return
        if name not in self.disk.seen:
            self.note(Made(name))
        if (data := path.read_bytes()) != self.disk.seen[name].seen():
            self.note(Truncated(name, 0))
            self.note(Written(name, 0, data))


class OsCalls:
    """The functions of the os module that change what is on the disk, put on the tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._os = {name: getattr(os, name) for name in ("open", "fsync", "replace", "unlink")}

    def open(self, path: Path, flags: int, *arguments: object, **options: object) -> int:
        is_new = self._tape.holds(path) and flags & os.O_CREAT and not Path(path).exists()
        descriptor = self._os["open"](path, flags, *arguments, **options)
        if is_new:
            self._tape.note(Made(Path(path).name))
        return descriptor

    def fsync(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if path != self._tape.folder and not self._tape.holds(path):
            self._os["fsync"](descriptor)
            return
        if not is_folder:
            self._tape.notice(path.name)
        failed = self._tape.fails("folder sync" if is_folder else "sync")
        self._tape.note(FolderSynced(failed) if is_folder else Synced(path.name, failed))
        _unless(failed, path)

    def replace(self, source: Path, target: Path, **options: object) -> None:
        if self._tape.holds(target):
            _unless(self._tape.fails("rename"), target)
        if self._tape.holds(source):
            self._tape.notice(Path(source).name)
        self._os["replace"](source, target, **options)
        if self._tape.holds(source):
            self._tape.note(Renamed(Path(source).name, Path(target).name))
        elif self._tape.holds(target):
            self._tape.notice(Path(target).name)

    def unlink(self, path: Path, **options: object) -> None:
        self._os["unlink"](path, **options)
        if self._tape.holds(path):
            self._tape.note(Deleted(Path(path).name))


def _unless(failed: bool, path: Path) -> None:
    if failed:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))


@contextlib.contextmanager
def taped(tape: Tape) -> Iterator[None]:
    """Everything that daemon.storage does to files of the folder goes onto the tape."""
    vfs, calls, connect = TapedFiles(tape), OsCalls(tape), sqlite3.connect

    def connecting(path: Path, *arguments: object, **options: object) -> sqlite3.Connection | Connection:
        return Connection(path, vfs.name, tape) if tape.holds(path) else connect(path, *arguments, **options)

    replaced = {"open": calls.open, "fsync": calls.fsync, "replace": calls.replace, "unlink": calls.unlink}
    with patch.multiple(os, **replaced, rename=calls.replace), patch.object(sqlite3, "connect", connecting):
        try:
            yield
        finally:
            vfs.unregister()
