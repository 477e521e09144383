# SPDX-License-Identifier: Apache-2.0
"""What a correction would have changed, counted so that it can be said in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.types import Ending, Replay


@dataclass(frozen=True, slots=True)
class Shift:
    """Past visits that would have ended otherwise, in the same manner."""

    before: str | None
    """Whose they are now: a name, None for somebody unknown."""
    after: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would have become of past visits."""

    visits: int
    """That were tried, without the one that is corrected."""
    own: Ending | None
    """The end of the one that is corrected; None where it would not change."""
    shifts: tuple[Shift, ...]
    """Of the others, the most frequent first."""


def outlook(replay: Replay, sighting_id: str) -> Outlook:
    """Of a replay of the correction of this visit, which is one of those that were tried."""
    own = [rerun.then for rerun in replay.changed if rerun.sighting_id == sighting_id]
    others = [rerun for rerun in replay.changed if rerun.sighting_id != sighting_id]
    counts = Counter((_name(rerun.now), _name(rerun.then)) for rerun in others)
    shifts = tuple(Shift(before, after, n) for (before, after), n in counts.most_common())
    return Outlook(replay.visits - 1, own[0] if own else None, shifts)


def _name(ending: Ending) -> str | None:
    return ending.person.name if ending.person else None
