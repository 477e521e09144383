# SPDX-License-Identifier: Apache-2.0
"""Reads the camera, and gets it back when it goes away."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.camera import EndOfFrames, describe_source, open_camera
from daemon.errors import CameraError
from daemon.workers.base import Backoff

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.camera import Camera
    from daemon.clock import Clock
    from daemon.config import CameraSettings
    from daemon.workers.base import Pulse
    from daemon.workers.inbox import Inbox

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 5.0
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
        self.stale_after_s = (
            _DEVICES * settings.open_timeout_s + settings.read_timeout_s + 1 / settings.fps + _SLACK_S
        )
        self.source = describe_source(settings.source)
        self._seq = 0
        self.problem: str | None = None

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        backoff = Backoff(longest=_LONGEST_WAIT_S)
        while not pulse.stopping:
            pulse.beat()
            try:
                self._watch(pulse, backoff)
            except EndOfFrames:
                log.info("The camera's source has ended: %s", self.source)
                while not pulse.stopping:
                    pulse.wait("the recording has ended", 1.0)
            except CameraError as error:
                self._say(str(error))
                pulse.wait(str(error), backoff.next())

    def _watch(self, pulse: Pulse, backoff: Backoff) -> None:
        camera = open_camera(self._settings, self._clock, self._models, pulse.sleep)
        try:
            self._deliver(camera, pulse, backoff)
        finally:
            camera.close()

    def _deliver(self, camera: Camera, pulse: Pulse, backoff: Backoff) -> None:
        self.source = camera.description
        pulse.beat()
        while not pulse.stopping:
            # A camera counts from 0 each time it is opened; here a number never comes twice.
            self._inbox.put(replace(camera.read(), seq=self._seq))
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
