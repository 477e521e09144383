# SPDX-License-Identifier: Apache-2.0
"""People of a gallery's file whose names look the same, in memory that hardly grows with it."""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from daemon.gallery.homoglyphs import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.gallery.rowwise import Rowwise

_MOST = 20
"""Sentences."""


def look_alikes(file: Rowwise) -> tuple[str, ...]:
    """A sentence for each look that several names have: nobody gets such a name, but a backup may hold one.

    It tells ids, as it is kept with a job, where nobody would be forgotten.
    """
    return tuple(
        f"The names of {', '.join(ids)} look the same, in letters of different alphabets: rename all but one."
        for ids in islice(_alike(file), _MOST)
    )


def _alike(file: Rowwise) -> Iterator[list[str]]:
    marks = np.sort(np.array(array("Q", (_mark(person.name) for person in file.each_person())), np.uint64))
    double = set(marks[1:][marks[1:] == marks[:-1]].tolist())
    found: defaultdict[str, list[str]] = defaultdict(list)
    for person in file.each_person() if double else ():
        if _mark(person.name) in double:
            found[look(person.name)].append(person.id)
    return (ids for ids in found.values() if len(ids) > 1)


def _mark(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(look(name).encode(), digest_size=8).digest(), "big")
