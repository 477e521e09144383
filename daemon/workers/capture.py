# SPDX-License-Identifier: Apache-2.0
"""Reads the camera, and gets it back when it goes away."""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from daemon.camera import EndOfFrames, describe_source, open_camera
from daemon.camera.lifeless import Lifeless
from daemon.errors import CameraError
from daemon.workers.base import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.camera import Camera
    from daemon.camera.geometry import Geometry
    from daemon.clock import Clock
    from daemon.config import CameraSettings
    from daemon.types import Frame, Pixels
    from daemon.workers.base import Pulse
    from daemon.workers.inbox import Inbox

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 5.0
_TURN_S = 0.25
"""Within which other settings are noticed during a wait."""
_LATE_S = 4.0
"""Beyond a frame's turn, from which its absence is told."""
_SLACK_S = 2.0
"""Beyond all time limits, from which a call counts as one that does not come back."""
_DEVICES = 3
"""As many as "auto" may try to open before it finds one that works."""
_LIFELESS = (
    "shows nothing, or the same picture again and again: it may just be dark; "
    "if it is not, uncover its lens, or unplug it and plug it in again."
)


class CaptureWorker:
    """Owns one camera; puts each frame into the inbox, with the camera's `place`, and waits for nobody.

    `fps` gives the frames a second that are wanted now, of those that the settings allow.
    """

    def __init__(
        self,
        settings: CameraSettings,
        clock: Clock,
        models: Path,
        inbox: Inbox,
        *,
        name: str = "camera",
        place: int = 0,
        fps: Callable[[CameraSettings], float] | None = None,
    ) -> None:
        self.name = name
        self._place = place
        self._settings = settings
        self._clock = clock
        self._models = models
        self._inbox = inbox
        self._fps = fps
        self.source = describe_source(settings.source)
        self._seq = 0
        self._camera: Camera | None = None
        self._reading = False
        self._pulse: Pulse | None = None
        self._lifeless = Lifeless()
        self._hung = False
        self._trouble: str | None = None
        self._logged: str | None = None
        """The trouble that the log has: not each time that it gets dark and light again."""
        self._told = ""
        """Which camera the log has: not each time that one is tried which gives no frames."""

    @property
    def stale_after_s(self) -> float:
        """See `Worker.stale_after_s`."""
        settings = self._settings
        if self._reading:
            return settings.read_timeout_s + 1 / settings.fps + _SLACK_S
        return _DEVICES * (settings.open_timeout_s + _SLACK_S)

    @property
    def problem(self) -> str | None:
        """See `Worker.problem`; told while a call still hangs, too."""
        return self._trouble or self._late()

    def _late(self) -> str | None:
        settings, silent_s = self._settings, self._pulse.silent_s if self._pulse else 0.0
        if self._reading:
            return f"{self.source} gives no picture." if silent_s > _LATE_S + 1 / settings.fps else None
        return f"{self.source} is still being opened." if silent_s > settings.open_timeout_s else None

    def change(self, settings: CameraSettings) -> None:
        """Close the camera after the frame that is read, and open it by these settings; called by any thread."""
        self._settings = settings

    def whole(self, geometry: Geometry) -> Pixels | None:
        """The newest picture as it would be with another geometry; None while no camera is open."""
        camera = self._camera
        return camera.whole(geometry) if camera else None

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        if self._pulse:  # the run before failed, which is not over until there are frames
            self._trouble = self._logged = self._trouble or f"{self.source} failed, and is opened anew."
        self._pulse, self._reading = pulse, False
        while not pulse.stopping:
            settings = self._settings
            if settings.paused:
                self._rest(settings, pulse)
            else:
                self._run_with(settings, pulse)
            if settings is not self._settings and not pulse.given_up:
                self.source, self._trouble = describe_source(self._settings.source), None
                self._lifeless = Lifeless()

    def _run_with(self, settings: CameraSettings, pulse: Pulse) -> None:
        """Until told to stop, or until there are others."""
        backoff = Backoff(longest=_LONGEST_WAIT_S)
        while not self._is_over(settings, pulse):
            pulse.beat()
            try:
                self._watch(settings, pulse, backoff)
            except EndOfFrames:
                log.info("The camera's source has ended: %s", self.source)
                self._wait(settings, pulse, "the recording has ended", math.inf)
            except CameraError as error:
                if pulse.given_up:  # another run has the camera now
                    return
                self._say(str(error))
                self._wait(settings, pulse, str(error), backoff.next())

    def _rest(self, settings: CameraSettings, pulse: Pulse) -> None:
        """Until there are other settings."""
        log.info("The camera is closed: it is paused (camera.paused)")
        self._told = ""
        while not self._is_over(settings, pulse):
            pulse.rest("it is paused", _TURN_S)

    def _is_over(self, settings: CameraSettings, pulse: Pulse) -> bool:
        return pulse.stopping or self._settings is not settings

    def _wait(self, settings: CameraSettings, pulse: Pulse, sentence: str, seconds: float) -> None:
        until_s = self._clock.monotonic() + seconds
        while not self._is_over(settings, pulse) and self._clock.monotonic() < until_s:
            pulse.wait(sentence, min(_TURN_S, until_s - self._clock.monotonic()))

    def _watch(self, settings: CameraSettings, pulse: Pulse, backoff: Backoff) -> None:
        pace = partial(self._fps, settings) if self._fps else None
        with contextlib.closing(open_camera(settings, self._clock, self._models, pulse.sleep, pace)) as camera:
            if pulse.stopping:
                return
            self._camera, self._reading = camera, True
            try:
                self._deliver(camera, settings, pulse, backoff)
            finally:
                if not pulse.given_up:
                    self._camera, self._reading = None, False

    def _deliver(self, camera: Camera, settings: CameraSettings, pulse: Pulse, backoff: Backoff) -> None:
        self.source = camera.description
        if self.source != self._told:
            log.info("The camera is open: %s", self.source)
        self._told = self.source
        self._lifeless.begin()
        pulse.beat()
        while not self._is_over(settings, pulse):
            frame = camera.read()
            # While it was waited for, whod may have been paused, or this run given up: nobody is to be looked at.
            if pulse.stopping or self._settings.paused:
                return
            pulse.beat()
            if not self._lives(camera, frame):
                continue
            # A camera counts from 0 each time it is opened; here a number never comes twice.
            self._inbox.put(replace(frame, seq=self._seq, place=self._place))
            self._seq += 1
            if self._logged:
                log.info("The camera gives frames: %s", self.source)
            self._trouble = self._logged = None
            backoff.reset()

    def _lives(self, camera: Camera, frame: Frame) -> bool:
        """Whether a frame is worth looking at; after too long without one, it has to differ from the one before.

        Raises CameraError where another opening may help.
        """
        if math.isinf(camera.frozen_after_s) or self._lifeless.see(frame):
            self._hung = False
        elif self._lifeless.for_s(frame) >= camera.frozen_after_s:
            self._hung, self._trouble = True, f"{self.source} {_LIFELESS}"
            if self._lifeless.worth_opening(frame):
                raise CameraError(self._trouble)
        return not self._hung

    def _say(self, sentence: str) -> None:
        if sentence != self._logged:
            log.warning("%s", sentence)
        self._trouble = self._logged = sentence
