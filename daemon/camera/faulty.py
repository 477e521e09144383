# SPDX-License-Identifier: Apache-2.0
"""A camera that goes wrong when its script says so: to see what whod does then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from daemon.camera.base import SENSOR_FROZEN_AFTER_S, Shot
from daemon.camera.script import Script, What
from daemon.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daemon.camera.base import Source, Timing
    from daemon.camera.script import Fault
    from daemon.types import Pixels

_NOISE = 4
"""Levels of noise: a standard deviation of 1.1, a sensor's in good light."""
_TURN_S = 0.05


class Performance:
    """One script as it is played: it goes on while the camera is closed, and begins anew when its file is saved."""

    def __init__(self, path: Path, timing: Timing) -> None:
        self._path = path
        self._timing = timing
        self._saved_ns: int | None = None
        self.random = np.random.default_rng(8)
        self.last: Pixels | None = None
        """The last picture that was not black."""

    @property
    def script(self) -> Script:
        """As it is in the file now. Raises CameraError."""
        self.fault()
        return self._script

    def fault(self) -> Fault | None:
        """What is wrong now. Raises CameraError where the script cannot be read."""
        saved_ns = self._path.stat().st_mtime_ns if self._path.is_file() else None
        if self._saved_ns is None or saved_ns != self._saved_ns:
            self._script = Script.read(self._path)
            self._saved_ns, self._began_s = saved_ns, self._timing.now()
        return self._script.at(self._timing.now() - self._began_s)


_playing: dict[Path, Performance] = {}
"""A camera that is opened anew is the same camera: each script is begun once in a process."""


class FaultySource:
    """Plays what a script says: another source, and what goes wrong with it.

    `opener` opens a source by its name. Raises CameraError if the script or what it plays cannot be used, and while
    the script's camera is absent.
    """

    frozen_after_s = SENSOR_FROZEN_AFTER_S

    def __init__(self, path: Path, timing: Timing, opener: Callable[[str], Source]) -> None:
        self._path = path
        self._timing = timing
        self._performance = _playing.setdefault(path, Performance(path, timing))
        fault = self._performance.fault()
        if fault and fault.what == What.ABSENT:
            raise CameraError(self._gone)
        self._source = opener(_beside(path, self._performance.script.play.source))
        self.description = f"script {path}"
        self.simulated = self._source.simulated

    def grab(self, due_s: float) -> Shot:
        """See `daemon.camera.base.Source.grab`; what is wrong at that moment happens."""
        shot = self._source.grab(due_s)
        fault = self._performance.fault()
        match fault.what if fault else None:
            case What.ABSENT:
                raise CameraError(self._gone)
            case What.FAIL:
                raise CameraError(f"The camera of the script {self._path} gives no picture.")
            case What.CRASH:
                raise RuntimeError("as the script says")
            case What.BLOCK:
                self._block()
            case What.SLOW if fault:
                self._timing.sleep(fault.read_s)
        return Shot(self._seen(shot.pixels, fault.what if fault else ""), self._timing.now())

    def close(self) -> None:
        """See `daemon.camera.base.Source.close`."""
        self._source.close()

    @property
    def _gone(self) -> str:
        return f"The camera of the script {self._path} is not there."

    def _block(self) -> None:
        """Not by `Timing.sleep`, which would end with the worker: a driver that hangs does not."""
        while (fault := self._performance.fault()) and fault.what == What.BLOCK:
            time.sleep(_TURN_S)

    def _seen(self, pixels: Pixels, what: str) -> Pixels:
        if what == What.BLACK:
            return np.zeros_like(pixels)
        performance = self._performance
        if what == What.FROZEN and performance.last is not None:
            return performance.last
        performance.last = self._noisy(pixels) if performance.script.play.noise else pixels
        return performance.last

    def _noisy(self, pixels: Pixels) -> Pixels:
        noise = self._performance.random.integers(0, _NOISE, pixels.shape, np.uint8)
        return np.asarray(cv2.add(pixels, noise), np.uint8)


def _beside(script: Path, source: str) -> str:
    kind, _, rest = source.partition(":")
    return f"{kind}:{script.parent / rest}" if kind in ("file", "folder") else source
