# SPDX-License-Identifier: Apache-2.0
"""What whod knows of itself: the newest picture, speed, health."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

import daemon
from daemon import UNKNOWN_VERSION, __version__
from daemon.camera.geometry import Geometry
from daemon.machine import disk_free_bytes, temperature_c, throttled
from daemon.types import Box, LiveView, Snapshot, Status
from daemon.vision import cut_out, encode_jpeg, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.gallery import Gallery
    from daemon.pipeline import Result
    from daemon.types import Frame, LiveFace, PartHealth, Pixels
    from daemon.workers import CaptureWorker, Inbox

_REMEMBERED = 600
"""Frames whose latency counts: a minute at 10 a second."""
_FPS_OVER = 50
"""Frames that the frame rate is taken from, at most."""
_STALE_S = 10.0
_NOW_S = 2.0
"""A face that was seen so long ago, at most, is in view now: a look may miss it."""
_LIVE_WIDTH = 960
_VERSION_EVERY_S = 60.0
_LIVE_EVERY_S = 0.12
"""Between two encodings, at least: viewers ask at their own times, and must not have one each."""


class Monitor:
    """Filled by the inference thread, read by all others."""

    def __init__(
        self,
        gallery: Gallery,
        capture: CaptureWorker,
        inbox: Inbox,
        clock: Clock,
        node: str,
        *,
        folder: Path,
        settings: InForce,
    ) -> None:
        self._gallery = gallery
        self._capture = capture
        self._inbox = inbox
        self._clock = clock
        self.node = node
        self._folder = folder
        self._settings = settings
        self._latest_version, self._latest_due_s = __version__, clock.monotonic()
        self._models: tuple[str, ...] = ()
        self._parts: Callable[[], tuple[PartHealth, ...]] = tuple
        self.boot_id = str(uuid.uuid4())
        self._started_at = clock.now()
        self._latencies_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._captured_s: deque[float] = deque(maxlen=_FPS_OVER)
        self._frames = 0
        self._newest: tuple[Frame, Result] | None = None
        self._faced: tuple[Frame, tuple[LiveFace, ...]] | None = None
        """The newest frame with faces, of those of the last moment."""
        self._encoded: LiveView | None = None
        self._encoded_s = 0.0
        self._lock = threading.Lock()

    def watch(self, models: tuple[str, ...], parts: Callable[[], tuple[PartHealth, ...]]) -> None:
        """Say which models are loaded and who knows the parts' health, once both are there."""
        self._models = models
        self._parts = parts

    def saw(self, frame: Frame, result: Result) -> None:
        """A frame was looked at; called by the inference thread."""
        self._frames += 1
        self._latencies_ms.append(1000 * (self._clock.monotonic() - frame.captured_monotonic_s))
        self._captured_s.append(frame.captured_monotonic_s)
        self._newest = frame, result
        if result.faces:
            self._faced = frame, result.faces
        elif self._faced and frame.captured_monotonic_s - self._faced[0].captured_monotonic_s > _NOW_S:
            self._faced = None

    def newest(self) -> Frame | None:
        """The newest frame that was looked at; None before the first, and while whod is paused."""
        newest = self._newest
        return newest[0] if newest and not self._paused else None

    def status(self) -> Status:
        """See `daemon.service.Service.status`."""
        newest = self._newest
        p50, p95 = self._percentiles()
        return Status(
            version=__version__,
            boot_id=self.boot_id,
            node=self.node,
            started_at=self._started_at,
            simulated=bool(newest and newest[0].simulated),
            camera=self._capture.source,
            fps=self._fps(),
            frames=self._frames,
            frames_dropped=self._inbox.frames_dropped,
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            people=self._gallery.person_count,
            samples=self._gallery.sample_count,
            models=self._models,
            temperature_c=temperature_c(),
            throttled=throttled(),
            clock_synced=self._clock.synced(),
            parts=self._parts(),
            disk_free_bytes=disk_free_bytes(self._folder),
            paused=self._paused,
            threshold=self._settings.now.gallery.threshold,
            latest_version=self._version_on_disk(),
        )

    def live(self) -> LiveView | None:
        """See `daemon.service.Service.live`. Encodes a picture once, and few, however many ask for it."""
        newest = self._newest
        if newest is None or self._paused:
            return None
        frame, result = newest
        now_s = self._clock.monotonic()
        with self._lock:
            had = self._encoded
            if had is None or (had.seq != frame.seq and now_s - self._encoded_s >= _LIVE_EVERY_S):
                jpeg = encode_jpeg(_small(frame.pixels))
                self._encoded = LiveView(jpeg, frame.seq, frame.captured_at, frame.simulated, result.faces)
                self._encoded_s = now_s
            return self._encoded

    def snapshot_now(self) -> Snapshot | None:
        """The largest face that is in view now, encoded here; None without one."""
        faced = self._faced
        if faced is None or self._clock.monotonic() - faced[0].captured_monotonic_s > _NOW_S:
            return None
        pixels, face = faced[0].pixels, max(faced[1], key=lambda face: face.box.area)
        height, width = pixels.shape[:2]
        x, y, w, h = face.box
        return Snapshot(snapshot(cut_out(pixels, Box(x * width, y * height, w * width, h * height))), face.person_id)

    def whole_picture(self, rotation: int, *, hflip: bool, vflip: bool) -> bytes | None:
        """See `daemon.service.Service.whole_picture`."""
        pixels = self._capture.whole(Geometry(rotation, hflip, vflip))
        return None if pixels is None else encode_jpeg(_small(pixels))

    def _percentiles(self) -> tuple[float | None, float | None]:
        latencies = tuple(self._latencies_ms)
        if not latencies:
            return None, None
        p50, p95 = np.percentile(latencies, (50, 95))
        return round(float(p50), 1), round(float(p95), 1)

    def _version_on_disk(self) -> str:
        """It is looked up once in a while: an update replaces it while this process runs."""
        now_s = self._clock.monotonic()
        if now_s >= self._latest_due_s:
            self._latest_due_s = now_s + _VERSION_EVERY_S
            found = daemon.__version__
            self._latest_version = __version__ if found == UNKNOWN_VERSION else found
        return self._latest_version

    @property
    def _paused(self) -> bool:
        return self._settings.now.camera.paused

    def _fps(self) -> float:
        times = tuple(self._captured_s)
        if self._paused or len(times) < 2 or self._clock.monotonic() - times[-1] > _STALE_S:  # noqa: PLR2004
            return 0.0
        return (len(times) - 1) / max(times[-1] - times[0], 1e-3)


def _small(pixels: Pixels) -> Pixels:
    """For a page: every second, third… pixel, at about _LIVE_WIDTH."""
    step = max(1, round(pixels.shape[1] / _LIVE_WIDTH))
    return np.ascontiguousarray(pixels[::step, ::step])
