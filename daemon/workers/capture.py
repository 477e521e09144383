# SPDX-License-Identifier: Apache-2.0
"""Reads the camera, and gets it back when it goes away."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.camera import EndOfFrames, describe_source, open_camera
from daemon.errors import CameraError
from daemon.workers.base import Backoff

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.camera import Camera
    from daemon.camera.geometry import Geometry
    from daemon.clock import Clock
    from daemon.config import CameraSettings
    from daemon.types import Pixels
    from daemon.workers.base import Pulse
    from daemon.workers.inbox import Inbox

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 5.0
_TURN_S = 0.25
"""Within which other settings are noticed during a wait."""
_SLACK_S = 5.0
_DEVICES = 3
"""As many as "auto" may try to open before it finds one that works."""


class CaptureWorker:
    """Owns the camera; puts each frame into the inbox and waits for nobody."""

    name = "camera"

    def __init__(self, settings: CameraSettings, clock: Clock, models: Path, inbox: Inbox) -> None:
        self._settings = settings
        self._clock = clock
        self._models = models
        self._inbox = inbox
        self.source = describe_source(settings.source)
        self._seq = 0
        self._camera: Camera | None = None
        self.problem: str | None = None

    @property
    def stale_after_s(self) -> float:
        """See `Worker.stale_after_s`."""
        settings = self._settings
        return _DEVICES * settings.open_timeout_s + settings.read_timeout_s + 1 / settings.fps + _SLACK_S

    def change(self, settings: CameraSettings) -> None:
        """Close the camera after the frame that is read, and open it by these settings; called by any thread."""
        self._settings = settings

    def whole(self, geometry: Geometry) -> Pixels | None:
        """The newest picture as it would be with another geometry; None while no camera is open."""
        camera = self._camera
        return camera.whole(geometry) if camera else None

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        while not pulse.stopping:
            settings = self._settings
            if settings.paused:
                self._rest(settings, pulse)
            else:
                self._run_with(settings, pulse)
            if settings is not self._settings:
                self.source, self.problem = describe_source(self._settings.source), None

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
                self._say(str(error))
                self._wait(settings, pulse, str(error), backoff.next())

    def _rest(self, settings: CameraSettings, pulse: Pulse) -> None:
        """Until there are other settings."""
        log.info("The camera is closed: it is paused (camera.paused)")
        while not self._is_over(settings, pulse):
            pulse.rest("it is paused", _TURN_S)

    def _is_over(self, settings: CameraSettings, pulse: Pulse) -> bool:
        return pulse.stopping or self._settings is not settings

    def _wait(self, settings: CameraSettings, pulse: Pulse, sentence: str, seconds: float) -> None:
        until_s = self._clock.monotonic() + seconds
        while not self._is_over(settings, pulse) and self._clock.monotonic() < until_s:
            pulse.wait(sentence, min(_TURN_S, until_s - self._clock.monotonic()))

    def _watch(self, settings: CameraSettings, pulse: Pulse, backoff: Backoff) -> None:
        camera = self._camera = open_camera(settings, self._clock, self._models, pulse.sleep)
        try:
            self._deliver(camera, settings, pulse, backoff)
        finally:
            self._camera = None
            camera.close()

    def _deliver(self, camera: Camera, settings: CameraSettings, pulse: Pulse, backoff: Backoff) -> None:
        self.source = camera.description
        pulse.beat()
        while not self._is_over(settings, pulse):
            # A camera counts from 0 each time it is opened; here a number never comes twice.
            frame = camera.read()
            if self._settings.paused:  # since it was asked for: nobody is to be looked at any more
                return
            self._inbox.put(replace(frame, seq=self._seq))
            self._seq += 1
            pulse.beat()
            if self.problem:
                log.info("The camera gives frames: %s", self.source)
            self.problem = None
            backoff.reset()

    def _say(self, sentence: str) -> None:
        if sentence != self.problem:
            log.warning("%s", sentence)
        self.problem = sentence
