# SPDX-License-Identifier: Apache-2.0
"""Does what is asked of whod over MQTT, beside the thread that talks to the broker."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from daemon.errors import TooManyCommands, WhodError

if TYPE_CHECKING:
    from daemon.clock import Clock
    from daemon.types import Command
    from daemon.workers.base import Pulse

AT_ONCE, EVERY_S = 10, 20.0
"""How many of one command may come one after the other; each takes that long to count no more."""
_WAITING = 32
_PATIENCE_S = 10.0
"""A command that waited longer is not done: who is in view is another by now."""
_TURN_S = 1.0


class Does(Protocol):
    """See `daemon.commanding.Commander`."""

    def do(self, command: Command) -> None: ...  # noqa: D102
    def refuse(self, command: Command, error: WhodError) -> None: ...  # noqa: D102


class _Waiting(NamedTuple):
    command: Command
    since_s: float
    error: WhodError | None = None
    """Why it is not to be done."""


class _Pace:
    """So many at once, and over time one in a while."""

    def __init__(self, now_s: float) -> None:
        self._left, self._at_s = float(AT_ONCE), now_s
        self.exceeded = False
        """Whether the last one was too many."""

    def keeps(self, now_s: float) -> bool:
        """Whether one more may come now."""
        self._left = min(AT_ONCE, self._left + (now_s - self._at_s) / EVERY_S)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class CommandsWorker:
    """One command after the other. Of too many the first is refused, and the rest heeded no further."""

    name = "commands"
    stale_after_s = 120.0
    problem: str | None = None

    def __init__(self, commander: Does, clock: Clock) -> None:
        self._commander = commander
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._paces: dict[str, _Pace] = {}

    def offer(self, command: Command) -> None:
        """Leave a command; waits for nobody, costs next to nothing. Called by any thread."""
        now_s = self._clock.monotonic()
        with self._changed:
            pace = self._paces.setdefault(command.name, _Pace(now_s))
            error = None
            if not pace.keeps(now_s):
                if pace.exceeded:
                    return
                error = TooManyCommands(f"Too many of them came: send one in {EVERY_S:.0f} seconds at most.")
            pace.exceeded = error is not None
            if len(self._waiting) < _WAITING:
                self._waiting.append(_Waiting(command, now_s, error))
                self._changed.notify()

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`."""
        pulse.on_stop(self._wake)
        while not pulse.stopping:
            pulse.beat()
            if waiting := self._next(pulse):
                self._heed(waiting)

    def _next(self, pulse: Pulse) -> _Waiting | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or pulse.stopping, _TURN_S)
            return self._waiting.popleft() if self._waiting and not pulse.stopping else None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _heed(self, waiting: _Waiting) -> None:
        command, since_s, error = waiting
        if error is None and self._clock.monotonic() - since_s > _PATIENCE_S:
            error = TooManyCommands("whod was busy with another command for too long: send this one again.")
        if error:
            self._commander.refuse(command, error)
        else:
            self._commander.do(command)
