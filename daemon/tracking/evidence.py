# SPDX-License-Identifier: Apache-2.0
"""What the frames of one visitor say together.

One picture can be anybody's; several of the same face seldom agree on the wrong person. The embeddings of a visitor
are averaged, weighted by the fourth power of their quality, and each observation also votes on its own, with the same
weight. The stopping rule:

- named as soon as `min_votes` observations, and more than half of all by weight, vote for the person that the average
  says, and the average is clearly more similar than is required ("sure"); twice as many where it is so only just;
- unknown early, when twice as many observations over a third of `decide_s` leave the average far below the threshold;
- `decide_s` after the first observation, named if it is so just ("patient"), else unknown, whatever is missing.

Who was named is taken back when the average of the last observations is no longer theirs, by a little more than it
took to be named.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from daemon.gallery import Reason
from daemon.types import Embedding, Explanation, Identification, Moment, Noted, Outcome, Rule, VisitFace

if TYPE_CHECKING:
    from daemon.config import GallerySettings, TrackingSettings
    from daemon.types import Match, Person, Pixels


class Identifies(Protocol):
    """What is needed of `daemon.gallery.Gallery`."""

    @property
    def changes(self) -> int:
        """Grows whenever an answer of `identify` may differ from the one before."""

    def identify(self, embedding: Embedding, excluded: frozenset[str]) -> Identification:
        """Who an embedding is, if not one of the `excluded` ids."""


class Rules(NamedTuple):
    """The settings that decide."""

    tracking: TrackingSettings
    gallery: GallerySettings


_REMEMBERED = 15
"""Observations; older ones no longer say how the face looks now."""
_VOTE_SLACK = 0.10
"""A single frame may be this far under the threshold and still vote: the average is what must pass it."""
_SURE = 0.05
"""So far above what is required, no more than the least number of votes is waited for."""
_HOLD = 0.05
"""Who was named stays so until the average is this far under what is required."""
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
    rule: Rule

    @property
    def person(self) -> Person | None:
        """Who it was told to be."""
        return self.identification.person if self.outcome not in (None, Outcome.UNKNOWN) else None


class _Seen(NamedTuple):
    """One observation, and what the gallery says of it on its own."""

    at_s: float
    quality: float
    embedding: Embedding
    alone: Identification

    @property
    def weight(self) -> float:
        """See `weight`."""
        return weight(self.quality)


def weight(quality: float) -> float:
    """Of an observation, in the average and as a vote: a few sharp looks are not drowned by poor ones.

    What other weights give stands in docs/decisions.md.
    """
    return quality**4


def named(why: Explanation) -> Person | None:
    """Who a visit that ended for these reasons was recorded to be of: the stopping rule, told backwards."""
    found = why.identification
    if why.rule in (Rule.SURE, Rule.PATIENT):
        return found.person
    agree = all(noted.agrees for noted in why.observations)
    return found.person if why.rule is Rule.LEFT and agree and _is_clear(found, why.threshold) else None


def _is_clear(found: Identification, threshold: float) -> bool:
    """Whether somebody is so similar that fewer votes will do."""
    return found.person is not None and _surplus(found, threshold) >= _LONE_BONUS


def _surplus(found: Identification, threshold: float) -> float:
    """How far the similarity of the person who was found is above what is required."""
    match = next(match for match in found.candidates if found.person and match.person.id == found.person.id)
    return match.similarity - (threshold if match.required is None else match.required)


class Evidence:
    """The observations of one visitor."""

    def __init__(self, rules: Rules, gallery: Identifies) -> None:
        self.judge_by(rules, gallery)
        self._seen: deque[_Seen] = deque(maxlen=_REMEMBERED)
        self._first_s = 0.0
        self._mean: Embedding | None = None
        # What the gallery, after this many changes, says of the average. A visitor is weighed in each frame, and a
        # search takes milliseconds in a large gallery.
        self._changes = gallery.changes
        self._together: dict[frozenset[str], Identification] = {}

    def judge_by(self, rules: Rules, gallery: Identifies) -> None:
        """Weigh by these from now on: what the gallery said before does not count."""
        self._settings, self._rules = rules.tracking, rules.gallery
        self._gallery, self._changes = gallery, -1

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, embedding: Embedding, quality: float, now_s: float) -> None:
        """Take in an observation."""
        if not self._seen:
            self._first_s = now_s
        self._seen.append(_Seen(now_s, quality, embedding, self._gallery.identify(embedding, frozenset())))
        self._together.clear()
        weights = np.array([seen.weight for seen in self._seen], np.float32)
        mean = weights @ np.array([seen.embedding.vector for seen in self._seen])
        self._mean = Embedding(mean / np.float32(max(math.sqrt(mean @ mean), 1e-9)), embedding.model_id)

    def similarity(self, embedding: Embedding) -> float:
        """Of an embedding to this visitor's average; -1 before the first observation."""
        return self._mean.similarity(embedding) if self._mean else -1.0

    def weigh(self, now_s: float, excluded: frozenset[str] = frozenset()) -> Verdict | None:
        """The verdict by the stopping rule; None before the first observation."""
        if self._mean is None:
            return None
        identification = self._identify(self._mean, excluded)
        agreeing, total, enough = self._count(identification.person)
        time_is_up = now_s - self._first_s >= self._settings.decide_s
        if identification.person and enough:
            sure = _surplus(identification, self._rules.threshold) >= _SURE
            if sure or agreeing >= 2 * self._settings.min_votes or time_is_up:
                rule = Rule.SURE if sure else Rule.PATIENT
                return Verdict(Outcome.of(identification.person), identification, (agreeing, total), rule)
        against = (total - agreeing, total)
        if time_is_up:
            return Verdict(Outcome.UNKNOWN, identification, against, Rule.TIME_IS_UP)
        if self._is_hopeless(identification, now_s):
            return Verdict(Outcome.UNKNOWN, identification, against, Rule.HOPELESS)
        return Verdict(None, identification, (agreeing, total), Rule.NOT_YET)

    def upholds(self, person: Person, excluded: frozenset[str] = frozenset()) -> bool:
        """Whether the last observations still allow the face to be this person's, who was named."""
        if self._mean is None:
            return True
        found = self._identify(self._mean, excluded)
        if found.person or found.reason == Reason.OTHER_GROUP:
            return found.person is not None and found.person.id == person.id
        first = _first(found, excluded)
        if first is None or first.person.id != person.id or first.required is None:
            return False
        return first.similarity >= first.required - _HOLD

    def last_word(self, excluded: frozenset[str] = frozenset()) -> Verdict | None:
        """The verdict for the record when the visitor left before one was reached; None without an observation."""
        if self._mean is None:
            return None
        identification = self._identify(self._mean, excluded)
        agreeing, total, _ = self._count(identification.person)
        if agreeing == total and _is_clear(identification, self._rules.threshold):
            return Verdict(Outcome.of(identification.person), identification, (agreeing, total), Rule.LEFT)
        return Verdict(Outcome.UNKNOWN, identification, (total - agreeing, total), Rule.LEFT)

    def explain(self, verdict: Verdict) -> Explanation:
        """A verdict on this evidence, in numbers."""
        person = verdict.identification.person
        return Explanation(
            rule=verdict.rule,
            identification=verdict.identification,
            threshold=self._rules.threshold,
            margin=self._rules.margin,
            min_votes=self._settings.min_votes,
            observations=tuple(self._note(seen, person) for seen in self._seen),
        )

    def face(self, crop: Pixels) -> VisitFace | None:
        """What can be kept of the visitor, with this crop; None without an observation."""
        if self._mean is None:
            return None
        moments = [Moment(seen.at_s - self._first_s, seen.quality, seen.embedding.vector) for seen in self._seen]
        return VisitFace(self._mean.model_id, tuple(moments), crop)

    def _identify(self, mean: Embedding, excluded: frozenset[str]) -> Identification:
        """Who the average is; asked anew where the gallery has changed since."""
        if self._gallery.changes != self._changes:
            self._changes = self._gallery.changes
            self._together.clear()
            again = [seen._replace(alone=self._gallery.identify(seen.embedding, frozenset())) for seen in self._seen]
            self._seen = deque(again, _REMEMBERED)
        if excluded not in self._together:
            self._together[excluded] = self._gallery.identify(mean, excluded)
        return self._together[excluded]

    def _count(self, person: Person | None) -> tuple[int, int, bool]:
        """How many observations vote for a person, how many there are, and whether the votes are enough."""
        votes = [seen.weight for seen in self._seen if person and self._is_vote_for(person.id, seen.alone)]
        total = sum(seen.weight for seen in self._seen)
        enough = len(votes) >= self._settings.min_votes and 2 * sum(votes) > total
        return len(votes), len(self._seen), enough

    def _is_vote_for(self, person_id: str, alone: Identification) -> bool:
        first = _first(alone)
        if first is None or first.person.id != person_id:
            return False
        return first.similarity >= self._rules.threshold - _VOTE_SLACK

    def _is_hopeless(self, identification: Identification, now_s: float) -> bool:
        far = identification.similarity < self._rules.threshold - _HOPELESS
        seen_enough = len(self._seen) >= 2 * self._settings.min_votes
        return far and seen_enough and now_s - self._first_s >= self._settings.decide_s / 3

    def _note(self, seen: _Seen, person: Person | None) -> Noted:
        best = seen.alone.candidates[0] if seen.alone.candidates else None
        return Noted(
            round(seen.at_s - self._first_s, 3),
            round(seen.quality, 3),
            best.person.id if best else None,
            round(best.similarity if best else 0.0, 4),
            bool(person and self._is_vote_for(person.id, seen.alone)),
        )


def _first(found: Identification, excluded: frozenset[str] = frozenset()) -> Match | None:
    """The most similar candidate who can be meant; None without one."""
    return next((match for match in found.candidates if match.is_free(excluded)), None)
