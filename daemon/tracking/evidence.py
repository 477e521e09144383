# SPDX-License-Identifier: Apache-2.0
"""What the frames of one visitor say together.

One picture can be anybody's; several of the same face seldom agree on the wrong person. The embeddings of a visitor
are averaged, weighted by quality, and each observation also votes on its own. The stopping rule:

- named, when `min_votes` observations and more than half of all vote for the person that the average says;
- unknown early, when twice as many observations over a third of `decide_s` leave the average far below the threshold;
- unknown, `decide_s` after the first observation, whatever is missing.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from daemon.types import Embedding, Identification, Outcome

if TYPE_CHECKING:
    from daemon.config import TrackingSettings
    from daemon.types import Observation


class Identifies(Protocol):
    """What is needed of `daemon.gallery.Gallery`."""

    @property
    def changes(self) -> int:
        """Grows whenever an answer of `identify` may differ from the one before."""

    def identify(self, embedding: Embedding, excluded: frozenset[str]) -> Identification:
        """Who an embedding is, if not one of the `excluded` ids."""


_REMEMBERED = 15
"""Observations; older ones no longer say how the face looks now."""
_VOTE_SLACK = 0.10
"""A single frame may be this far under the threshold and still vote: the average is what must pass it."""
_HOPELESS = 0.15
"""So far below the threshold, no further frame will help."""
_LONE_BONUS = 0.10
"""A visitor who leaves before there are enough votes is named in the record only if this much above it."""


class Verdict(NamedTuple):
    """What the evidence says now."""

    outcome: Outcome | None
    """None while there is not enough."""
    identification: Identification
    """Of the average."""
    votes: tuple[int, int]
    """How many observations agree with it, of how many."""


class Evidence:
    """The observations of one visitor."""

    def __init__(self, settings: TrackingSettings, threshold: float, gallery: Identifies) -> None:
        self._settings = settings
        self._threshold = threshold
        self._gallery = gallery
        self._observations: deque[Observation] = deque(maxlen=_REMEMBERED)
        self._first_s = 0.0
        self._mean: Embedding | None = None
        # What the gallery, after this many changes, says of each observation and of the average. A visitor is
        # weighed in each frame, and a search takes milliseconds in a large gallery.
        self._changes = gallery.changes
        self._alone: deque[Identification] = deque(maxlen=_REMEMBERED)
        self._together: dict[frozenset[str], Identification] = {}

    def __len__(self) -> int:
        return len(self._observations)

    def add(self, observation: Observation, now_s: float) -> None:
        """Take in an observation."""
        if not self._observations:
            self._first_s = now_s
        self._observations.append(observation)
        self._alone.append(self._gallery.identify(observation.embedding, frozenset()))
        self._together.clear()
        weights = np.array([o.quality for o in self._observations], np.float32)
        mean = weights @ np.array([o.embedding.vector for o in self._observations])
        self._mean = Embedding(mean / np.float32(max(math.sqrt(mean @ mean), 1e-9)), observation.embedding.model_id)

    def similarity(self, embedding: Embedding) -> float:
        """Of an embedding to this visitor's average; -1 before the first observation."""
        return self._mean.similarity(embedding) if self._mean else -1.0

    def weigh(self, now_s: float, excluded: frozenset[str] = frozenset()) -> Verdict | None:
        """The verdict by the stopping rule; None before the first observation."""
        if self._mean is None:
            return None
        identification, agreeing, total = self._count(excluded)
        if identification.person and agreeing >= self._settings.min_votes and 2 * agreeing > total:
            return Verdict(Outcome.IDENTIFIED, identification, (agreeing, total))
        seen_s = now_s - self._first_s
        hopeless = identification.similarity < self._threshold - _HOPELESS
        early = hopeless and total >= 2 * self._settings.min_votes and seen_s >= self._settings.decide_s / 3
        if early or seen_s >= self._settings.decide_s:
            return Verdict(Outcome.UNKNOWN, identification, (total - agreeing, total))
        return Verdict(None, identification, (agreeing, total))

    def last_word(self, excluded: frozenset[str] = frozenset()) -> Verdict | None:
        """The verdict for the record when the visitor left before one was reached; None without an observation."""
        if self._mean is None:
            return None
        identification, agreeing, total = self._count(excluded)
        sure = identification.similarity >= self._threshold + _LONE_BONUS
        if identification.person and sure and agreeing == total:
            return Verdict(Outcome.IDENTIFIED, identification, (agreeing, total))
        return Verdict(Outcome.UNKNOWN, identification, (total - agreeing, total))

    def _count(self, excluded: frozenset[str]) -> tuple[Identification, int, int]:
        """Who the average is, how many observations say so too, and how many there are."""
        mean = self._mean
        if mean is None:
            raise AssertionError("no observation yet")
        self._keep_up()
        if excluded not in self._together:
            self._together[excluded] = self._gallery.identify(mean, excluded)
        identification = self._together[excluded]
        person = identification.person
        agreeing = sum(self._is_vote_for(person.id, alone) for alone in self._alone) if person else 0
        return identification, agreeing, len(self._observations)

    def _keep_up(self) -> None:
        """Ask again where the gallery has changed since it was asked."""
        changes = self._gallery.changes
        if changes != self._changes:
            self._changes = changes
            self._together.clear()
            for i, observation in enumerate(self._observations):
                self._alone[i] = self._gallery.identify(observation.embedding, frozenset())

    def _is_vote_for(self, person_id: str, alone: Identification) -> bool:
        near = alone.similarity >= self._threshold - _VOTE_SLACK
        return near and alone.candidates[0].person.id == person_id
