# SPDX-License-Identifier: Apache-2.0
"""What every camera is, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from daemon.camera.geometry import Geometry
    from daemon.clock import Clock
    from daemon.types import Frame, Pixels

Sleep = Callable[[float], object]
"""Waits that many seconds; may come back early (``threading.Event.wait`` does when a worker is to stop)."""


SENSOR_FROZEN_AFTER_S = 4.0
"""Of a camera whose pictures hold the noise of its sensor, so that no two are the same."""


class EndOfFrames(Exception):
    """The file or folder has been played to its end and `camera.loop` is off; no error."""


class Camera(Protocol):
    """A camera that is open. It belongs to the thread that opened it.

    Once `read` has raised CameraError, only `close` is of use: open the camera again.
    """

    description: str
    """What it is, for people and logs: ``Picamera2 imx708 1280x720``. Never holds a password."""
    simulated: bool
    """True for the demo, which looks at no world."""
    frozen_after_s: float
    """For how long the same picture may come again and again until the camera counts as hung; inf where it may stand
    still, as in recordings."""

    def read(self) -> Frame:
        """The next frame, at most `camera.fps` of them a second.

        Blocks until the frame's turn, and then at most `camera.read_timeout_s`. Raises CameraError when no
        frame came or the device went away, and EndOfFrames when there are no more.
        """
        ...

    def whole(self, geometry: Geometry) -> Pixels | None:
        """The newest picture by another geometry than the settings'; None before the first. For any thread."""
        ...

    def close(self) -> None:
        """Give the device back. Never raises; may be called twice."""
        ...


class Shot(NamedTuple):
    """What a source gives: a picture as the device sees it."""

    pixels: Pixels
    captured_monotonic_s: float
    lores: Pixels | None = None


class Source(Protocol):
    """One kind of device; `daemon.camera.paced.PacedCamera` makes a Camera of it."""

    description: str
    simulated: bool
    frozen_after_s: float

    def grab(self, due_s: float) -> Shot:
        """The first picture that is captured once `due_s` (monotonic) has come.

        A live device may take one from shortly before, so as not to miss its beat (see `Timing.earliest`).
        Raises as `Camera.read` does.
        """
        ...

    def close(self) -> None:
        """See `Camera.close`."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock of a camera, and how it waits."""

    clock: Clock
    sleep: Sleep
    period_s: float
    """From one frame to the next."""

    def now(self) -> float:
        """Monotonic, in seconds."""
        return self.clock.monotonic()

    def until(self, moment_s: float) -> None:
        """Wait for `moment_s` (monotonic), if it is still to come."""
        remaining_s = moment_s - self.now()
        if remaining_s > 0:
            self.sleep(remaining_s)

    def earliest(self, due_s: float) -> float:
        """From when on a live device's picture counts as the one that is due.

        A device that runs at our own rate jitters by some milliseconds; without this every frame that comes
        a little early would be refused, and half of them lost.
        """
        return due_s - self.period_s / 4
