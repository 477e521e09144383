# SPDX-License-Identifier: Apache-2.0
"""What all cameras have in common: their pace, their geometry, and the making of a Frame."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.camera.geometry import Geometry
from daemon.types import Frame

if TYPE_CHECKING:
    from daemon.camera.base import Shot, Source, Timing
    from daemon.config import CameraSettings
    from daemon.types import Pixels


class PacedCamera:
    """A `daemon.camera.base.Camera` over any source."""

    def __init__(self, source: Source, settings: CameraSettings, timing: Timing) -> None:
        self.description = source.description
        self.simulated = source.simulated
        self._source = source
        self._name = settings.name
        self._geometry = Geometry.of(settings)
        self._timing = timing
        self._due_s = -math.inf
        self._seq = 0
        self._newest: Pixels | None = None

    def read(self) -> Frame:
        """See `daemon.camera.base.Camera.read`."""
        shot = self._source.grab(self._due_s)
        self._due_s = self._next_due(shot.captured_monotonic_s)
        self._newest = shot.pixels
        return self._frame(shot)

    def whole(self, geometry: Geometry) -> Pixels | None:
        """See `daemon.camera.base.Camera.whole`."""
        newest = self._newest
        return None if newest is None else geometry.apply(newest)

    def close(self) -> None:
        """See `daemon.camera.base.Camera.close`."""
        self._source.close()

    def _next_due(self, captured_s: float) -> float:
        """On a grid, so that a device whose rate is no multiple of ours still gives ours on average.

        A new grid begins with the first frame and after a pause: what was missed is not made up for.
        """
        period_s = self._timing.period_s
        late = captured_s - self._due_s > period_s / 2
        return (captured_s if late else self._due_s) + period_s

    def _frame(self, shot: Shot) -> Frame:
        age = timedelta(seconds=self._timing.now() - shot.captured_monotonic_s)
        frame = Frame(
            pixels=self._geometry.apply(shot.pixels),
            seq=self._seq,
            captured_monotonic_s=shot.captured_monotonic_s,
            captured_at=self._timing.clock.now() - age,
            camera=self._name,
            simulated=self.simulated,
            lores=None if shot.lores is None else self._geometry.apply(shot.lores),
        )
        self._seq += 1
        return frame
