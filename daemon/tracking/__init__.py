# SPDX-License-Identifier: Apache-2.0
"""Follows faces through frames, gathers evidence on who they are, and tells visits. Pure: no threads, no I/O."""

from daemon.tracking.evidence import Evidence, Identifies, Rules, Verdict, named, weight
from daemon.tracking.replay import reweigh
from daemon.tracking.track import Track
from daemon.tracking.tracker import Tracker
from daemon.tracking.visits import Visits

__all__ = ["Evidence", "Identifies", "Rules", "Track", "Tracker", "Verdict", "Visits", "named", "reweigh", "weight"]
