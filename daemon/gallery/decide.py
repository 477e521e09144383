# SPDX-License-Identifier: Apache-2.0
"""Who a face is, from the candidates: the one place where the thresholds are compared. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.types import Identification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Match


class Reason(StrEnum):
    """Why a face is a person's, or unknown."""

    ACCEPTED = "accepted"
    EMPTY_GALLERY = "empty_gallery"
    """There is nobody to compare with."""
    BELOW_THRESHOLD = "below_threshold"
    """The best candidate is not similar enough."""
    TOO_CLOSE_TO_SECOND = "too_close_to_second"
    """Two people are about equally similar."""
    TAKEN = "taken"
    """The best candidate is similar enough, but is already somebody else in this frame; nobody else is."""


def decide(
    candidates: Sequence[Match], threshold: float, margin: float, excluded: frozenset[str] = frozenset()
) -> Identification:
    """The best candidate that is not excluded, if it is similar enough and far enough ahead of the next.

    Args:
        candidates: in any order, each person once; at least two that are not excluded, where there are so many.
        threshold: the least cosine similarity of a person.
        margin: the least distance to the second candidate that is not excluded; where there is none, to 0.
        excluded: ids of the people who are in this frame already; they are never accepted.
    """
    ranked = tuple(sorted(candidates, key=lambda match: (-match.similarity, match.person.id)))
    if not ranked:
        return Identification(None, 0.0, 0.0, Reason.EMPTY_GALLERY)
    free = [match for match in ranked if match.person.id not in excluded]
    reason = _judge(free, threshold, margin)
    if reason is Reason.ACCEPTED:
        return Identification(free[0].person, free[0].similarity, _lead(free), reason, ranked)
    best = ranked[0]
    if best.person.id in excluded:
        taken = best.similarity >= threshold
        reason, free = Reason.TAKEN if taken else Reason.BELOW_THRESHOLD, [best, *free]
    return Identification(None, best.similarity, _lead(free), reason, ranked)


def _judge(free: Sequence[Match], threshold: float, margin: float) -> Reason:
    if not free or free[0].similarity < threshold:
        return Reason.BELOW_THRESHOLD
    return Reason.ACCEPTED if _lead(free) >= margin else Reason.TOO_CLOSE_TO_SECOND


def _lead(ranked: Sequence[Match]) -> float:
    """How far the first is ahead of the second, or of 0 where there is no second."""
    second = ranked[1].similarity if len(ranked) > 1 else 0.0
    return max(ranked[0].similarity - second, 0.0)
