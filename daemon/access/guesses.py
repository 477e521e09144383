# SPDX-License-Identifier: Apache-2.0
"""How often a password or a code may be guessed: buckets that leak. Pure.

Whoever is not known shares one bucket, wherever they come from. A browser that the owner logged in with before has
one of its own, so a flood of strangers does not lock the owner out; all of those share another one, so that many are
no way around the limit. In any minute there are at most 20 guesses in all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STRANGERS = "strangers"
DEVICES = "devices"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, then one each so many seconds: in any minute at most ``burst + 60 / every_s``."""

    burst: int
    every_s: float


_COMMON = Limit(4, 10.0)
"""Of strangers, and of devices together: 10 a minute each."""
_ONE_DEVICE = Limit(3, 15.0)
"""7 a minute, so that one device with a wrong password kept in it leaves room for the others."""


@dataclass(slots=True)
class _Bucket:
    used: float
    at_s: float


class Guesses:
    """The buckets, by name; times are monotonic.

    How full they are is kept over a restart, and the time that it took does not count: a daemon that is made to
    restart gives no more guesses.
    """

    def __init__(self, used: Mapping[str, float], now_s: float) -> None:
        self._buckets = {name: _Bucket(min(full, _limit(name).burst), now_s) for name, full in used.items()}

    def take(self, device: str | None, now_s: float) -> int:
        """Take a guess of a device, or of a stranger; 0, or in how many seconds there will be one again."""
        names = _names(device)
        wait = max(self._wait_s(name, now_s) for name in names)
        if not wait:
            for name in names:
                self._buckets[name].used += 1
        return wait

    def give_back(self, device: str | None) -> None:
        """What was taken last was no guess: it was right."""
        for name in _names(device):
            bucket = self._buckets[name]
            bucket.used = max(0.0, bucket.used - 1)

    def used(self, device: str | None) -> dict[str, float]:
        """How full the buckets are that `take` has changed, to be kept."""
        return {name: self._buckets[name].used for name in _names(device)}

    def _wait_s(self, name: str, now_s: float) -> int:
        limit = _limit(name)
        bucket = self._buckets.setdefault(name, _Bucket(0.0, now_s))
        bucket.used = max(0.0, bucket.used - (now_s - bucket.at_s) / limit.every_s)
        bucket.at_s = now_s
        too_full = bucket.used + 1 - limit.burst
        return math.ceil(too_full * limit.every_s) if too_full > _ROUNDING else 0


_ROUNDING = 1e-6


def _limit(name: str) -> Limit:
    return _COMMON if name in (STRANGERS, DEVICES) else _ONE_DEVICE


def _names(device: str | None) -> tuple[str, ...]:
    return (STRANGERS,) if device is None else (device, DEVICES)
