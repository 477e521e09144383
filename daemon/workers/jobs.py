# SPDX-License-Identifier: Apache-2.0
"""Does long work, one job after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.workers.base import Pulse

_TURN_S = 5.0


class Queue(Protocol):
    """Where jobs wait; each method raises StorageError."""

    def recover(self) -> None: ...  # noqa: D102
    def work(self, timeout_s: float) -> bool: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102


class JobsWorker:
    """Takes the next job and does it. A job may be silent for long, so silence says nothing.

    `begin` is called at the start of a run: it may submit what is due.
    """

    name = "jobs"
    stale_after_s = float("inf")
    problem: str | None = None

    def __init__(self, jobs: Queue, begin: Callable[[], None] = lambda: None) -> None:
        self._jobs = jobs
        self._begin = begin

    def run(self, pulse: Pulse) -> None:
        """See `Worker.run`. After `stop`, the job that runs ends soon, to go on after the next start if it can."""
        pulse.on_stop(self._jobs.stop)
        self._jobs.recover()
        self._begin()
        while not pulse.stopping:
            pulse.beat()
            self._jobs.work(_TURN_S)
