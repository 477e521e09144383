# SPDX-License-Identifier: Apache-2.0
"""One camera of the house: who reads it, what it shows now, and whether its picture is as it was."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from daemon.camera.geometry import Geometry
from daemon.types import Box, CameraStatus, LiveView, State
from daemon.vision import cut_out, encode_jpeg
from daemon.workers import PictureWatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemon.clock import Clock
    from daemon.config import CameraSettings, InForce
    from daemon.pipeline import Result
    from daemon.types import Frame, LiveFace, PartHealth, Pixels
    from daemon.workers import CaptureWorker

_FPS_OVER = 50
"""Frames that the frame rate is taken from, at most."""
_LOST_S = 5.0
"""Beyond a frame's turn, after which the newest picture does not show any more what is before the camera."""
_NOW_S = 2.0
"""A face that was seen so long ago, at most, is in view now: a look may miss it."""
_LIVE_WIDTH = 960
_LIVE_EVERY_S = 0.12
"""Between two encodings, at least: viewers ask at their own times, and must not have one each."""


class Site:
    """Filled by the inference thread, read by all others.

    `place` is the camera's among all of them, 0 for the first: it stays, while its name may be changed.
    """

    def __init__(self, place: int, capture: CaptureWorker, clock: Clock, settings: InForce) -> None:
        self.place = place
        self.capture = capture
        self._clock = clock
        self._settings = settings
        name = of_camera("picture", place, settings.now.every_camera[place])
        self.picture = PictureWatch(self.newest, watched=self.settings.watch, name=name)
        self._captured_s: deque[float] = deque(maxlen=_FPS_OVER)
        self._newest: tuple[Frame, Result] | None = None
        self._faced: tuple[float, Pixels, LiveFace] | None = None
        """When a face was seen last, and the largest with what is around it: a whole frame would be 3 MB."""
        self._encoded: LiveView | None = None
        self._encoded_s = 0.0
        self._lock = threading.Lock()

    @property
    def settings(self) -> CameraSettings:
        """Those in force."""
        return self._settings.now.every_camera[self.place]

    def saw(self, frame: Frame, result: Result) -> None:
        """A frame was looked at; called by the inference thread."""
        self._captured_s.append(frame.captured_monotonic_s)
        self._newest = frame, result
        if result.faces:
            face = max(result.faces, key=lambda face: face.box.area)
            self._faced = frame.captured_monotonic_s, _around(frame.pixels, face), face
        elif self._faced and frame.captured_monotonic_s - self._faced[0] > _NOW_S:
            self._faced = None

    def newest(self) -> Frame | None:
        """The newest frame that was looked at; None before the first, and while whod is paused."""
        newest = self._newest
        return newest[0] if newest and not self.settings.paused else None

    def status(self, parts: Iterable[PartHealth]) -> CameraStatus:
        """How it is, by the health of all parts."""
        state = next((part.state for part in parts if part.name == self.capture.name), State.OFF)
        return CameraStatus(self.settings.name, state, self.capture.source, self._fps())

    @property
    def simulated(self) -> bool:
        """Whether its newest frame is of no camera."""
        return bool(self._newest and self._newest[0].simulated)

    def live(self) -> LiveView | None:
        """The newest picture, with what was found in it. Encodes one once, and few, however many ask for it."""
        newest = self._newest
        if newest is None or self.settings.paused:
            return None
        frame, result = newest
        now_s = self._clock.monotonic()
        with self._lock:
            view = self._encoded
            if view is None or (view.seq != frame.seq and now_s - self._encoded_s >= _LIVE_EVERY_S):
                jpeg = encode_jpeg(_small(frame.pixels))
                view = self._encoded = LiveView(jpeg, frame.seq, frame.captured_at, frame.simulated, result.faces)
                self._encoded_s = now_s
        # Who was before a camera that is lost may be gone, renamed or forgotten since.
        lost = now_s - frame.captured_monotonic_s > self._lost_after_s
        return replace(view, faces=(), lost=True) if lost else view

    def face(self) -> tuple[Pixels, LiveFace] | None:
        """The largest face that is in view now, after the picture of it and what is around; None without one."""
        faced = self._faced
        if faced is None or self._clock.monotonic() - faced[0] > _NOW_S:
            return None
        return faced[1], faced[2]

    def whole_picture(self, rotation: int, *, hflip: bool, vflip: bool) -> bytes | None:
        """See `daemon.service.Service.whole_picture`."""
        pixels = self.capture.whole(Geometry(rotation, hflip, vflip))
        return None if pixels is None else encode_jpeg(_small(pixels))

    @property
    def _lost_after_s(self) -> float:
        return _LOST_S + 1 / self.settings.fps

    def _fps(self) -> float:
        times = tuple(self._captured_s)
        if self.settings.paused or len(times) < 2 or self._clock.monotonic() - times[-1] > self._lost_after_s:  # noqa: PLR2004
            return 0.0
        return (len(times) - 1) / max(times[-1] - times[0], 1e-3)


def of_camera(part: str, place: int, settings: CameraSettings) -> str:
    """What a part of the health is called that each camera has: "camera", and "camera NAME" after the first."""
    return f"{part} {settings.name}" if place else part


def _around(pixels: Pixels, face: LiveFace) -> Pixels:
    height, width = pixels.shape[:2]
    x, y, w, h = face.box
    return cut_out(pixels, Box(x * width, y * height, w * width, h * height))


def _small(pixels: Pixels) -> Pixels:
    """For a page: every second, third… pixel, at about _LIVE_WIDTH."""
    step = max(1, round(pixels.shape[1] / _LIVE_WIDTH))
    return np.ascontiguousarray(pixels[::step, ::step])
