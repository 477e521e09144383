# SPDX-License-Identifier: Apache-2.0
"""Why a visitor was decided as they were, and what a visit leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.types.people import Identification

if TYPE_CHECKING:
    from daemon.types.image import Pixels, Vector


class Rule(StrEnum):
    """Which part of the stopping rule a visitor was decided by."""

    SURE = "sure"
    """Enough observations agree, and their average is clearly the person's."""
    PATIENT = "patient"
    """Twice as many agree, and their average is just the person's."""
    HOPELESS = "hopeless"
    """Nobody enrolled is nearly like the face."""
    TIME_IS_UP = "time_is_up"
    """Nobody was found in the time there is."""
    LEFT = "left"
    """The face was gone before it was decided."""
    NOT_YET = "not_yet"
    """There is not enough evidence."""
    NO_LONGER = "no_longer"
    """Later looks speak against an earlier decision."""


class Noted(NamedTuple):
    """What one observation said on its own."""

    after_s: float
    """Since the first."""
    quality: float
    person_id: str | None
    """Whom it is most like; None with an empty gallery."""
    similarity: float
    agrees: bool
    """Whether it is a vote for the person whom all together say."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole evidence on a visitor at one moment, in numbers."""

    rule: Rule
    identification: Identification
    """Of the average of the observations, with its candidates."""
    threshold: float
    """The setting."""
    margin: float
    """The setting."""
    min_votes: int
    """The setting."""
    observations: tuple[Noted, ...]

    def as_json(self) -> dict[str, Any]:
        """For the history; no names, as those may change."""
        return {
            "rule": self.rule.value,
            "threshold": self.threshold,
            "margin": self.margin,
            "min_votes": self.min_votes,
            "identification": self.identification.as_json(),
            "observations": [list(noted) for noted in self.observations],
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Explanation:
        """The opposite of `as_json`; the people in it have no names."""
        return cls(
            Rule(record["rule"]),
            Identification.from_json(record["identification"]),
            record["threshold"],
            record["margin"],
            record["min_votes"],
            tuple(Noted(*noted) for noted in record["observations"]),
        )


class Moment(NamedTuple):
    """One observation of a visit, as it is kept."""

    after_s: float
    """Since the first."""
    quality: float
    vector: Vector
    """(d,) float32, of unit length."""


@dataclass(frozen=True, slots=True, eq=False)
class VisitFace:
    """The face of a visit, kept for a while: to group strangers, to explain, to try other settings on it."""

    model_id: str
    """Which model the vectors are of."""
    moments: tuple[Moment, ...]
    """The last ones, oldest first; at least one."""
    crop: Pixels | None = field(repr=False)
    """The best one, upright; (112, 112, 3). None where it is not asked for."""
