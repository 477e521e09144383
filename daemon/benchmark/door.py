# SPDX-License-Identifier: Apache-2.0
"""The frame path: visits to the demo's door are played to the real pipeline, frame by frame."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from daemon.benchmark.chain import TimedGallery
from daemon.benchmark.clocks import Lap, Stopwatch
from daemon.camera.demo import AWAY_S, CYCLE_S, ENTER_S, STAND_S, VISITORS, Scene
from daemon.camera.pictures import read_picture
from daemon.clock import SystemClock
from daemon.gallery import Gallery
from daemon.pipeline import Pipeline
from daemon.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daemon.benchmark.chain import TimedVision
    from daemon.benchmark.clocks import Limit
    from daemon.config import Settings
    from daemon.types import DecisionEvent

SHOWS = STILL, NOBODY, DECIDING, KNOWN = "still", "nobody", "deciding", "known"
"""What a frame shows: nobody, as before, so that no model need look; nobody; a face to be decided on, which is
embedded; a face that has its name and is only followed."""

STANDING_S = ENTER_S + STAND_S / 2
"""A time of the scene at which somebody stands before the door."""

_FPS = 10
_PAUSE_S = 1.1
"""Longer than `detector.still_s`, so that a frame without anybody is looked at."""
_EMPTY = _FOLLOWED = 6
"""Frames that are looked at before somebody comes, each with one after it that is not; and after there is a name."""


class FrameTime(NamedTuple):
    """What one frame took."""

    whole: Lap
    invokes: int
    """Of models."""
    track_s: float
    """Outside of all other stages: association, evidence, decision."""


@dataclass(frozen=True, slots=True)
class DoorTimes:
    """What the visits took."""

    frames: dict[str, list[FrameTime]] = field(default_factory=lambda: {shows: [] for shows in SHOWS})
    """By what they show."""
    decisions: list[tuple[DecisionEvent, float]] = field(default_factory=list)
    """And the seconds that their frames took."""

    @property
    def track(self) -> list[Lap]:
        """What `FrameTime.track_s` was where there was a face."""
        return [Lap(frame.track_s, 0.0) for frame in self.frames[DECIDING] + self.frames[KNOWN]]


def measure_door(vision: TimedVision, settings: Settings, pictures: Path, limit: Limit) -> DoorTimes:
    """Three people who are enrolled come to the demo's door, again and again; a round of `limit` is a visit.

    What the stages took stands in `vision` afterwards. `pictures` is the folder of the demo.
    """
    scene = Scene(pictures)
    with tempfile.TemporaryDirectory(prefix="whod-") as folder, contextlib.ExitStack() as stack:
        gallery = Gallery.open(Path(folder) / "gallery.db", vision.vision.model_id, settings.gallery, SystemClock())
        stack.callback(gallery.close)
        for visitor in VISITORS:
            picture = read_picture(pictures / f"{visitor.stem}.jpg")
            if picture is not None:  # the scene has read it too
                gallery.enrol(visitor.stem, vision.vision.analyse(picture), "bench")
        return _visits(vision, TimedGallery(gallery, vision.stages["search"]), settings, scene, limit)


def _visits(vision: TimedVision, gallery: TimedGallery, settings: Settings, scene: Scene, limit: Limit) -> DoorTimes:
    times, warm_up = DoorTimes(), DoorTimes()
    _play(0, Pipeline(vision, gallery, settings), vision, scene, warm_up)
    for stage in vision.stages.values():
        stage.laps.clear()
    began = time.perf_counter()
    for visit in itertools.takewhile(lambda visit: not limit.reached(began, visit), itertools.count()):
        _play(visit, Pipeline(vision, gallery, settings), vision, scene, times)
    return times


def _play(visit: int, pipeline: Pipeline, vision: TimedVision, scene: Scene, times: DoorTimes) -> None:
    """One visit: some frames without anybody, then somebody, until they have been followed for a while."""
    watch = Stopwatch(*vision.models)
    process = watch.around(pipeline.process)
    followed = 0
    for seq, (at_s, standing) in enumerate(_moments(visit)):
        frame = Frame(scene.at(at_s), seq, at_s, datetime.now(UTC), simulated=True)
        stages_s, invokes = vision.stages_s, vision.invokes
        result = process(frame, clock_synced=True)
        whole = watch.laps[-1]
        invokes = vision.invokes - invokes
        track_s = whole.took_s - (vision.stages_s - stages_s)
        times.frames[_shows(standing=standing, named=bool(followed), invokes=invokes)].append(
            FrameTime(whole, invokes, track_s)
        )
        times.decisions.extend((event, whole.took_s) for event in result.events)
        followed += bool(followed or result.events)
        if followed > _FOLLOWED:
            return


def _shows(*, standing: bool, named: bool, invokes: int) -> str:
    if standing:
        return KNOWN if named else DECIDING
    return NOBODY if invokes else STILL


def _moments(visit: int) -> Iterator[tuple[float, bool]]:
    """Times of the scene, and whether somebody stands there; at 10 frames a second, each visit a little later."""
    start = (visit + 1) * CYCLE_S + 0.01 * (visit % _FPS)
    for i in range(_EMPTY):
        looked_at_s = start - AWAY_S + 0.1 + i * _PAUSE_S
        yield looked_at_s, False
        yield looked_at_s + 1 / _FPS, False
    for i in range(int((STAND_S - 0.5) * _FPS)):
        yield start + ENTER_S + 0.2 + i / _FPS, True
