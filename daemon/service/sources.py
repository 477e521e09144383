# SPDX-License-Identifier: Apache-2.0
"""Where pictures of many people come from: an archive, or a folder of the owner's."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from daemon.errors import PhotoError, PhotoTooLarge
from daemon.types import Photo
from daemon.vision import MAX_BYTES
from daemon.zips import Limits, ZipReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.zips import Entry

LIMITS = Limits(total_bytes=4_000_000_000, entries=100_000)
"""Of an archive of pictures."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})

_CLUTTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
"""What systems put into folders by themselves, besides hidden files."""

_NAMED = 2
"""Parts of the path of a picture in a person's folder, at least."""


class Item(NamedTuple):
    """A file that may be a picture of somebody."""

    path: str
    """As reports call it."""
    name: str
    """Of the person whose folder it lies in; empty if it lies in none."""
    read: Callable[[], Photo]
    """Gives its bytes; raises InputError."""


class Source(Protocol):
    """Pictures of many people, always in the same order."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Item]: ...


class ZipSource:
    """The files in an archive with a folder for each person, in which others may be; one folder may be around all.

    A context. Raises BadArchive and StorageError as `ZipReader`.
    """

    def __init__(self, path: Path) -> None:
        self._archive = ZipReader(path, LIMITS)
        tops, self._count, lowest = set(), 0, _NAMED + 1
        for _, parts in self._files():
            self._count += 1
            tops.add(parts[0])
            lowest = min(lowest, len(parts))
        self._around = int(len(tops) == 1 and lowest > _NAMED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._archive.__exit__(*exc)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        for entry, parts in self._files():
            inside = parts[self._around :]
            name = inside[0] if len(inside) >= _NAMED else ""
            yield Item(entry.name, name, partial(self._read, entry))

    def _files(self) -> Iterator[tuple[Entry, tuple[str, ...]]]:
        """Those that somebody put there, with the parts of their paths."""
        for entry in self._archive:
            parts = tuple(entry.name.split("/"))
            if not entry.is_folder and not any(p.startswith(".") or p.lower() in _CLUTTER for p in parts):
                yield entry, parts

    def _read(self, entry: Entry) -> Photo:
        if PurePosixPath(entry.name).suffix.lower() not in SUFFIXES:
            raise PhotoError(f"{entry.name} is no picture that whod knows: give JPEG, PNG or WebP.")
        if entry.size >= MAX_BYTES:
            raise PhotoTooLarge(f"{entry.name} has {entry.size:,} bytes; fewer than {MAX_BYTES:,} are taken.")
        return Photo(entry.name, self._archive.read(entry))
