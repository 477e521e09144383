# SPDX-License-Identifier: Apache-2.0
"""How fast whod looks: as fast as it is asked to, or as heat and `camera.cpu_share` allow. No threads of its own."""

from daemon.pacing.budget import Budget
from daemon.pacing.cooling import Cooling
from daemon.pacing.governor import Governor, Pace
from daemon.pacing.reading import Reading, read

__all__ = ["Budget", "Cooling", "Governor", "Pace", "Reading", "read"]
