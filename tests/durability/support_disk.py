# SPDX-License-Identifier: Apache-2.0
"""A disk as a power cut may leave it: what was synced is there; of the rest, anything.

Stricter than a Linux file system in use: writes that were not synced survive in any selection and any order, each
sector of 512 bytes for itself; a name that was given, taken or changed is sure only once its folder was synced. What
was written before a sync that failed is never made sure by a later one, since the kernel then holds it for written;
names are, which it holds in another way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Made:
    """A new, empty file got the name."""

    name: str


@dataclass(frozen=True, slots=True)
class Written:
    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    name: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    name: str
    target: str


@dataclass(frozen=True, slots=True)
class FolderSynced:
    failed: bool = False


Operation = Made | Written | Truncated | Synced | Deleted | Renamed | FolderSynced


@dataclass(slots=True)
class Change:
    """Of a file's contents, or of its folder's names, that is not sure yet."""

    operation: Operation
    file: File | None = None
    hopeless: bool = False
    """A sync of it failed: no later one makes it sure."""
    sure: bool = False


@dataclass(slots=True)
class File:
    """Contents that are sure, and the changes since, oldest first."""

    sure: bytearray = field(default_factory=bytearray)
    changes: list[Change] = field(default_factory=list)

    def seen(self) -> bytes:
        """As a program that runs reads it."""
        data = bytearray(self.sure)
        for change in self.changes:
            _apply(data, change.operation)
        return bytes(data)

    def left(self, rng: random.Random, luck: float) -> bytes:
        """As a cut may leave it, where each write has `luck` as its chance to have reached the disk."""
        data = bytearray(self.sure)
        for change in self.changes:
            operation = change.operation
            if change.sure:
                _apply(data, operation)
            elif isinstance(operation, Written):
                for start in range(0, len(operation.data), SECTOR):
                    if rng.random() < luck:
                        sector = operation.data[start : start + SECTOR]
                        _apply(data, Written(operation.name, operation.offset + start, sector))
            elif rng.random() < luck:
                _apply(data, operation)
        return bytes(data)


class Disk:
    """A folder's files, to which the operations of a log are applied one after the other."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.seen = {name: File(bytearray(data)) for name, data in files.items()}
        """By name, as a program that runs finds them."""
        self._sure = dict(self.seen)
        self._changes: list[Change] = []

    def apply(self, operation: Operation) -> None:
        """The next operation of the log."""
        match operation:
            case Made(name):
                self.seen[name] = File()
                self._changes.append(Change(operation, self.seen[name]))
            case Written(name) | Truncated(name):
                self.seen[name].changes.append(Change(operation))
            case Deleted(name):
                del self.seen[name]
                self._changes.append(Change(operation))
            case Renamed(name, target):
                self.seen[target] = self.seen.pop(name)
                self._changes.append(Change(operation, self.seen[target]))
            case Synced(name, failed):
                file = self.seen[name]
                _sync(file.changes, failed=failed)
                while file.changes and file.changes[0].sure:
                    _apply(file.sure, file.changes.pop(0).operation)
            case FolderSynced(failed):
                if not failed:
                    _sync(self._changes, failed=False)
                while self._changes and self._changes[0].sure:
                    _name(self._sure, self._changes.pop(0))

    def files(self) -> dict[str, bytes]:
        """As a program that runs finds them."""
        return {name: file.seen() for name, file in self.seen.items()}

    def cut(self, rng: random.Random) -> dict[str, bytes]:
        """The files that a cut at this moment may leave."""
        luck = rng.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        names, in_order, lost = dict(self._sure), rng.random() < 0.5, False
        for change in self._changes:
            # A journal of the file system keeps the changes of names up to one of them; others, any of them.
            lost = (in_order and lost) or rng.random() >= luck
            if change.sure or not lost:
                _name(names, change)
        return {name: file.left(rng, luck) for name, file in names.items()}


def _sync(changes: list[Change], *, failed: bool) -> None:
    for change in changes:
        if not change.hopeless:
            change.hopeless, change.sure = failed, not failed


def _apply(data: bytearray, operation: Operation) -> None:
    match operation:
        case Written(_, offset, written):
            data.extend(bytes(max(0, offset + len(written) - len(data))))
            data[offset : offset + len(written)] = written
        case Truncated(_, size):
            data.extend(bytes(max(0, size - len(data))))
            del data[size:]


def _name(names: dict[str, File], change: Change) -> None:
    match change.operation:
        case Deleted(name):
            names.pop(name, None)
        case Renamed(name, target):
            names.pop(name, None)
            names[target] = change.file
        case Made(name):
            names[name] = change.file
