# SPDX-License-Identifier: Apache-2.0
"""Long work: kept in events.db, one job at a time, in order, with progress and a report."""

from daemon.jobs.jobs import Jobs
from daemon.jobs.progress import Progress, Runner
from daemon.jobs.staging import Staging
from daemon.jobs.store import JobStore

__all__ = ["JobStore", "Jobs", "Progress", "Runner", "Staging"]
