# SPDX-License-Identifier: Apache-2.0
"""Starts the workers, watches them, and starts them again when they fail or hang."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import traceback
from typing import TYPE_CHECKING

from daemon.errors import WorldError
from daemon.types import PartHealth, State
from daemon.workers import Backoff, Pulse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemon.clock import Clock
    from daemon.notify import Notifier
    from daemon.workers import Worker

log = logging.getLogger(__name__)

_TURN_S = 0.5
_LAST_LIMIT_S = 0.05
_BEGIN_S, _BEGIN_TURN_S = 2.0, 0.01
"""How long READY waits for the workers; one that cannot begin is the health's matter, not systemd's."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 15.0
_HANGS_FORGIVEN = 3
"""Runs of a worker that may hang one after the other, or never end, before systemd is asked for a new process."""
_WELL_S, _STEADY_S = 30.0, 120.0
"""A run that lasted so long has the next failure followed at once by another run, and makes it a first one again."""


class _Charge:
    """A worker in the supervisor's care: its thread, and how often it failed."""

    def __init__(self, worker: Worker, clock: Clock) -> None:
        self.worker = worker
        self.hangs = 0
        self.left_behind: list[threading.Thread] = []
        """Threads of runs that were given up; some may never end."""
        self._clock = clock
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        self._failure = ""
        self._said = ""
        self._trace = ""
        """Of the last failure that nobody expected: told once, however often it comes."""
        self._restart_at_s: float | None = None
        self.begin()

    def begin(self) -> None:
        """Run the worker in a new thread."""
        self._restart_at_s = None
        self._began_s = self._clock.monotonic()
        self.pulse = Pulse(self._clock)
        self.thread = threading.Thread(target=self._run, args=(self.pulse,), name=self.worker.name, daemon=True)
        self.thread.start()

    def look(self) -> None:
        """Give up a run that hangs, and begin again when it is time."""
        now = self._clock.monotonic()
        if self._restart_at_s is not None:
            if now >= self._restart_at_s:
                self.begin()
        elif not self.thread.is_alive():
            self._fail(self._failure or "it ended by itself", now)
        elif self.pulse.silent_s > self.worker.stale_after_s:
            self.pulse.give_up()
            self.left_behind = [*self._alive(), self.thread]
            self.hangs += 1
            self._fail(f"no sign of life for {self.worker.stale_after_s:.0f} s", now)
        else:
            self._forget_after(now - self.pulse.silent_s - self._began_s)

    def _forget_after(self, well_s: float) -> None:
        if well_s > _WELL_S:
            self._backoff.reset()
        if well_s > _STEADY_S:
            self.hangs = 0
            self._said = self._trace = ""

    @property
    def lost(self) -> bool:
        """Whether restarts do not help any more: it hangs again and again, or leaves ever more threads behind."""
        return max(self.hangs, len(self._alive())) > _HANGS_FORGIVEN

    def health(self) -> PartHealth:
        """How the worker is."""
        name = self.worker.name
        if self._restart_at_s is not None or (self._said and not self.pulse.begun.is_set()):
            return PartHealth(name, State.FAILED, self._said)
        if self.worker.problem:
            return PartHealth(name, State.WAITING, self.worker.problem)
        state = State.PAUSED if self.pulse.resting else State.OK
        return PartHealth(name, state, self.pulse.waiting_for or "")

    def _alive(self) -> list[threading.Thread]:
        return [thread for thread in self.left_behind if thread.is_alive()]

    def _fail(self, why: str, now: float) -> None:
        self._failure = why
        wait = self._backoff.next()
        self._restart_at_s = now + wait
        level = logging.DEBUG if why == self._said else logging.ERROR
        self._said = why
        log.log(level, "%s failed and is started again until it runs: %s", self.worker.name, why)

    def _run(self, pulse: Pulse) -> None:
        self._failure = ""
        try:
            self.worker.run(pulse)
        except WorldError as error:
            self._ended(pulse, str(error))
        except Exception as error:
            trace = traceback.format_exc()
            if trace != self._trace:
                log.exception("%s failed", self.worker.name)
            self._trace = trace
            self._ended(pulse, f"an unexpected {type(error).__name__}; the log has the details")

    def _ended(self, pulse: Pulse, why: str) -> None:
        if pulse is self.pulse:
            self._failure = why


class Supervisor:
    """Keeps the workers running until told to stop."""

    def __init__(self, workers: Sequence[Worker], clock: Clock, notifier: Notifier) -> None:
        self._workers = workers
        self._clock = clock
        self._notifier = notifier
        self._charges: list[_Charge] = []
        self._stopping = False
        self._gate = threading.Lock()
        """Shut until told to stop. No Event: a signal may come in the midst of `wait`, for which `set` would wait."""
        self._gate.acquire()
        self.again = False
        """Whether whod is to begin anew when it has ended."""

    def run(self) -> None:
        """Start the workers, say READY, and watch until `stop`."""
        self._charges = [_Charge(worker, self._clock) for worker in self._workers]
        self._await_begun()
        self._notifier.ready()
        said = ""
        while not self._is_over(_TURN_S):
            for charge in self._charges:
                charge.look()
            self._feed()
            said = self._say(said)
        self._notifier.stopping()

    def stop(self, *, again: bool = False) -> None:
        """Make `run` return, `again`: for whod to begin anew; may be called from a signal handler.

        Who wants it to end for good has the last word.
        """
        self.again = again and (self.again or not self._stopping)
        self._stopping = True
        with contextlib.suppress(RuntimeError):  # it is open already
            self._gate.release()

    def end(self, limits_s: Mapping[str, float]) -> bool:
        """Stop the workers one after the other, in their order, so that the next still takes what the first leaves.

        Each is waited for at most its limit (default 0.05 s); gives whether all have ended.
        """
        for charge in self._charges:
            charge.pulse.stop()
            charge.thread.join(limits_s.get(charge.worker.name, _LAST_LIMIT_S))
        threads = (thread for charge in self._charges for thread in (charge.thread, *charge.left_behind))
        return not any(thread.is_alive() for thread in threads)

    def parts(self) -> tuple[PartHealth, ...]:
        """How each worker is."""
        return tuple(charge.health() for charge in self._charges)

    def _is_over(self, seconds: float) -> bool:
        """Wait so long, or until told to stop; whether that was so."""
        return self._stopping or self._gate.acquire(timeout=seconds)

    def _await_begun(self) -> None:
        deadline = time.monotonic() + _BEGIN_S
        while time.monotonic() < deadline and not all(c.pulse.begun.is_set() for c in self._charges):
            if self._is_over(_BEGIN_TURN_S):
                return

    def _feed(self) -> None:
        """Tell the watchdog that whod works; where it does not any more and there is none, do what it would do."""
        lost = [charge.worker.name for charge in self._charges if charge.lost]
        if not lost:
            self._notifier.alive()
        elif not self._notifier.watched:
            log.error("%s hangs, and is not got out of it: whod begins anew", ", ".join(lost))
            self.stop(again=True)

    def _say(self, said: str) -> str:
        bad = [f"{p.name}: {p.detail}" for p in self.parts() if p.state is not State.OK]
        sentence = "; ".join(bad) or "running"
        if sentence != said:
            self._notifier.status(sentence)
        return sentence
