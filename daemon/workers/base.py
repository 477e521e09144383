# SPDX-License-Identifier: Apache-2.0
"""What a worker is to its supervisor: a loop that says that it is alive."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clock import Clock


class Pulse:
    """The line between one run of a worker and the supervisor. A run that was given up keeps its own, stopped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self.begun = threading.Event()
        """Set by the first beat: what the worker needs is there."""
        self._unblock: list[Callable[[], None]] = []
        self._last_s = clock.monotonic()
        self.given_up = False
        """The run hung, and another has taken its place: it must end without a word."""
        self.waiting_for: str | None = None
        """What the worker waits for on purpose, as a sentence."""
        self.resting = False
        """Whether it waits because somebody asked it to."""

    def beat(self) -> None:
        """Work goes on."""
        self._last_s = self._clock.monotonic()
        self.waiting_for = None
        self.resting = False
        self.begun.set()

    def wait(self, sentence: str, seconds: float) -> None:
        """Wait on purpose, at most so long or until told to stop."""
        self.waiting_for = sentence
        self._stop.wait(seconds)
        self._last_s = self._clock.monotonic()

    def rest(self, sentence: str, seconds: float) -> None:
        """The same, because somebody asked for that: it is no trouble."""
        self.resting = True
        self.begun.set()
        self.wait(sentence, seconds)

    def sleep(self, seconds: float) -> None:
        """Let time go by as part of the work; ends at once when told to stop."""
        self._stop.wait(seconds)

    @property
    def silent_s(self) -> float:
        """How long nothing was heard; 0 while it waits on purpose."""
        return 0.0 if self.waiting_for else self._clock.monotonic() - self._last_s

    @property
    def stopping(self) -> bool:
        """Whether the run must end."""
        return self._stop.is_set()

    def on_stop(self, unblock: Callable[[], None]) -> None:
        """Call this to get the run out of a blocking call when it must end."""
        self._unblock.append(unblock)

    def give_up(self) -> None:
        """Tell a run that hangs to end without a word, should it ever go on."""
        self.given_up = True
        self.stop()

    def stop(self) -> None:
        """Tell the run to end."""
        self._stop.set()
        for unblock in self._unblock:
            unblock()


class Worker(Protocol):
    """A loop that the supervisor runs in a thread, and runs again when it fails."""

    @property
    def name(self) -> str:
        """Of the thread, and in the health."""
        ...

    @property
    def stale_after_s(self) -> float:
        """Silence after which a run counts as stuck."""
        ...

    def run(self, pulse: Pulse) -> None:
        """Work until `pulse.stopping`, with a `pulse.beat()` in each turn. Raising ends the run."""
        ...

    @property
    def problem(self) -> str | None:
        """What is not well although the loop runs, as a sentence; None if all is."""
        ...


class Backoff:
    """Growing waits: `first` seconds, doubling up to `longest`."""

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first, self._longest = first, longest
        self._next = first

    def next(self) -> float:
        """Seconds to wait now."""
        wait, self._next = self._next, min(2 * self._next, self._longest)
        return wait

    def reset(self) -> None:
        """It went well: begin anew."""
        self._next = self._first
