# SPDX-License-Identifier: Apache-2.0
"""How time is taken: stopwatches around functions, and rounds in which rivals take turns."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")

_WARM_UP = 2
"""Rounds that do not count: the first calls of a model allocate."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What a number of measurements gave, in milliseconds."""

    median_ms: float
    p95_ms: float
    runs: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Of at least one measurement."""
        median, p95 = np.percentile(seconds, (50, 95)) * 1000
        return cls(round(float(median), 4), round(float(p95), 4), len(seconds))


class Lap(NamedTuple):
    """One call."""

    took_s: float
    models_s: float
    """Of it, inside the models."""


class Stopwatch:
    """Takes the time of a function's calls, and of what `models` took within them."""

    def __init__(self, *models: Stopwatch) -> None:
        self._models = models
        self.laps: list[Lap] = []
        self.total_s = 0.0

    def around(self, function: Callable[P, R]) -> Callable[P, R]:
        """The same function, with each call timed."""

        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            models_s = sum(model.total_s for model in self._models)
            began = time.perf_counter()
            result = function(*args, **kwargs)
            took_s = time.perf_counter() - began
            self.laps.append(Lap(took_s, sum(model.total_s for model in self._models) - models_s))
            self.total_s += took_s
            return result

        return timed


class Limit(NamedTuple):
    """When to stop: after `seconds`, but not before `least` rounds, and after `most` in any case."""

    seconds: float
    least: int
    most: int

    def reached(self, began: float, rounds: int) -> bool:
        """Whether to stop, begun at this time (`time.perf_counter`)."""
        return rounds >= self.most or (rounds >= self.least and time.perf_counter() - began >= self.seconds)


def in_turn(rivals: Mapping[K, Callable[[], object]], limit: Limit) -> dict[K, list[float]]:
    """The seconds of each call: in each round all are called once, in random order.

    So whatever else the machine does meets all alike, and the n-th times of all belong together.
    """
    order = list(rivals)
    times: dict[K, list[float]] = {rival: [] for rival in order}
    for rival in order * _WARM_UP:
        rivals[rival]()
    shuffle = random.Random(0).shuffle  # noqa: S311 - no secret
    began = time.perf_counter()
    rounds = 0
    while not limit.reached(began, rounds):
        shuffle(order)
        for rival in order:
            start = time.perf_counter()
            rivals[rival]()
            times[rival].append(time.perf_counter() - start)
        rounds += 1
    return times
