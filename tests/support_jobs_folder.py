# SPDX-License-Identifier: Apache-2.0
"""A state folder with jobs, and short words for them."""

from daemon.clock import FakeClock
from daemon.events_db import open_event_store
from daemon.jobs import Jobs, Staging
from daemon.types import JobKind


class JobsFolder:
    """A state folder with jobs, and short words for them."""

    def __init__(self, path, clock=None):
        self.path = path
        self.clock = clock or FakeClock()
        self.asked = []
        self.runner = lambda *_: {}
        self.events = None
        self.open()

    def open(self, **how):
        """Open the folder, again if it was open."""
        self.close()
        self.events, _ = open_event_store(self.path, self.clock)
        runners = dict.fromkeys(JobKind, self._run)
        self.jobs = Jobs(self.events.jobs, Staging(self.path), runners, self.clock, **how)
        self.jobs.recover()
        return self.jobs

    def _run(self, progress, arguments, secret):
        self.asked.append((arguments, secret))
        return self.runner(progress, arguments, secret)

    def close(self):
        if self.events:
            self.events.close()

    def work(self):
        while self.jobs.work(0):
            pass

    def staged(self):
        return {path.name for path in self.jobs.staging.folder.iterdir()}
