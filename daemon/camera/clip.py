# SPDX-License-Identifier: Apache-2.0
"""A video file, played in real time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.camera.base import EndOfFrames, Shot
from daemon.camera.opencv import ffmpeg_limits
from daemon.errors import CameraError

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.camera.base import Timing
    from daemon.config import CameraSettings

FALLBACK_FPS = 25.0
"""For clips that do not say how many frames they have a second."""

ROUNDING_S = 1e-3
"""Containers round the times of their frames to this."""


class ClipSource:
    """A video file at the speed it was taken at; frames beyond `camera.fps` are left out.

    Raises CameraError if the file is not there or is no video.
    """

    simulated = False
    frozen_after_s = math.inf

    def __init__(self, path: Path, settings: CameraSettings, timing: Timing) -> None:
        if not path.is_file():
            raise CameraError(f"There is no file {path}: set camera.source.")
        self._path = path
        self._timing = timing
        self._loop = settings.loop
        self._parameters = ffmpeg_limits(settings)
        self._capture = self._open()
        width, height = (int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self.description = f"file {path} {width}x{height}"
        self._interval_s = 1 / (self._capture.get(cv2.CAP_PROP_FPS) or FALLBACK_FPS)
        self._position_s = -math.inf
        self._starts_s: float | None = None
        """When (monotonic) the clip's own time is 0; None before its first frame."""

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`."""
        self._timing.until(due_s)
        starts_s = self._advance_to_now()
        whole, bgr = self._capture.retrieve()
        if not whole:
            raise CameraError(f"The file {self._path} is damaged.")
        self._timing.until(starts_s + self._position_s)
        return Shot(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), self._timing.now())

    def close(self) -> None:
        """See `daemon.camera.base.Source.close`."""
        self._capture.release()

    def _open(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG, self._parameters)
        if not capture.isOpened():
            raise CameraError(f"The file {self._path} is no video that can be played.")
        return capture

    def _advance_to_now(self) -> float:
        """Go on to the frame that is to be seen now, or else to the next. Gives when the clip's time is 0."""
        now_s = self._timing.now()
        starts_s = self._advance(now_s)
        while starts_s + self._position_s + self._interval_s < now_s + ROUNDING_S:
            starts_s = self._advance(now_s)
            if self._timing.now() - now_s > self._timing.period_s:  # decoding is slower than the clip: so are we
                self._starts_s = starts_s = self._timing.now() - self._position_s
                break
        return starts_s

    def _advance(self, now_s: float) -> float:
        if not self._capture.grab():
            self._rewind()
        stamp_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        follows = stamp_s > self._position_s
        self._position_s = stamp_s if follows else self._position_s + self._interval_s
        if self._starts_s is None:
            self._starts_s = now_s - self._position_s
        return self._starts_s

    def _rewind(self) -> None:
        if self._starts_s is None:
            raise CameraError(f"The file {self._path} has no frame that can be decoded.")
        if not self._loop:
            raise EndOfFrames
        self._capture.release()
        self._capture = self._open()
        if not self._capture.grab():
            raise CameraError(f"The file {self._path} can be read no more.")
        self._position_s = -math.inf
        self._starts_s = None
