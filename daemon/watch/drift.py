# SPDX-License-Identifier: Apache-2.0
"""Who is recognised less and less well: a beard, other glasses, a child that grows. Pure, over visits."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

_FEWEST = 8
"""Visits on either side."""
_DROP = 0.05
"""Of the median similarity, from which it is worth a word."""
_CHANCE = 0.001
"""That so clear a fall is none."""
_RECENT, _LONGEST = timedelta(days=14), timedelta(days=70)


class Score(NamedTuple):
    """How well somebody was recognised on a visit."""

    person_id: str
    ended_at: datetime
    similarity: float


class Waning(NamedTuple):
    """Somebody who is recognised less well than before: medians of the similarity, and over how long."""

    person_id: str
    before: float
    recently: float
    weeks: int


class Windows(NamedTuple):
    """What is compared with what, backwards from now."""

    recent: timedelta
    """Visits since then, with those before, as far back as `reach`."""
    reach: timedelta

    @classmethod
    def of(cls, history_days: int) -> Windows:
        """The last two weeks with the eight before, or where less is kept, the last third of it with the rest."""
        reach = min(timedelta(days=history_days), _LONGEST)
        return cls(min(_RECENT, reach / 3), reach)


def waning(
    scores: Iterable[Score], changed_at: Mapping[str, datetime], now: datetime, windows: Windows
) -> list[Waning]:
    """Those who are recognised less well than they were, the greatest fall first.

    `changed_at` says when each person who is enrolled was last changed: what was before that is not recent, so that
    a new picture is not blamed for what led to it. People who are not in it are left out.

    The fall of the median must be 0.05 or more, over at least 8 visits on either side, and clear by the one-sided
    test of Mann and Whitney (1947; normal approximation, corrected for ties and continuity) at 0.001.
    """
    recent_from, before_from = now - windows.recent, now - windows.reach
    before: defaultdict[str, list[float]] = defaultdict(list)
    recently: defaultdict[str, list[float]] = defaultdict(list)
    for person_id, ended_at, similarity in scores:
        if person_id not in changed_at or not before_from <= ended_at <= now:
            continue
        if ended_at < recent_from:
            before[person_id].append(similarity)
        elif ended_at >= changed_at[person_id]:
            recently[person_id].append(similarity)
    weeks = max(1, round(windows.recent / timedelta(weeks=1)))
    found = [
        Waning(person_id, statistics.median(before[person_id]), statistics.median(values), weeks)
        for person_id, values in recently.items()
        if _has_fallen(before[person_id], values)
    ]
    return sorted(found, key=lambda one: one.recently - one.before)


def _has_fallen(before: Sequence[float], recently: Sequence[float]) -> bool:
    if min(len(before), len(recently)) < _FEWEST:
        return False
    return statistics.median(before) - statistics.median(recently) >= _DROP and _chance(before, recently) < _CHANCE


def _chance(greater: Sequence[float], smaller: Sequence[float]) -> float:
    """That values drawn from one population show the first as much greater as this."""
    both = sorted([*greater, *smaller])
    ranks: dict[float, float] = {}
    ties = 0
    start = 0
    while start < len(both):
        end = start
        while end < len(both) and both[end] == both[start]:
            end += 1
        ranks[both[start]] = (start + end + 1) / 2
        ties += (end - start) ** 3 - (end - start)
        start = end
    first, second, total = len(greater), len(smaller), len(both)
    wins = sum(ranks[value] for value in greater) - first * (first + 1) / 2
    variance = first * second / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance == 0:
        return 1.0
    z = (wins - first * second / 2 - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2)) / 2
