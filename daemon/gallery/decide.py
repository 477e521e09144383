# SPDX-License-Identifier: Apache-2.0
"""Who a face is, from the candidates: the one place where the thresholds are compared. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.types import Identification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.types import Match


CROWD_PART = 0.15
"""Of a crowd in what is required. Measured: docs/decisions.md."""


class Reason(StrEnum):
    """Why a face is a person's, or unknown."""

    ACCEPTED = "accepted"
    EMPTY_GALLERY = "empty_gallery"
    """There is nobody to compare with."""
    BELOW_THRESHOLD = "below_threshold"
    """The best candidate is not as similar as is required."""
    TOO_CLOSE_TO_SECOND = "too_close_to_second"
    """Two people are about equally similar."""
    COUNTER_EXAMPLE = "counter_example"
    """The face is nearer to one that is known not to be the best candidate's; nobody else is similar enough."""
    TAKEN = "taken"
    """The best candidate is similar enough, but is already somebody else in this frame; nobody else is."""
    OTHER_GROUP = "other_group"
    """The face is somebody's who is in no group that was asked for."""
    OTHER_PERSON = "other_person"
    """The face is somebody else's than the one person's who was asked for; only of pictures."""


def required(threshold: float, crowd_of_face: float, crowd_of_person: float) -> float:
    """The similarity from which a face is a person's.

    The crowds say how much the face, and the person, are like other people of the gallery: the more, the less a
    similarity says. So what is required grows with the gallery and for people who look alike, and stays the
    `threshold` for one who is enrolled alone. This is the idea of score normalisation with a cohort (T-norm and
    Z-norm: Auckenthaler et al., 2000), with the gallery as the cohort.
    """
    return threshold + CROWD_PART * (crowd_of_face + crowd_of_person)


def decide(
    candidates: Sequence[Match], threshold: float, margin: float, excluded: frozenset[str] = frozenset()
) -> Identification:
    """The best candidate that is free, if it is similar enough and far enough ahead of the next.

    Which are free, `Match.is_free` says.

    Args:
        candidates: in any order, each person once; at least two that are free, where there are so many.
        threshold: what is required of those who do not say it themselves.
        margin: the least distance to the second candidate that is free; where there is none, to 0.
        excluded: ids of the people who are in this frame already; they are never accepted.
    """
    ranked = tuple(sorted(candidates, key=lambda match: (-match.similarity, match.person.id)))
    if not ranked:
        return Identification(None, 0.0, 0.0, Reason.EMPTY_GALLERY)
    free = [match for match in ranked if match.is_free(excluded)]
    reason = _judge(free, threshold, margin)
    if reason is Reason.ACCEPTED:
        return Identification(free[0].person, free[0].similarity, _lead(free), reason, ranked)
    best = ranked[0]
    if not best.is_free(excluded):
        struck = Reason.TAKEN if best.person.id in excluded else Reason.COUNTER_EXAMPLE
        reason, free = struck if _passes(best, threshold) else Reason.BELOW_THRESHOLD, [best, *free]
    return Identification(None, best.similarity, _lead(free), reason, ranked)


def limited(found: Identification, within: frozenset[str] | None) -> Identification:
    """The same, but unknown if it is somebody whose id is not among `within`; at None anybody may be told.

    Never the second best instead: who may not be told must not become somebody who may.
    """
    if found.person is None or within is None or found.person.id in within:
        return found
    return replace(found, person=None, reason=Reason.OTHER_GROUP)


def _judge(free: Sequence[Match], threshold: float, margin: float) -> Reason:
    if not free or not _passes(free[0], threshold):
        return Reason.BELOW_THRESHOLD
    return Reason.ACCEPTED if _lead(free) >= margin else Reason.TOO_CLOSE_TO_SECOND


def _passes(match: Match, threshold: float) -> bool:
    return match.similarity >= (threshold if match.required is None else match.required)


def _lead(ranked: Sequence[Match]) -> float:
    """How far the first is ahead of the second, or of 0 where there is no second."""
    second = ranked[1].similarity if len(ranked) > 1 else 0.0
    return max(ranked[0].similarity - second, 0.0)
