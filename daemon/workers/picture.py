# SPDX-License-Identifier: Apache-2.0
"""Whether the picture of one camera is as it was: watched every few seconds, told when it lasts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from daemon.types import PartHealth, State
from daemon.vision import Outlook, Trouble
from daemon.watch import Hold, Lasting

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.types import Frame

log = logging.getLogger(__name__)

_DAY_S = 86400.0

HOLDS = {
    Trouble.DARK: Hold(tell_after=300, over_after=120),
    Trouble.OBSTRUCTED: Hold(tell_after=300, over_after=120),
    Trouble.BLURRED: Hold(tell_after=1800, over_after=600),
    Trouble.MOVED: Hold(tell_after=900, over_after=300),
}
_SENTENCES = {
    Trouble.DARK: "it is too dark to see faces: leave a light on, or see whether something covers the lens.",
    Trouble.OBSTRUCTED: "hardly anything can be made out: see whether something is on or before the lens.",
    Trouble.BLURRED: "it is blurred, which it was not: clean the lens, or set its focus.",
    Trouble.MOVED: (
        "it shows something else than before: see whether the camera was moved. "
        "A day from the first notice, or when whod starts again, what it shows then is taken for right."
    ),
}


class PictureWatch:
    """Looks at the newest frame of one camera when told to; what is found is a part of the health, `name`.

    `newest` gives that frame, None before the first and while it is paused. `watched` is `camera.watch`.
    """

    def __init__(self, newest: Callable[[], Frame | None], *, watched: bool, name: str = "picture") -> None:
        self._newest = newest
        self._watched = watched
        self._begin_anew()
        self._seq: int | None = None
        self._changed: list[bool] = []
        """Whether the picture is watched, by changes of the camera's settings that are yet to be followed."""
        self.part = PartHealth(name, State.OK if watched else State.OFF)

    def camera_changed(self, *, watched: bool) -> None:
        """The camera has other settings: it shows something else, and that is right; called by any thread."""
        self._changed.append(watched)

    def turn(self) -> None:
        """Look once."""
        while self._changed:
            self._watched = self._changed.pop(0)
            self._begin_anew()
            self.part = PartHealth(self.part.name, State.OK if self._watched else State.OFF)
        if self._watched:
            self._look()

    def _begin_anew(self) -> None:
        self._outlook = Outlook()
        self._lasting = Lasting(HOLDS)

    def _look(self) -> None:
        frame = self._newest()
        if frame is None:  # it is paused, or has only begun: nobody knows how it is
            self.part = PartHealth(self.part.name, State.OK)
            return
        if frame.seq == self._seq:
            return
        self._seq, now = frame.seq, frame.captured_monotonic_s
        told = self._lasting.see(self._outlook.look(frame.pixels, now), now)
        if told is Trouble.MOVED and self._lasting.told_for_s(now) >= _DAY_S:
            self._outlook.learn_anew()
        self.part = told_of(self.part, _SENTENCES[told] if told else "")


def told_of(before: PartHealth, sentence: str) -> PartHealth:
    """The part with this to say; "" if all is well. What is new goes to the log."""
    if sentence == before.detail:
        return before
    if sentence:
        log.warning("%s: %s", before.name, sentence)
    else:
        log.info("%s: all is well again", before.name)
    return PartHealth(before.name, State.DEGRADED if sentence else State.OK, sentence)
