# SPDX-License-Identifier: Apache-2.0
"""What whod knows of itself: speed, health, and the newest picture of each camera."""

from __future__ import annotations

import uuid
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from daemon import UNKNOWN_VERSION, __version__, release
from daemon.errors import FaceCountError, NoSuchCamera
from daemon.firmware import throttled
from daemon.machine import disk_free_bytes, temperature_c
from daemon.types import Snapshot, Status
from daemon.vision import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.gallery import Gallery
    from daemon.pipeline import Result
    from daemon.site import Site
    from daemon.types import Frame, LiveView, PartHealth
    from daemon.workers import Inbox

_REMEMBERED = 600
"""Frames whose latency counts: a minute at 10 a second."""
_VERSION_EVERY_S = 60.0


class Monitor:
    """Filled by the inference thread, read by all others.

    Where a camera is named, "" is the first; NoSuchCamera is raised for one that is not there.
    """

    def __init__(
        self,
        gallery: Gallery,
        sites: Sequence[Site],
        inbox: Inbox,
        clock: Clock,
        node: str,
        *,
        folder: Path,
        settings: InForce,
    ) -> None:
        self._gallery = gallery
        self._sites = sites
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
        self._frames = 0

    def watch(self, models: tuple[str, ...], parts: Callable[[], tuple[PartHealth, ...]]) -> None:
        """Say which models are loaded and who knows the parts' health, once both are there."""
        self._models = models
        self._parts = parts

    def saw(self, frame: Frame, result: Result) -> None:
        """A frame was looked at; called by the inference thread."""
        self._frames += 1
        self._latencies_ms.append(1000 * (self._clock.monotonic() - frame.captured_monotonic_s))
        self._sites[frame.place].saw(frame, result)

    def newest(self, camera: str = "") -> Frame | None:
        """The newest frame that was looked at; None before the first, and while whod is paused."""
        return self._site(camera).newest()

    def status(self) -> Status:
        """See `daemon.service.Service.status`."""
        settings, parts = self._settings.now, self._parts()
        p50, p95 = self._percentiles()
        return Status(
            version=__version__,
            boot_id=self.boot_id,
            node=self.node,
            started_at=self._started_at,
            simulated=any(site.simulated for site in self._sites),
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
            parts=parts,
            cameras=tuple(site.status(parts) for site in self._sites),
            disk_free_bytes=disk_free_bytes(self._folder),
            paused=settings.camera.paused,
            threshold=settings.gallery.threshold,
            latest_version=self._next_version(),
        )

    def live(self, camera: str = "") -> LiveView | None:
        """See `daemon.service.Service.live`."""
        return self._site(camera).live()

    def snapshot_now(self) -> Snapshot | None:
        """The largest face that is in view now, at any camera, encoded here; None without one."""
        found = [face for site in self._sites if (face := site.face())]
        if not found:
            return None
        pixels, largest = max(found, key=lambda face: face[1].box.area)
        return Snapshot(snapshot(pixels), largest.person_id)

    def attended(self) -> Frame | None:
        """The newest frame of the camera that somebody is at, of the first where nobody is; None as for `newest`.

        Raises FaceCountError where somebody is at several.
        """
        there = [site for site in self._sites if site.face()]
        if len(there) > 1:
            names = " and ".join(site.settings.name for site in there)
            raise FaceCountError(f"Faces are in view at {names}: let one person alone stand at one.", len(there))
        return (there or self._sites)[0].newest()

    def whole_picture(self, rotation: int, *, hflip: bool, vflip: bool) -> bytes | None:
        """See `daemon.service.Service.whole_picture`."""
        return self._sites[0].whole_picture(rotation, hflip=hflip, vflip=vflip)

    def _site(self, camera: str) -> Site:
        if not camera:
            return self._sites[0]
        names = [site.settings.name for site in self._sites]
        if camera not in names:
            raise NoSuchCamera(f"There is no camera {camera}; there are: {', '.join(names)}.")
        return self._sites[names.index(camera)]

    def _percentiles(self) -> tuple[float | None, float | None]:
        latencies = tuple(self._latencies_ms)
        if not latencies:
            return None, None
        p50, p95 = np.percentile(latencies, (50, 95))
        return round(float(p50), 1), round(float(p95), 1)

    def _next_version(self) -> str:
        """It is looked up once in a while: an update replaces it while this process runs."""
        now_s = self._clock.monotonic()
        if now_s >= self._latest_due_s:
            self._latest_due_s = now_s + _VERSION_EVERY_S
            found = release.next_version()
            self._latest_version = __version__ if found == UNKNOWN_VERSION else found
        return self._latest_version
