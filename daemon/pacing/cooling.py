# SPDX-License-Identifier: Apache-2.0
"""Less work for a hot processor, before the firmware slows it down."""

from __future__ import annotations

from daemon.machine import HOT_C

WARM_C = HOT_C - 10
"""From here on there is less work for it, in proportion; at `HOT_C` the least."""
_DOWN_EACH_S, _UP_EACH_S = 0.1, 0.01
"""The pace falls soon and comes back slowly: the same work would heat it again."""


class Cooling:
    """How much of the full pace a processor of this temperature can take."""

    def __init__(self) -> None:
        self.part = 1.0
        """From 1, the full pace, to 0, the least."""

    def take_in(self, temperature_c: float | None, passed_s: float, *, held_back: bool) -> None:
        """It is so hot (None: nobody knows); `held_back`: the firmware holds it back already."""
        wanted = 1.0
        if temperature_c is not None and temperature_c > WARM_C:
            # A weak power supply holds a cool processor back too: less work would not help against that.
            wanted = 0.0 if held_back else max(HOT_C - temperature_c, 0.0) / (HOT_C - WARM_C)
        lowest, highest = self.part - _DOWN_EACH_S * passed_s, self.part + _UP_EACH_S * passed_s
        self.part = min(max(wanted, lowest), highest)
