# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found, and how it reads as JSON (docs/cli.md)."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daemon.benchmark.clocks import Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.benchmark.clocks import Lap
    from daemon.benchmark.door import FrameTime
    from daemon.benchmark.host import Host
    from daemon.benchmark.searches import SearchTime
    from daemon.benchmark.speeds import Advice, Speed


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way of a frame, or of a picture that is given."""

    name: str
    spread: Spread
    models_ms: float | None = None
    """The median of what the models took of it; None for what uses none."""

    @classmethod
    def of(cls, name: str, laps: Sequence[Lap]) -> Stage:
        """From at least one call."""
        models_s = statistics.median(lap.models_s for lap in laps)
        return cls(name, Spread.of([lap.took_s for lap in laps]), round(models_s * 1000, 4) if models_s else None)


@dataclass(frozen=True, slots=True)
class FramePath:
    """The whole way of a frame through `Pipeline.process`."""

    shows: str
    """``still``, ``nobody``, ``deciding`` or ``known``."""
    spread: Spread
    models_ms: float
    """The median of what all invokes of models took together."""
    invokes: float
    """How many there were, on average."""
    over_models: float | None
    """How many times as long as the models alone it takes: the median over the frames; None where no model ran."""

    @classmethod
    def of(cls, shows: str, frames: Sequence[FrameTime]) -> FramePath:
        """From at least one frame."""
        wholes = [frame.whole for frame in frames]
        ratios = [whole.took_s / whole.models_s for whole in wholes if whole.models_s]
        return cls(
            shows,
            Spread.of([whole.took_s for whole in wholes]),
            round(statistics.median(whole.models_s for whole in wholes) * 1000, 4),
            round(statistics.mean(frame.invokes for frame in frames), 2),
            round(statistics.median(ratios), 3) if ratios else None,
        )

    @property
    def frames_per_s(self) -> float:
        """How many such frames a second this machine can look at."""
        return round(1000 / self.spread.median_ms, 1)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not measured, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything."""

    host: Host
    others_cores: float | None
    """Cores that other programs used meanwhile."""
    set_as: tuple[Speed, ...]
    """The models as they are set now."""
    stages: tuple[Stage, ...]
    frame_path: tuple[FramePath, ...]
    frame_to_mqtt: Spread | None
    """From the frame that decides to a subscriber at a broker on this machine."""
    models: tuple[Speed, ...]
    search: tuple[SearchTime, ...]
    advice: tuple[Advice, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """See docs/cli.md."""
        return {
            "machine": {**dataclasses.asdict(self.host), "others_cores": self.others_cores},
            "settings": {s.model: {"precision": s.precision, "threads": s.threads} for s in self.set_as},
            "stages": [_flat(stage) for stage in self.stages],
            "frame_path": [{**_flat(path), "frames_per_s": path.frames_per_s} for path in self.frame_path],
            "frame_to_mqtt": dataclasses.asdict(self.frame_to_mqtt) if self.frame_to_mqtt else None,
            "models": [_flat(speed) for speed in self.models],
            "search": [_flat(search) for search in self.search],
            "advice": [dataclasses.asdict(advice) for advice in self.advice],
            "left_out": [dataclasses.asdict(left_out) for left_out in self.left_out],
            "warnings": list(self.warnings),
        }


def _flat(measured: Stage | FramePath | Speed | SearchTime) -> dict[str, Any]:
    """With the figures of its spread beside the others."""
    values = dataclasses.asdict(measured)
    spread = values.pop("spread")
    return {**values, **spread}
