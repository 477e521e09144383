# SPDX-License-Identifier: Apache-2.0
"""Follows a job to its end."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

import click

from daemon.errors import JobCancelled
from daemon.types import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from daemon.service import JobsApi
    from daemon.types import Job

_TURN_S = 0.1


def follow(api: JobsApi, job: Job, tell: Callable[[dict[str, Any]], None]) -> Job:
    """Tell each line of a job's report until it has ended; with a progress bar where results go elsewhere.

    Interrupted (Ctrl-C), it cancels the job and follows it to its end before it raises KeyboardInterrupt. Raises what
    the job failed with, and JobCancelled.
    """
    interrupted: KeyboardInterrupt | None = None
    seen = 0
    with _bar() as show:
        while True:
            try:
                job = api.get(job.id)  # before the lines: of a job that has ended all are there
                while lines := api.lines(job.id, seen):
                    for line in lines:
                        tell(line.record)
                        seen = line.number
                show(job)
                if job.state.ended:
                    break
                time.sleep(_TURN_S)
            except KeyboardInterrupt as stop:
                interrupted = stop
                api.cancel(job.id)
    if interrupted:
        raise interrupted
    if job.error:
        raise job.error.error()
    if job.state is JobState.CANCELLED:
        raise JobCancelled("The job was cancelled; what was done before stays.")
    return job


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[Job], None]]:
    """Shows how far a job is: on a terminal, unless the results are shown there."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=1, label="Queued", file=sys.stderr) as bar:

        def show(job: Job) -> None:
            if job.total:
                bar.label, bar.length = str(job.kind).capitalize(), job.total
                bar.update(job.done - bar.pos)

        yield show
