# SPDX-License-Identifier: Apache-2.0
"""What all cameras have in common: their pace, their geometry, and the making of a Frame."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from daemon.camera.geometry import Geometry
from daemon.types import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.camera.base import Shot, Source, Timing
    from daemon.config import CameraSettings
    from daemon.types import Pixels


_EARLY_S = 0.005
"""By which a wait may end before its time although nobody ended it."""


class PacedCamera:
    """A `daemon.camera.base.Camera` over any source.

    `fps` is asked for the frames a second that are wanted now, of those that there are at most by the settings.
    """

    def __init__(
        self, source: Source, settings: CameraSettings, timing: Timing, fps: Callable[[], float] | None = None
    ) -> None:
        self.description = source.description
        self.simulated = source.simulated
        self.frozen_after_s = source.frozen_after_s
        self._source = source
        self._name = settings.name
        self._geometry = Geometry.of(settings)
        self._timing = timing
        self._fps = fps
        self._beat_s = -math.inf
        """Of the newest frame, on the grid."""
        self._seq = 0
        self._newest: Pixels | None = None

    def read(self) -> Frame:
        """See `daemon.camera.base.Camera.read`."""
        due_s = self._next_due()
        shot = self._source.grab(due_s)
        self._beat_s = self._beat(shot.captured_monotonic_s, due_s)
        self._newest = shot.pixels
        return self._frame(shot)

    def whole(self, geometry: Geometry) -> Pixels | None:
        """See `daemon.camera.base.Camera.whole`."""
        newest = self._newest
        return None if newest is None else geometry.apply(newest)

    def close(self) -> None:
        """See `daemon.camera.base.Camera.close`."""
        self._source.close()

    def _next_due(self) -> float:
        """When the next frame is due.

        While that is long to go, it waits here and asks again: somebody may come, and be wanted at full pace.
        """
        period_s = self._timing.period_s
        while True:
            due_s, now_s = self._beat_s + self._period_s(), self._timing.now()
            if due_s - now_s <= 1.5 * period_s:  # some more than one: a device may have been early
                return due_s
            ask_s = min(now_s, due_s - 2 * period_s) + period_s
            self._timing.until(ask_s)
            if self._timing.now() < ask_s - _EARLY_S:  # nobody wants it any more
                return due_s

    def _period_s(self) -> float:
        return max(1 / self._fps(), self._timing.period_s) if self._fps else self._timing.period_s

    def _beat(self, captured_s: float, due_s: float) -> float:
        """On a grid, so that a device whose rate is no multiple of ours still gives ours on average.

        A new grid begins with the first frame and after a pause: what was missed is not made up for.
        """
        late = captured_s - due_s > self._period_s() / 2
        return captured_s if late else due_s

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
            clock_synced=self._timing.clock.synced(),
        )
        self._seq += 1
        return frame
