# SPDX-License-Identifier: Apache-2.0
"""Whether this machine is faster with the models' other precision, as far as `whod doctor` cares."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from daemon.config.rewriting import rewrite
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.benchmark import Speed
    from daemon.config import Settings

_SECONDS, _LEAST_ROUNDS, _MOST_ROUNDS = 2, 3, 12
"""Slow models are told apart by few rounds: nobody waits for `whod doctor` longer than need be."""
_CLEARLY = 1.25
"""How many times faster the other precision must be to be worth a word."""


def describe(settings: Settings) -> str:
    """What each model takes in each precision."""
    return ", ".join(f"{s.model} {s.precision} {s.spread.median_ms:.1f} ms" for s in _speeds(settings))


def faster(settings: Settings) -> dict[str, str]:
    """Settings of precision, by name, with which a model is clearly faster here."""
    from daemon.benchmark import advise, as_set  # noqa: PLC0415

    speeds = _speeds(settings)
    return {advice.setting: str(advice.value) for advice in advise(speeds, as_set(speeds, settings), _CLEARLY)}


def fix(settings: Settings, config: Path | None) -> dict[str, str]:
    """Write the settings of `faster` into the settings file, and give them; none need be there.

    Raises ConfigError if there is no file or it cannot be changed, ModelRefused if the models do not see with these
    settings what they should.
    """
    changes = faster(settings)
    if not changes:
        return changes
    if config is None:
        raise ConfigError(
            ["There is no settings file to write to: make an empty /etc/whod/config.toml, or name one with --config."]
        )
    from daemon.vision import Vision, check_golden, models_folder  # noqa: PLC0415

    chosen = {name.split(".")[0]: precision for name, precision in changes.items()}
    check_golden(Vision.load(models_folder(), settings.with_precision(**chosen)))
    rewrite(config, changes)
    return changes


@functools.cache
def _speeds(settings: Settings) -> tuple[Speed, ...]:
    """Of all models in all precisions, with the threads that are set; measured once."""
    from daemon.benchmark import Limit, measure_models  # noqa: PLC0415
    from daemon.types import Photo  # noqa: PLC0415
    from daemon.vision import decode, load_manifest, models_folder  # noqa: PLC0415

    manifest = load_manifest(models_folder())
    golden = manifest.golden.picture
    picture = decode(Photo(golden.path.name, golden.checked().read_bytes()))
    threads = {"detector": settings.detector.threads, "embedder": settings.embedder.threads}
    limit = Limit(_SECONDS, _LEAST_ROUNDS, _MOST_ROUNDS)
    speeds = measure_models(manifest, picture, sorted({*threads.values()}), limit)
    return tuple(speed for speed in speeds if speed.threads == threads[speed.model])
