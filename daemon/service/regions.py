# SPDX-License-Identifier: Apache-2.0
"""Faces that were found in pictures, for as long as somebody may want to say whose they are."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from daemon.errors import NoSuchRegion

if TYPE_CHECKING:
    from daemon.clock import Clock

T = TypeVar("T")

KEEP_S = 900.0
MOST = 500
"""Some 12 kB each, most of it the picture."""


class _Kept(NamedTuple, Generic[T]):
    face: T
    until_s: float


class Regions(Generic[T]):
    """In memory only, by random ids; of too many those go that were used least recently. For any thread."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, face: T) -> str:
        """Keep a face; gives its id."""
        region_id = secrets.token_hex(8)
        self.expire()
        with self._lock:
            self._kept[region_id] = _Kept(face, self._clock.monotonic() + KEEP_S)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return region_id

    def find(self, region_id: str) -> T:
        """The face of this id. Raises NoSuchRegion."""
        self.expire()
        with self._lock:
            if region_id not in self._kept:
                raise NoSuchRegion(
                    f'There is no region "{region_id}" (any more): whod keeps them for {KEEP_S / 60:.0f} minutes at '
                    "most, and not beyond a restart. Detect the faces of the picture again."
                )
            self._kept.move_to_end(region_id)
            return self._kept[region_id].face

    def expire(self) -> None:
        """Forget those whose time is over."""
        now_s = self._clock.monotonic()
        with self._lock:
            for region_id in [name for name, kept in self._kept.items() if kept.until_s <= now_s]:
                del self._kept[region_id]
