# SPDX-License-Identifier: Apache-2.0
"""Watches what changes slowly, beside the frames: the cameras' pictures, how well people are known, what gets old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemon.errors import StorageError
from daemon.types import PartHealth, State
from daemon.workers.picture import told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.clock import Clock
    from daemon.watch import Waning
    from daemon.workers.base import Pulse
    from daemon.workers.picture import PictureWatch

_TURN_S = 5.0
_DAY_S = 86400.0
_FIRST_S, _AGAIN_S = 10.0, 600.0
"""Until people are first looked at, and until the next try where the clock was not right yet or the disk failed."""
_TOLD_OF = 3
"""People, at most, in one sentence each."""


class WatchWorker:
    """Looks at the pictures every few seconds, and at the history once a day and after people were changed.

    `pictures` are the watches, one a camera; `waning` gives those who are recognised less well than before, and may
    raise StorageError. What is found does not end anything: it is told, as parts of the health. `expire` is called
    each time: it forgets what was kept in memory for long enough.
    """

    name = "watch"
    stale_after_s = 60.0

    def __init__(
        self,
        clock: Clock,
        pictures: Sequence[PictureWatch],
        waning: Callable[[], Sequence[Waning]],
        expire: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._pictures = pictures
        self._waning = waning
        self._expire = expire
        self._people_due_s = clock.monotonic() + _FIRST_S
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
        for picture in self._pictures:
            picture.turn()
        if self._clock.monotonic() >= self._people_due_s:
            self._compare()

    def parts(self) -> tuple[PartHealth, ...]:
        """How the pictures are, and how well people are recognised; names nobody."""
        return *(picture.part for picture in self._pictures), self._people

    def people_changed(self) -> None:
        """Somebody may have a new picture: soon look again at who needs one."""
        self._people_due_s = min(self._people_due_s, self._clock.monotonic() + _FIRST_S)

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
        self._people = told_of(self._people, " ".join(map(_sentence, found[:_TOLD_OF])))


def _sentence(waning: Waning) -> str:
    return (
        f"Person {waning.person_id} is recognised less well than {waning.weeks} weeks ago "
        f"(similarity {waning.recently:.2f}, it was {waning.before:.2f}): enrol a new picture."
    )
