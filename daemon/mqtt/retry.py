# SPDX-License-Identifier: Apache-2.0
"""When to try the broker again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.mqtt.problems import Problem

FIRST_S = 0.5
LONGEST_S = 3.0
LASTING_S = 30.0
"""For what a person has to put right."""

STEADY_S = 10.0
"""A connection that held so long was a good one; shorter ones count as failures."""

_DOUBLINGS = 3


class Retry:
    """Soon, then less often, and never in step with others who lost the same broker."""

    def __init__(self) -> None:
        self._failures = 0

    def delay_s(self, problem: Problem, held_s: float) -> float:
        """Seconds to wait after a connection that held for `held_s` has ended, or none could be made (0)."""
        if held_s >= STEADY_S:
            self._failures = 0
        longest = LASTING_S if problem.lasting else min(LONGEST_S, FIRST_S * 2**self._failures)
        self._failures = min(self._failures + 1, _DOUBLINGS)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter is no secret
