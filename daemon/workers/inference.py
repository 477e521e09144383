# SPDX-License-Identifier: Apache-2.0
"""Owns the models: looks at frames, and at photos between them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from daemon.errors import WorldError
from daemon.workers.inbox import Task

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.pipeline import Pipeline, Result
    from daemon.types import Frame, Observation, Pixels
    from daemon.vision import Vision
    from daemon.workers.base import Pulse
    from daemon.workers.inbox import Inbox

log = logging.getLogger(__name__)

Change = Callable[["Vision", "Pipeline"], "Vision"]

_TURN_S = 0.25
_PHOTO_LIMIT_S = 30.0
_DAY_S, _PATIENCE_S = 86400.0, 3600.0
"""How long the models are trusted, and how much longer while somebody is there."""


class InferenceWorker:
    """The one thread that invokes models.

    `begin` gives a fresh chain for each run, since a run that hung may still be inside the old one. `tell` is handed
    what each frame led to, and must not block. `canary` makes the check of a chain, which is run once a day, when
    nobody is there. One that fails ends the run, so that damaged models name nobody, and the next loads them anew.
    """

    name = "identification"
    stale_after_s = 20.0
    problem: str | None = None

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        begin: Callable[[], tuple[Vision, Pipeline]],
        tell: Callable[[Frame | None, Result], None],
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
        vision, pipeline = self._begin()
        check, checked_s = self._canary(vision), self._clock.monotonic()
        try:
            while not pulse.stopping:
                pulse.beat()
                while self._changes:
                    before, vision = vision, self._changes.popleft()(vision, pipeline)
                    if vision is not before:
                        check, checked_s = self._canary(vision), self._clock.monotonic()
                quiet = self._turn(vision, pipeline)
                if self._clock.monotonic() - checked_s >= (_DAY_S if quiet else _DAY_S + _PATIENCE_S):
                    check()
                    checked_s = self._clock.monotonic()
        finally:
            if not pulse.given_up:
                self._leave(pipeline, stopping=pulse.stopping)

    def _leave(self, pipeline: Pipeline, *, stopping: bool) -> None:
        if stopping:
            self._inbox.refuse_all()
        self._tell(None, pipeline.finish(clock_synced=self._clock.synced()))

    def _turn(self, vision: Vision, pipeline: Pipeline) -> bool:
        """Do the next thing; whether nobody is there, and nobody waits for an answer."""
        work = self._inbox.take(_TURN_S)
        synced = self._clock.synced()
        if isinstance(work, Task):
            _answer(vision, work)
            return False
        if work is None:
            result = pipeline.pause(self._clock.monotonic(), clock_synced=synced)
        else:
            result = pipeline.process(work, clock_synced=synced)
        self._tell(work, result)
        return not (result.faces or result.view.people)

    def analyse(self, pixels: Pixels) -> list[Observation]:
        """The faces of a photo; called from other threads. Raises WorldError if there is no answer in time."""
        answer = self._inbox.ask(pixels)
        try:
            return answer.result(_PHOTO_LIMIT_S)
        except FutureTimeoutError:
            answer.cancel()
            raise WorldError("whod did not get to the picture in time: try again when it is less busy.") from None


def _answer(vision: Vision, task: Task) -> None:
    """A photo that makes the chain fail does not stop the frames: who sent it gets the error."""
    if not task.answer.set_running_or_notify_cancel():
        return
    try:
        task.answer.set_result(vision.analyse(task.pixels))
    except Exception as error:
        log.exception("A photo cannot be looked at")
        task.answer.set_exception(error)
