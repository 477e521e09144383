# SPDX-License-Identifier: Apache-2.0
"""What is asked of whod over MQTT, and what comes of it; docs/mqtt.md has the commands."""

from daemon.commanding.commander import Commander, Hands
from daemon.commanding.in_view import InViewEnrolment

__all__ = ["Commander", "Hands", "InViewEnrolment"]
