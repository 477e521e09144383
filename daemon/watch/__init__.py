# SPDX-License-Identifier: Apache-2.0
"""What goes wrong so slowly that nobody notices: when a sign is a trouble, and who is recognised less and less."""

from daemon.watch.drift import Score, Waning, Windows, waning
from daemon.watch.lasting import Hold, Lasting

__all__ = ["Hold", "Lasting", "Score", "Waning", "Windows", "waning"]
