# SPDX-License-Identifier: Apache-2.0
"""Measures everything that there is to measure, on the pictures that come with whod."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.benchmark.chain import TimedVision
from daemon.benchmark.clocks import Lap, Limit, Spread
from daemon.benchmark.delivery import measure_delivery
from daemon.benchmark.door import STANDING_S, measure_door
from daemon.benchmark.host import Host, Neighbours, free_bytes
from daemon.benchmark.parts import measure_parts
from daemon.benchmark.report import FramePath, LeftOut, Report, Stage
from daemon.benchmark.searches import bytes_for, measure_search
from daemon.benchmark.speeds import advise, as_set, measure_models
from daemon.camera.demo import Scene
from daemon.config import PRECISIONS, load
from daemon.errors import BrokerError
from daemon.machine import HOT_C

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daemon.benchmark.door import DoorTimes
    from daemon.benchmark.searches import SearchTime
    from daemon.config import GallerySettings, Settings
    from daemon.vision import Manifest

CLEARLY = 1.1
"""How many times faster another setting must be to be advised."""
_THREADS = (1, 2, 4)
_SPARE = 0.8
"""Part of the free memory that a gallery may take."""
_BUSY = 0.25
"""Part of the cores that others may use before the figures are of little worth."""
_STAGES = (
    *("decode", "resize", "detector_1", "detector_2", "alignment", "quality"),
    *("embedder", "track", "search", "publish"),
)
"""In the order of a frame's way."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    visits: Limit
    parts: Limit
    models: Limit
    search: Limit
    samples: tuple[int, ...]
    deliveries: int


FULL = Effort(
    visits=Limit(8, 6, 100),
    parts=Limit(2, 10, 200),
    models=Limit(6, 5, 200),
    search=Limit(1, 10, 200),
    samples=(1_000, 10_000, 100_000, 1_000_000),
    deliveries=30,
)
QUICK = Effort(
    visits=Limit(1, 2, 10),
    parts=Limit(0.3, 3, 50),
    models=Limit(0.7, 3, 30),
    search=Limit(0.2, 5, 50),
    samples=(1_000, 10_000),
    deliveries=3,
)


def measure(
    folder: Path, settings: Settings, broker: int | str, effort: Effort, say: Callable[[str], None]
) -> Report:
    """Measure this machine.

    Args:
        folder: of the models and the demo.
        settings: of the models; all others are taken as by default, so that the demo means the same everywhere.
        broker: the port on this machine of one that is there for this, or why there is none.
        effort: how long to measure.
        say: is told what comes next.

    Raises ModelRefused.
    """
    host, neighbours, left_out = Host.here(), Neighbours(), list[LeftOut]()
    settings = _with_models_of(settings)
    vision = TimedVision(folder, settings)
    say("the way of a frame")
    times = measure_door(vision, settings, folder / "demo", effort.visits)
    parts = measure_parts(vision.vision, folder / "demo", effort.parts)
    delivered, told = _delivery(broker, times, effort.deliveries, left_out)
    say("the models")
    manifest, picture = vision.vision.manifest, Scene(folder / "demo").at(STANDING_S)
    models = measure_models(manifest, picture, _threads(settings, host.cores), effort.models)
    left_out += _missing(manifest)
    set_as = as_set(models, settings)
    searches = tuple(_searches(effort, settings.gallery, say, left_out))
    others = neighbours.cores()
    return Report(
        host=host,
        others_cores=others,
        set_as=set_as,
        stages=tuple(_stages(vision, times, parts, delivered)),
        frame_path=tuple(FramePath.of(shows, frames) for shows, frames in times.frames.items() if frames),
        frame_to_mqtt=Spread.of(told) if told else None,
        models=tuple(models),
        search=searches,
        advice=tuple(advise(models, set_as, CLEARLY)),
        left_out=tuple(left_out),
        warnings=tuple(warnings(Host.here(), others)),  # warm by now
    )


def _with_models_of(settings: Settings) -> Settings:
    plain = load().settings
    detector = dataclasses.replace(
        plain.detector,
        precision=settings.detector.precision,
        threads=settings.detector.threads,
        tiles=settings.detector.tiles,
    )
    return dataclasses.replace(plain, detector=detector, embedder=settings.embedder)


def _delivery(
    broker: int | str, times: DoorTimes, most: int, left_out: list[LeftOut]
) -> tuple[list[float], list[float]]:
    """The seconds from decisions to a subscriber, and from the frames that they were made on."""
    if isinstance(broker, str):
        left_out.append(LeftOut("publish", broker))
        return [], []
    # The subscriber waits for names.
    decisions = [decision for decision in times.decisions if decision[0].person][:most]
    try:
        delivered = measure_delivery(broker, [event for event, _ in decisions])
    except BrokerError as error:
        left_out.append(LeftOut("publish", str(error)))
        return [], []
    return delivered, [took_s + after_s for (_, took_s), after_s in zip(decisions, delivered, strict=True)]


def _missing(manifest: Manifest) -> Iterator[LeftOut]:
    for entry in (manifest.detector, manifest.embedder):
        for precision in PRECISIONS:
            if precision not in entry.files:
                yield LeftOut(f"{entry.id} in {precision}", "there is no such file")


def _threads(settings: Settings, cores: int) -> list[int]:
    """That the models are measured with."""
    wanted = {count for count in _THREADS if count <= cores}
    return sorted(wanted | {settings.detector.threads, settings.embedder.threads})


def _searches(
    effort: Effort, settings: GallerySettings, say: Callable[[str], None], left_out: list[LeftOut]
) -> Iterator[SearchTime]:
    for samples in effort.samples:
        free, needed = free_bytes(), bytes_for(samples)
        if free is not None and needed > free * _SPARE:
            why = f"it needs {needed // 1_000_000:,} MB of memory, and {free // 1_000_000:,} MB are free"
            left_out.append(LeftOut(f"search among {samples:,}", why))
            continue
        say(f"the search among {samples:,} samples")
        try:
            yield measure_search(samples, settings, effort.search)
        except MemoryError:
            left_out.append(LeftOut(f"search among {samples:,}", "this process may not have so much memory"))


def _stages(
    vision: TimedVision, times: DoorTimes, parts: dict[str, list[float]], delivered: list[float]
) -> Iterator[Stage]:
    laps = {name: [Lap(s, 0.0) for s in seconds] for name, seconds in {**parts, "publish": delivered}.items()}
    laps |= {"track": times.track, **{name: stage.laps for name, stage in vision.stages.items()}}
    return (Stage.of(name, laps[name]) for name in _STAGES if laps[name])


def warnings(host: Host, others: float | None) -> Iterator[str]:
    """What makes the figures worse than they could be; `others` is how many cores other programs used."""
    if others is not None and others > _BUSY * host.cores:
        yield f"Others used {others:g} of {host.cores} cores meanwhile: measure again when they rest."
    if host.throttled:
        yield "The firmware holds the processor back: check the power supply and the cooling."
    if host.temperature_c is not None and host.temperature_c >= HOT_C:
        yield f"The processor is hot ({host.temperature_c} °C), and may slow down for it."
