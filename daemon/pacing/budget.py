# SPDX-License-Identifier: Apache-2.0
"""How much of the processor may be taken, on average."""

from __future__ import annotations

_WINDOW_S = 60.0
"""Of quiet that a visit may use up, or of debt that has to be paid back after one."""


class Budget:
    """Seconds of one core that are owed, and with how much effort whod may go on, so that they are paid back.

    What a quiet time has saved is used by the next visitor; what a visitor took too much is saved afterwards. So it
    controls the integral of the error alone: the average is kept whatever a frame costs on this machine.
    """

    def __init__(self) -> None:
        self._owed_s = 0.0
        self.effort = 1.0
        """From 1, do all that is wanted, to 0, do the least."""

    def take_in(self, used_s: float, passed_s: float, share: float) -> None:
        """In `passed_s` seconds `used_s` of a core were used; `share` of one may be, 0: as much as it takes."""
        most_s = share * _WINDOW_S
        self._owed_s = min(max(self._owed_s + used_s - share * passed_s, -most_s), most_s)
        self.effort = 1 - max(self._owed_s, 0.0) / most_s if share else 1.0
