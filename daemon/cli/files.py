# SPDX-License-Identifier: Apache-2.0
"""Pictures on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from daemon.errors import NoSuchPath, PhotoError, PhotoTooLarge
from daemon.types import Photo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

PATH = click.Path(path_type=Path, readable=False)
"""Of an argument: whether it can be read, we say in our own words."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def one_line(text: str) -> str:
    """Printable, whatever characters the names of files are made of."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def check(paths: Iterable[Path]) -> None:
    """Raise NoSuchPath for the first that is not there or cannot be reached."""
    for path in paths:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise NoSuchPath(f"There is no file or folder {path}.") from None
        except OSError as error:
            raise NoSuchPath(f"{path} cannot be reached ({error.strerror}).") from error


def check_folder(path: Path) -> None:
    """Raise NoSuchPath if this is no folder that can be looked into."""
    check([path])
    if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
        raise NoSuchPath(f"{path} is not a folder that can be looked into.")


def pictures(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that are named, and the pictures in the folders that are, at any depth, by name.

    Links to files are followed, links to folders are not; hidden files are passed over. A folder that cannot be
    looked into is given itself, so that reading it says so.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        closed: list[OSError] = []
        for folder, subfolders, files in os.walk(path, onerror=closed.append):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            yield from (
                Path(folder, name)
                for name in sorted(files)
                if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
            )
        yield from (Path(error.filename) for error in closed)


def watched(items: Iterable[T]) -> Iterator[T]:
    """The same, with a progress bar where somebody watches and the results go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    with click.progressbar(list(items), label="Pictures", file=sys.stderr) as progress:
        yield from progress


def read(path: Path, max_bytes: int) -> Photo:
    """The bytes of a picture. Raises PhotoError, or PhotoTooLarge without having read it all."""
    try:
        if path.is_dir():
            raise PhotoError(f"{path} is a folder that cannot be looked into.")
        if not path.is_file():
            raise PhotoError(f"{path} is not a file.")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PhotoError(f"{path} cannot be read ({error.strerror}).") from error
    if len(data) > max_bytes:
        raise PhotoTooLarge(f"{path} has more than {max_bytes:,} bytes: scale it down.")
    return Photo(str(path), data)


def read_small(path: Path) -> Photo:
    """A picture to be sent: scaled down if it is larger than what is taken."""
    from daemon.vision import MAX_BYTES, shrink  # noqa: PLC0415

    return shrink(read(path, MAX_BYTES))
