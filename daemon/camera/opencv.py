# SPDX-License-Identifier: Apache-2.0
"""USB and network cameras through OpenCV: V4L2, RTSP and HTTP(S)."""

from __future__ import annotations

import logging
import math
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from daemon.camera.address import describe_source
from daemon.camera.base import SENSOR_FROZEN_AFTER_S, Shot
from daemon.camera.exposure import wishes
from daemon.camera.v4l2_controls import expose
from daemon.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.camera.base import Timing
    from daemon.config import CameraSettings

Opener: TypeAlias = "Callable[[], cv2.VideoCapture]"

_log = logging.getLogger(__name__)

STREAM_FROZEN_AFTER_S = 60.0
"""Video codecs smooth noise away: where nothing moves, pictures are the same until the next whole one is sent."""

CLOSE_S = 1.0
"""How long `LiveSource.close` waits for a call into the library that is still going on."""

HOPELESS_S = 600.0
"""After which such a call is taken for one that never comes back: looking up a host name may take a minute."""


class _Reader(threading.Thread):
    """The one thread that touches a capture of `device`."""

    def __init__(self, device: str, run: Callable[[], None]) -> None:
        super().__init__(target=run, name="camera-reader", daemon=True)
        self.device = device
        self.left_s = math.inf
        """When its camera was closed (monotonic), though it was in a call that had not come back."""


class LiveSource:
    """A camera that sends frames at its own pace, read all the time so that none of them gets old.

    Drivers and network sockets queue frames, and a reader slower than the camera would see ever older ones.
    A thread of its own therefore takes every frame and throws away what nobody waits for. It alone touches
    the capture: a call that hangs in the library costs that thread, and not the caller's time limits. While it
    hangs, no other is sent after it to the same `device`, since they would become ever more.

    After ten minutes the caller hangs, too: only another process can help then, which whoever watches it sees to.
    """

    simulated = False

    def __init__(
        self,
        device: str,
        what: str,
        opener: Opener,
        settings: CameraSettings,
        timing: Timing,
        *,
        frozen_after_s: float,
    ) -> None:
        self.frozen_after_s = frozen_after_s
        self._what = what
        self._opener = opener
        self._timing = timing
        self._read_timeout_s = settings.read_timeout_s
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._size: tuple[int, int] | None = None
        self._failure: str | None = None
        self._wanted_s = math.inf
        self._shot: Shot | None = None
        self._open_timeout_s = settings.open_timeout_s
        until_s = timing.now() + settings.open_timeout_s
        self._thread = _Reader(device, self._run)
        self._await_former(until_s)
        self._thread.start()
        self._await_open(until_s)

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`."""
        earliest_s = self._timing.earliest(due_s)
        limit_s = max(earliest_s - self._timing.now(), 0) + self._read_timeout_s
        with self._changed:
            self._wanted_s = earliest_s
            self._changed.wait_for(lambda: self._shot or self._failure, limit_s)
            shot, self._shot, self._wanted_s = self._shot, None, math.inf
            failure = self._failure
        if shot is None:
            raise CameraError(
                failure or f"{self._what} gave no frame for {self._read_timeout_s:g} s: is it connected?"
            )
        return shot

    def close(self) -> None:
        """See `daemon.camera.base.Source.close`."""
        self._stop.set()
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            self._thread.left_s = min(self._thread.left_s, self._timing.now())
            _log.debug("%s: still busy in the library; it ends when that comes back", self._what)

    def _await_former(self, until_s: float) -> None:
        """Wait for whoever is still in a call to this device."""
        for former in threading.enumerate():
            if isinstance(former, _Reader) and former.device == self._thread.device and former.left_s < math.inf:
                now_s = self._timing.now()
                former.join(None if now_s - former.left_s >= HOPELESS_S else max(until_s - now_s, 0))
                if former.is_alive():
                    raise CameraError(self._no_answer())

    def _await_open(self, until_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._size or self._failure, until_s - self._timing.now())
            size, failure = self._size, self._failure
        if size is None:
            self.close()
            raise CameraError(failure or self._no_answer())
        self.description = f"{self._what} {size[0]}x{size[1]}"

    def _no_answer(self) -> str:
        return f"{self._what} did not answer within {self._open_timeout_s:g} s: is it switched on and connected?"

    def _run(self) -> None:
        try:
            capture = self._opener()
            try:
                self._pump(capture)
            finally:
                capture.release()
        except cv2.error as error:
            _log.debug("%s: %s", self._what, error)
            self._fail(f"{self._what} sends what cannot be decoded.")

    def _pump(self, capture: cv2.VideoCapture) -> None:
        if not capture.isOpened():
            self._fail(f"{self._what} cannot be opened: is it switched on, connected and unused by others?")
            return
        with self._changed:
            self._size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
            self._changed.notify()
        while not self._stop.is_set():
            if not capture.grab():
                self._fail(f"{self._what} sends no more: is it switched on and connected?")
                return
            self._offer(capture)

    def _offer(self, capture: cv2.VideoCapture) -> None:
        captured_s = self._timing.now()
        if captured_s < self._wanted_s:
            return
        whole, bgr = capture.retrieve()
        if not whole:  # one damaged frame; the next will do, within the reader's time limit
            return
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB, bgr)  # in place: a second picture would be 3 MB a camera
        shot = Shot(np.asarray(rgb, np.uint8), captured_s)
        with self._changed:
            if captured_s >= self._wanted_s:  # still: the reader may have given up meanwhile
                self._shot, self._wanted_s = shot, math.inf
                self._changed.notify()

    def _fail(self, sentence: str) -> None:
        with self._changed:
            self._failure = sentence
            self._changed.notify()


def open_v4l2(device: str, settings: CameraSettings, timing: Timing) -> LiveSource:
    """A camera of the kernel's, ``/dev/video0``. Size and rate are asked for; what comes is used.

    Raises CameraError if it cannot be opened.
    """

    def opener() -> cv2.VideoCapture:
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.size[1])
        capture.set(cv2.CAP_PROP_FPS, settings.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if capture.isOpened():
            expose(device, settings)
        return capture

    return LiveSource(device, f"V4L2 {device}", opener, settings, timing, frozen_after_s=SENSOR_FROZEN_AFTER_S)


def open_address(url: str, settings: CameraSettings, timing: Timing) -> LiveSource:
    """A network camera: ``rtsp://…``, ``http://…``. Raises CameraError if it cannot be opened in time."""
    parameters = [
        *ffmpeg_limits(settings),
        # With more threads the decoder holds back as many frames as it has threads.
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]
    opener = partial(cv2.VideoCapture, url, cv2.CAP_FFMPEG, parameters)
    live = LiveSource(url, describe_source(url), opener, settings, timing, frozen_after_s=STREAM_FROZEN_AFTER_S)
    if wished := wishes(settings):
        _log.warning("%s: set that in the network camera itself; whod cannot.", ", ".join(wished))
    return live


def ffmpeg_limits(settings: CameraSettings) -> list[int]:
    """Parameters for `cv2.VideoCapture`: FFmpeg's own time limits (30 s and more without)."""
    return [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(settings.open_timeout_s * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(settings.read_timeout_s * 1000)),
    ]
