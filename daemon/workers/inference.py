# SPDX-License-Identifier: Apache-2.0
"""Owns the models: looks at the frames of all cameras, and at photos between them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from daemon.errors import WorldError
from daemon.machine import give_back_memory
from daemon.workers.inbox import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon.clock import Clock
    from daemon.pipeline import Pipeline, Result
    from daemon.types import Frame, Observation, Pixels
    from daemon.vision import Vision
    from daemon.workers.base import Pulse
    from daemon.workers.inbox import Inbox

log = logging.getLogger(__name__)

Change = Callable[["Vision", "Sequence[Pipeline]"], "Vision"]
Tell = Callable[["Frame | None", "Result"], None]

_TURN_S = 0.25
_PHOTO_LIMIT_S = 30.0
_DAY_S, _PATIENCE_S = 86400.0, 3600.0
"""How long the models are trusted, and how much longer while somebody is there."""


class InferenceWorker:
    """The one thread that invokes models.

    `begin` gives a fresh chain for each run, since a run that hung may still be inside the old one: the models, and a
    pipeline for each camera, by its place. `tell` is handed what each frame led to, and must not block. `canary`
    makes the check of a chain, which is run once a day, when nobody is there. One that fails ends the run, so that
    damaged models name nobody, and the next loads them anew.
    """

    name = "identification"
    stale_after_s = 20.0
    problem: str | None = None

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        begin: Callable[[], tuple[Vision, Sequence[Pipeline]]],
        tell: Tell,
        canary: Callable[[Vision], Callable[[], None]],
    ) -> None:
        self._inbox = inbox
        self._clock = clock
        self._begin = begin
        self._tell = tell
        self._canary = canary
        self._changes: deque[Change] = deque()

    def change(self, change: Change) -> None:
        """Do this between two frames, with the chain in use; it gives the one to go on with. Called by any thread."""
        self._changes.append(change)

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        vision, pipelines = self._begin()
        cameras = _Cameras(pipelines, self._clock, self._tell)
        check, checked_s = self._canary(vision), self._clock.monotonic()
        try:
            while not pulse.stopping:
                pulse.beat()
                while self._changes:
                    before, vision = vision, self._changes.popleft()(vision, pipelines)
                    if vision is not before:
                        check, checked_s = self._canary(vision), self._clock.monotonic()
                        del before  # the models take 15 MB: not until the next change
                        give_back_memory()
                quiet = self._turn(vision, cameras)
                if self._clock.monotonic() - checked_s >= (_DAY_S if quiet else _DAY_S + _PATIENCE_S):
                    check()
                    checked_s = self._clock.monotonic()
        finally:
            if not pulse.given_up:
                if pulse.stopping:
                    self._inbox.refuse_all()
                cameras.finish()

    def _turn(self, vision: Vision, cameras: _Cameras) -> bool:
        """Do the next thing; whether nobody is there, and nobody waits for an answer."""
        work = self._inbox.take(_TURN_S)
        if isinstance(work, Task):
            _answer(vision, work)
            return False
        return cameras.turn(work)

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """The faces of a photo; called from other threads. Raises WorldError if there is no answer in time."""
        answer = self._inbox.ask(pixels)
        try:
            return answer.result(_PHOTO_LIMIT_S)
        except FutureTimeoutError:
            answer.cancel()
            raise WorldError("whod did not get to the picture in time: try again when it is less busy.") from None


class _Cameras:
    """The pipelines of a run. Each has its turns: with its frames, and without one while none comes."""

    def __init__(self, pipelines: Sequence[Pipeline], clock: Clock, tell: Tell) -> None:
        self._pipelines = pipelines
        self._clock = clock
        self._tell = tell
        self._turned_s = [clock.monotonic()] * len(pipelines)
        self._busy = [False] * len(pipelines)

    def turn(self, frame: Frame | None) -> bool:
        """Look at a frame, if there is one, and go on with the cameras that give none; whether nobody is anywhere."""
        synced = self._clock.synced()
        if frame:
            self._done(frame.place, frame, self._pipelines[frame.place].process(frame, clock_synced=synced))
        now_s = self._clock.monotonic()
        for place, pipeline in enumerate(self._pipelines):
            if frame is None or now_s - self._turned_s[place] >= _TURN_S:
                self._done(place, None, pipeline.pause(now_s, clock_synced=synced))
        return not any(self._busy)

    def finish(self) -> None:
        """No frame will come: end all visits."""
        synced = self._clock.synced()
        for pipeline in self._pipelines:
            self._tell(None, pipeline.finish(clock_synced=synced))

    def _done(self, place: int, frame: Frame | None, result: Result) -> None:
        self._turned_s[place] = self._clock.monotonic()
        self._busy[place] = bool(result.faces or result.view.people)
        self._tell(frame, result)


def _answer(vision: Vision, task: Task) -> None:
    """A photo that makes the chain fail does not stop the frames: who sent it gets the error."""
    if not task.answer.set_running_or_notify_cancel():
        return
    try:
        task.answer.set_result(vision.analyse(task.pixels))
    except Exception as error:
        log.exception("A photo cannot be looked at")
        task.answer.set_exception(error)
