# SPDX-License-Identifier: Apache-2.0
"""The models alone: float against int8, with one thread and with more."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.benchmark.clocks import Spread, in_turn
from daemon.vision.runtime import load_model
from daemon.vision.sampling import Square, sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daemon.benchmark.clocks import Limit
    from daemon.config import Settings
    from daemon.types import Pixels
    from daemon.vision import Manifest


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one model in one precision with so many threads."""

    model: str
    """``detector`` or ``embedder``, as the sections of the settings are called."""
    precision: str
    threads: int
    spread: Spread


@dataclass(frozen=True, slots=True)
class Advice:
    """A setting that makes this machine faster."""

    setting: str
    value: str | int
    faster: float
    """How many times, for the model that it is about, with all that is advised for it."""


def measure_models(manifest: Manifest, picture: Pixels, threads: Sequence[int], limit: Limit) -> list[Speed]:
    """All models in all precisions that are there, each with so many `threads`, in turn. Raises ModelRefused."""
    rivals = {}
    for name, entry in (("detector", manifest.detector), ("embedder", manifest.embedder)):
        pixels = sample(picture, Square.around(*picture.shape[1::-1]), entry.input_size).pixels
        for precision in entry.files:
            for count in threads:
                model = load_model(entry, precision, count)
                rivals[name, precision, count] = functools.partial(model, pixels)
    times = in_turn(rivals, limit)
    return [Speed(*rival, Spread.of(seconds)) for rival, seconds in times.items()]


def as_set(speeds: Sequence[Speed], settings: Settings) -> tuple[Speed, ...]:
    """Those that the settings ask for."""
    wanted = [
        ("detector", settings.detector.precision, settings.detector.threads),
        ("embedder", settings.embedder.precision, settings.embedder.threads),
    ]
    return tuple(speed for speed in speeds if (speed.model, speed.precision, speed.threads) in wanted)


def better(speeds: Sequence[Speed], now: Speed, factor: float) -> Speed | None:
    """One of the same model that is faster than what is set `now` by this factor, if any.

    Of several nearly as fast as the fastest, the one with the fewest threads: the others have something to do too.
    """
    rivals = [speed for speed in speeds if speed.model == now.model]
    fastest = min(speed.spread.median_ms for speed in rivals)
    good = [
        speed
        for speed in rivals
        if speed.spread.median_ms * factor <= now.spread.median_ms and speed.spread.median_ms <= fastest * factor
    ]
    return min(good, key=lambda speed: (speed.threads, speed.spread.median_ms), default=None)


def advise(speeds: Sequence[Speed], set_as: Sequence[Speed], factor: float) -> Iterator[Advice]:
    """What to set otherwise, where that makes a model faster by `factor`."""
    for now in set_as:
        found = better(speeds, now, factor)
        if found is None:
            continue
        gain = round(now.spread.median_ms / found.spread.median_ms, 2)
        if found.precision != now.precision:
            yield Advice(f"{now.model}.precision", found.precision, gain)
        if found.threads != now.threads:
            yield Advice(f"{now.model}.threads", found.threads, gain)
