# SPDX-License-Identifier: Apache-2.0
"""Pairs of pictures of the same or of two people, in folds that share no person."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from daemon.errors import InputError, NoSuchPath

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ["fold", "same", "a", "b"]


class Pair(NamedTuple):
    """Two pictures, as paths below the evaluated folder."""

    fold: int
    same: bool
    a: str
    b: str


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a tab-separated file with the columns fold, same (0 or 1), a, b.

    Raises NoSuchPath, or InputError naming the line that is wrong.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            if next(rows, None) != _COLUMNS:
                raise InputError(f"{path} must begin with the line {' '.join(_COLUMNS)}, separated by tabs.")
            return [_pair(path, number, row) for number, row in enumerate(rows, start=2)]
    except FileNotFoundError:
        raise NoSuchPath(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as tab-separated text.") from error


def _pair(path: Path, number: int, row: list[str]) -> Pair:
    try:
        fold, same, a, b = row
        return Pair(int(fold), {"0": False, "1": True}[same], a, b)
    except (ValueError, KeyError):
        raise InputError(f"{path}, line {number}: fold, same (0 or 1) and two paths are wanted.") from None
