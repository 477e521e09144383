# SPDX-License-Identifier: Apache-2.0
"""Watches what changes slowly, beside the frames: the camera's picture, how well people are known, what gets old."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from daemon.errors import StorageError
from daemon.types import PartHealth, State
from daemon.vision import Outlook, Trouble
from daemon.watch import Hold, Lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.clock import Clock
    from daemon.types import Frame
    from daemon.watch import Waning
    from daemon.workers.base import Pulse

log = logging.getLogger(__name__)

_TURN_S = 5.0
_DAY_S = 86400.0
_FIRST_S, _AGAIN_S = 10.0, 600.0
"""Until people are first looked at, and until the next try where the clock was not right yet or the disk failed."""
_TOLD_OF = 3
"""People, at most, in one sentence each."""

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


class WatchWorker:
    """Looks at the newest frame every few seconds, and at the history once a day and after people were changed.

    `newest` gives the newest frame, None while it is paused; `waning` those who are recognised less well than before,
    and may raise StorageError. What is found does not end anything: it is told, as parts of the health. `expire` is
    called each time: it forgets what was kept in memory for long enough.
    """

    name = "watch"
    stale_after_s = 60.0

    def __init__(
        self,
        clock: Clock,
        newest: Callable[[], Frame | None],
        waning: Callable[[], Sequence[Waning]],
        expire: Callable[[], None],
        *,
        picture: bool,
    ) -> None:
        self._clock = clock
        self._newest = newest
        self._waning = waning
        self._expire = expire
        self._watched = picture
        self._begin_anew()
        self._seq: int | None = None
        self._changed: list[bool] = []
        """Whether the picture is watched, by changes of the camera's settings that are yet to be followed."""
        self._people_due_s = clock.monotonic() + _FIRST_S
        self._picture = PartHealth("picture", State.OK if picture else State.OFF)
        self._people = PartHealth("people", State.OK)
        self.problem: str | None = None

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        while not pulse.stopping:
            pulse.beat()
            self.turn()
            pulse.sleep(_TURN_S)

    def turn(self) -> None:
        """Look once."""
        self._expire()
        while self._changed:
            self._watched = self._changed.pop(0)
            self._begin_anew()
            self._picture = PartHealth("picture", State.OK if self._watched else State.OFF)
        if self._watched:
            self._look()
        if self._clock.monotonic() >= self._people_due_s:
            self._compare()

    def parts(self) -> tuple[PartHealth, ...]:
        """How the picture is, and how well people are recognised; names nobody."""
        return self._picture, self._people

    def people_changed(self) -> None:
        """Somebody may have a new picture: soon look again at who needs one."""
        self._people_due_s = min(self._people_due_s, self._clock.monotonic() + _FIRST_S)

    def camera_changed(self, *, picture: bool) -> None:
        """The camera has other settings: it shows something else, and that is right; called by any thread."""
        self._changed.append(picture)

    def _begin_anew(self) -> None:
        self._outlook = Outlook()
        self._lasting = Lasting(HOLDS)

    def _look(self) -> None:
        frame = self._newest()
        if frame is None:  # it is paused, or has only begun: nobody knows how it is
            self._picture = PartHealth(self._picture.name, State.OK)
            return
        if frame.seq == self._seq:
            return
        self._seq, now = frame.seq, frame.captured_monotonic_s
        told = self._lasting.see(self._outlook.look(frame.pixels, now), now)
        if told is Trouble.MOVED and self._lasting.told_for_s(now) >= _DAY_S:
            self._outlook.learn_anew()
        self._picture = _told(self._picture, _SENTENCES[told] if told else "")

    def _compare(self) -> None:
        now_s = self._clock.monotonic()
        # Before it is looked: who is changed meanwhile asks for another look, which must not be put off.
        self._people_due_s = now_s + _DAY_S
        if not self._clock.synced():
            self._people_due_s = min(self._people_due_s, now_s + _AGAIN_S)
            return
        try:
            found = self._waning()
        except StorageError as error:
            self.problem = str(error)
            self._people_due_s = min(self._people_due_s, now_s + _AGAIN_S)
            return
        self.problem = None
        self._people = _told(self._people, " ".join(map(_sentence, found[:_TOLD_OF])))


def _sentence(waning: Waning) -> str:
    return (
        f"Person {waning.person_id} is recognised less well than {waning.weeks} weeks ago "
        f"(similarity {waning.recently:.2f}, it was {waning.before:.2f}): enrol a new picture."
    )


def _told(before: PartHealth, sentence: str) -> PartHealth:
    """The part with this to say; "" if all is well. What is new goes to the log."""
    if sentence == before.detail:
        return before
    if sentence:
        log.warning("%s: %s", before.name, sentence)
    else:
        log.info("%s: all is well again", before.name)
    return PartHealth(before.name, State.DEGRADED if sentence else State.OK, sentence)
