# SPDX-License-Identifier: Apache-2.0
"""How fast whod is on this machine: the frame path and its stages, the models, the search."""

from daemon.benchmark.clocks import Limit, Spread
from daemon.benchmark.measuring import FULL, QUICK, Effort, measure
from daemon.benchmark.report import FramePath, LeftOut, Report, Stage
from daemon.benchmark.searches import SearchTime
from daemon.benchmark.speeds import Advice, Speed, advise, as_set, measure_models

__all__ = [
    "FULL",
    "QUICK",
    "Advice",
    "Effort",
    "FramePath",
    "LeftOut",
    "Limit",
    "Report",
    "SearchTime",
    "Speed",
    "Spread",
    "Stage",
    "advise",
    "as_set",
    "measure",
    "measure_models",
]
