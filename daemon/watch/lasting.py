# SPDX-License-Identifier: Apache-2.0
"""When a sign that comes and goes is told as a trouble, and when the trouble is over. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Sign = TypeVar("Sign")

GAP_S = 120.0
"""Between two looks, after which nothing is known of the time between: what counts begins again."""


class Hold(NamedTuple):
    """Seconds without a break."""

    tell_after: float
    over_after: float


class Lasting(Generic[Sign]):
    """The one trouble that is told at a time.

    It is told when there have been signs without a break, of whatever kind, for as long as the newest wants; replaced
    when another kind alone has lasted that long; over when there has been no sign for as long as it wants.
    """

    def __init__(self, holds: Mapping[Sign, Hold]) -> None:
        self._holds = holds
        self._sign: Sign | None = None
        self._kind_since_s = self._any_since_s = self._looked_s = self._told_s = -math.inf
        self.told: Sign | None = None

    def see(self, sign: Sign | None, now_s: float) -> Sign | None:
        """Take in the sign of a look, or None for none, at `now_s` (monotonic); gives what is told now."""
        fresh = now_s - self._looked_s > GAP_S
        if fresh or sign != self._sign:
            self._kind_since_s = now_s
        if fresh or (sign is None) != (self._sign is None):
            self._any_since_s = now_s
        self._sign, self._looked_s = sign, now_s
        if self._is_due(now_s):
            self.told, self._told_s = sign, now_s
        return self.told

    def told_for_s(self, now_s: float) -> float:
        """How long the same has been told; 0 if nothing is."""
        return now_s - self._told_s if self.told is not None else 0.0

    def _is_due(self, now_s: float) -> bool:
        """Whether what is told now should be the newest sign."""
        if self._sign == self.told:
            return False
        if self._sign is None:
            return self.told is not None and now_s - self._any_since_s >= self._holds[self.told].over_after
        since_s = self._any_since_s if self.told is None else self._kind_since_s
        return now_s - since_s >= self._holds[self._sign].tell_after
