# SPDX-License-Identifier: Apache-2.0
"""The pace of each camera, by who is before it, what whod may take of the processor, and how hot that is."""

from __future__ import annotations

import logging
import math
from enum import Enum, auto
from typing import TYPE_CHECKING

from daemon.pacing.budget import Budget
from daemon.pacing.cooling import Cooling
from daemon.types import PartHealth, State
from daemon.watch import Hold, Lasting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from daemon.config import CameraSettings, InForce
    from daemon.pacing.reading import Reading
    from daemon.types import LiveFace

log = logging.getLogger(__name__)

LEAST_FPS = 2.0
"""Of a camera before which nobody is: whoever comes is seen half a second later at most."""
LEAST_WITH_PEOPLE_FPS = 5.0
MOST_PATIENCE_S = 0.5
"""From one look for faces to the next, before which nobody is either."""
_JITTER = 0.25
"""Parts of a frame's time by which it may come too early or too late."""
_AFTER_S = 1.0
"""A face that was seen so long ago, at most, is still there: a look may miss it."""
_HURRY_S = 10.0
"""Somebody who is not decided by then, such as a picture on the wall, is no reason to hurry any more."""

_MUCH = 0.5
"""Less than this part of the pace is somebody's matter."""


class _Sign(Enum):
    """What keeps whod from its full pace, or from the share that it may take."""

    HOT = auto()
    BUSY = auto()


_HOLDS = {_Sign.HOT: Hold(tell_after=60, over_after=300), _Sign.BUSY: Hold(tell_after=300, over_after=300)}
_SENTENCES = {
    _Sign.HOT: "the processor is hot: whod looks at fewer frames until it is cooler. See to its cooling.",
    _Sign.BUSY: (
        "whod takes more of the processor than camera.cpu_share allows, though it looks at as few frames as it may: "
        "allow more, or let fewer people and less traffic be in the picture (camera.zone)."
    ),
}


class Governor:
    """One for all cameras, since they share the processor. `turn` is called by one thread, the rest by any."""

    def __init__(self, settings: InForce) -> None:
        self._settings = settings
        self._budget, self._cooling = Budget(), Cooling()
        self._before: Reading | None = None
        self._lasting = Lasting(_HOLDS)

    def turn(self, reading: Reading, *, job: bool = False) -> None:
        """Take in how the machine is; every few seconds. A job that is being done may take more than the share."""
        before, self._before = self._before, reading
        if before is None:
            return
        share, passed_s = self._settings.now.camera.cpu_share, reading.now_s - before.now_s
        used_s = reading.cpu_s - before.cpu_s
        self._budget.take_in(used_s, passed_s, share)
        self._cooling.take_in(reading.temperature_c, passed_s, held_back=reading.held_back)
        told = self._lasting.told
        over = used_s > share * passed_s and not job
        if self._lasting.see(self._sign(over), reading.now_s) is not told:
            part = self.part()
            log.log(logging.WARNING if part.detail else logging.INFO, "pace: %s", part.detail or "all is well again")

    def pace(self) -> Pace:
        """For a camera."""
        return Pace(self._budget, self._cooling)

    def part(self) -> PartHealth:
        """Whether whod can look as fast as it is asked to."""
        told = self._lasting.told
        return PartHealth("pace", State.DEGRADED if told else State.OK, _SENTENCES[told] if told else "")

    def _sign(self, over: bool) -> _Sign | None:  # noqa: FBT001
        if self._cooling.part < _MUCH:
            return _Sign.HOT
        return _Sign.BUSY if over and not self._budget.effort else None


class Pace:
    """How fast one camera is looked at. Filled by the inference thread, asked by it and by the camera's."""

    def __init__(self, budget: Budget, cooling: Cooling) -> None:
        self._budget, self._cooling = budget, cooling
        self._hurry_since_s = self._hurried_s = self._people_s = -math.inf
        self._least_fps = LEAST_FPS
        self._seen_s, self._period_s = -math.inf, MOST_PATIENCE_S

    @classmethod
    def full(cls) -> Self:
        """That of a machine which is cool and has nothing else to do."""
        return cls(Budget(), Cooling())

    def saw(self, faces: Iterable[LiveFace], captured_s: float) -> None:
        """These are in a frame of this moment (monotonic)."""
        self._seen_s, self._period_s = captured_s, min(captured_s - self._seen_s, MOST_PATIENCE_S)
        states = [face.state for face in faces]
        if states:
            self._people_s = captured_s
        if "looking" in states:
            if captured_s - self._hurried_s > _AFTER_S:
                self._hurry_since_s = captured_s
            self._hurried_s = captured_s
        if captured_s - self._hurried_s <= _AFTER_S and captured_s - self._hurry_since_s <= _HURRY_S:
            self._least_fps = math.inf
        elif captured_s - self._people_s <= _AFTER_S:
            self._least_fps = LEAST_WITH_PEOPLE_FPS
        else:
            self._least_fps = LEAST_FPS

    def fps(self, camera: CameraSettings) -> float:
        """Frames a second that it is to give now, of those that its settings want.

        Heat lowers them whoever is there; the share of the processor not for a visitor who is to be decided.
        """
        wanted = camera.fps
        least = min(wanted, self._least_fps)
        allowed = least + (wanted - least) * min(2 * self._budget.effort, 1.0)
        coolest = min(wanted, LEAST_FPS)
        return min(allowed, coolest + (wanted - coolest) * self._cooling.part)

    @property
    def patience_s(self) -> float:
        """How long a look for faces may be put off after the one before, while nobody is there.

        To save the processor, looks become fewer first, and then frames. It ends with the frame after which the next
        would come too late.
        """
        wanted_s = MOST_PATIENCE_S * min(2 * (1 - self._budget.effort), 1.0)
        return max(wanted_s - (1 - _JITTER) * self._period_s, 0.0)
