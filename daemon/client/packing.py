# SPDX-License-Identifier: Apache-2.0
"""Packs pictures into archives of a size that a small disk can take, to be sent."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from daemon.errors import BadArchive, BadName, InputError
from daemon.vision import shrink
from daemon.zips import check_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daemon.service.sources import Item, Source

_PART_BYTES, _PART_PICTURES = 64_000_000, 1000
_AROUND = "people"


class Part(NamedTuple):
    """An archive, and what its entries are called by those who gave them."""

    archive: BinaryIO
    paths: dict[str, str]


def parts(source: Source, refused: Callable[[Item, InputError], None]) -> Iterator[Part]:
    """Archives of all pictures, each there until the next is asked for; large pictures are scaled down.

    `refused` is told of each that cannot be packed.
    """
    items = iter(source)
    more = True
    while more:
        with tempfile.TemporaryFile() as file:
            more, paths = _pack(file, items, refused)
            if paths:
                file.seek(0)
                yield Part(file, paths)


def _pack(
    file: BinaryIO, items: Iterator[Item], refused: Callable[[Item, InputError], None]
) -> tuple[bool, dict[str, str]]:
    """Fill one archive; whether there may be more, and the paths of the pictures by entries."""
    paths: dict[str, str] = {}
    with zipfile.ZipFile(file, "w") as archive:
        for item in items:
            try:
                entry = f"{_AROUND}/{_folder(item)}/{len(paths)}{PurePath(item.path).suffix.lower()}"
                archive.writestr(entry, shrink(item.read()).data)
            except InputError as error:
                refused(item, error)
                continue
            paths[entry] = item.path
            if len(paths) >= _PART_PICTURES or file.tell() >= _PART_BYTES:
                return True, paths
    return False, paths


def _folder(item: Item) -> str:
    try:
        check_name(f"{_AROUND}/{item.name}/0")
    except (BadArchive, UnicodeEncodeError):
        raise BadName(f"The name of the folder of {item.path} cannot be a person's: rename it.") from None
    return item.name
