# SPDX-License-Identifier: Apache-2.0
"""Pairs where nobody gave any: drawn by chance, as many of one person as of two, in folds that share no person."""

from __future__ import annotations

import itertools
from random import Random
from typing import TYPE_CHECKING

from daemon.errors import InputError
from daemon.evaluation.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDS = 10
_PAIRS_A_FOLD = 300
"""Of each kind, as in LFW."""
_PICTURES_A_PERSON = 10
"""So that nobody with hundreds of pictures is most of a fold."""
_SEED = 2026


def random_pairs(people: Mapping[str, Sequence[str]]) -> list[Pair]:
    """Balanced pairs from the pictures of each person; the same ones each time.

    There are ten folds, or as many as the people allow: each needs two, one of them with two pictures. Raises
    InputError if not even two folds can be made.
    """
    random = Random(_SEED)  # noqa: S311 a draw, no secret
    several = [person for person, pictures in people.items() if len(pictures) > 1]
    single = [person for person, pictures in people.items() if len(pictures) == 1]
    count = min(FOLDS, len(several), (len(several) + len(single)) // 2)
    if count < 2:  # noqa: PLR2004
        raise InputError("Verification needs pairs, or four people of whom two or more have two pictures or more.")
    random.shuffle(several)
    random.shuffle(single)
    members = (*several, *single)
    return [pair for fold in range(count) for pair in _fold(fold, members[fold::count], people, random)]


def _fold(fold: int, members: Sequence[str], people: Mapping[str, Sequence[str]], random: Random) -> list[Pair]:
    pictures = {person: people[person][:_PICTURES_A_PERSON] for person in members}
    same = [two for own in pictures.values() for two in itertools.combinations(own, 2)]
    others = itertools.combinations(members[:_PAIRS_A_FOLD], 2)
    different = [(random.choice(pictures[a]), random.choice(pictures[b])) for a, b in others]
    count = min(_PAIRS_A_FOLD, len(same), len(different))
    return [
        Pair(fold, kind, a, b)
        for kind, pairs in ((True, same), (False, different))
        for a, b in random.sample(pairs, count)
    ]
