# SPDX-License-Identifier: Apache-2.0
"""People as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.types.people import Person, PersonSummary


class Need(StrEnum):
    """Why somebody should see to a person."""

    NO_SAMPLE = "no_sample"
    """Nothing is known of the face."""
    FEW_SAMPLES = "few_samples"
    OLD_SAMPLES = "old_samples"
    WANING = "waning"
    """Recognised less well than before."""
    LOOK_ALIKE = "look_alike"
    """Can hardly be told from somebody else."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One of these, with what it takes to tell it."""

    need: Need
    other: Person | None = None
    """Whom the person looks like."""
    similarity: float | None = None
    """To that person; or that of the last weeks' visits, the median."""
    before: float | None = None
    """That of the visits before."""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person, and what is to be done about them."""

    person: PersonSummary
    pictured: bool
    """Whether a picture of the face is kept."""
    concerns: tuple[Concern, ...]


class Order(StrEnum):
    """Of people in a list."""

    NAME = "name"
    SEEN = "seen"
    """Seen last first."""
    NEW = "new"
    """Enrolled last first."""
    SAMPLES = "samples"
    """Those with the fewest first."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A part of those who were looked for."""

    cards: tuple[PersonCard, ...]
    found: int
    """How many were found in all."""
    number: int
    """Of this page, from 1."""
    pages: int
    enrolled: int
    """How many people there are, looked for or not."""
    needy: int
    """How many of those have a concern."""
