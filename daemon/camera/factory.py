# SPDX-License-Identifier: Apache-2.0
"""Which camera a source means. Each kind is imported only when it is asked for."""

# ruff: noqa: PLC0415 - importing daemon.camera must cost nothing, and a PC has no picamera2

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.camera.base import Timing
from daemon.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.camera.base import Camera, Sleep, Source
    from daemon.clock import Clock
    from daemon.config import CameraSettings

_log = logging.getLogger(__name__)


def open_camera(
    settings: CameraSettings,
    clock: Clock,
    models_dir: Path,
    sleep: Sleep = time.sleep,
    fps: Callable[[], float] | None = None,
) -> Camera:
    """Open what `settings.source` names; call it in the thread that will read.

    ``auto`` is the Pi's camera, else the first V4L2 camera that opens; never the demo.

    Args:
        settings: the [camera] section.
        clock: what frames are timed and paced by.
        models_dir: where the demo's pictures are, in ``demo/``.
        sleep: how a camera waits for a frame's turn; a worker gives the `wait` of the event that stops it.
        fps: gives the frames a second that are wanted now; no more than `settings.fps` come in any case.

    Raises CameraError if there is no such camera or it does not open in time; nothing is left open then.
    """
    from daemon.camera.paced import PacedCamera

    timing = Timing(clock, sleep, period_s=1 / settings.fps)
    source = _open_source(settings, timing, models_dir)
    camera = PacedCamera(source, settings, timing, fps)
    _log.debug("%s is open", camera.description)
    return camera


def _open_source(settings: CameraSettings, timing: Timing, models_dir: Path) -> Source:
    source: Source
    kind, _, rest = settings.source.partition(":")
    match kind:
        case "auto":
            source = _open_auto(settings, timing)
        case "picamera2":
            from daemon.camera.picamera import PicameraSource

            source = PicameraSource(settings, timing, int(rest or 0))
        case "v4l2":
            source = _open_v4l2(rest, settings, timing)
        case "file":
            from daemon.camera.clip import ClipSource

            source = ClipSource(Path(rest), settings, timing)
        case "folder":
            from daemon.camera.replay import FolderSource

            source = FolderSource(Path(rest), timing, loop=settings.loop)
        case "script":
            from daemon.camera.faulty import FaultySource

            source = FaultySource(
                Path(rest),
                timing,
                lambda inner: _open_source(replace(settings, source=inner, loop=True), timing, models_dir),
            )
        case "demo":
            from daemon.camera.demo import DemoSource

            source = DemoSource(models_dir / "demo", timing)
        case _:
            from daemon.camera.opencv import open_address

            source = open_address(settings.source, settings, timing)
    return source


def _open_auto(settings: CameraSettings, timing: Timing) -> Source:
    from daemon.camera import picamera, v4l2

    if picamera.is_present():
        return picamera.PicameraSource(settings, timing)
    refusals = []
    for device in v4l2.cameras():
        try:
            return _open_v4l2(device, settings, timing)
        except CameraError as error:
            refusals.append(str(error))
    reason = " ".join(refusals) or "neither Picamera2 nor V4L2 shows one. Connect one, or set camera.source."
    raise CameraError(f"No camera found: {reason}")


def _open_v4l2(device: str, settings: CameraSettings, timing: Timing) -> Source:
    from daemon.camera.opencv import open_v4l2

    if not Path(device).exists():
        raise CameraError(f"There is no device {device}: connect the camera, or set camera.source.")
    if not os.access(device, os.R_OK | os.W_OK):
        raise CameraError(f"{device} may not be used by this user: add it to the group video.")
    return open_v4l2(device, settings, timing)
