# SPDX-License-Identifier: Apache-2.0
"""Asks the owner of the state folder over its Unix socket, as the command line does while the daemon runs.

Whatever the owner raises is raised here: the same class with the same sentence.
"""

from daemon.client.door import RemoteDoor
from daemon.client.owner import RemoteCodes
from daemon.client.people import RemotePeople
from daemon.client.settings import RemoteSettings
from daemon.client.tokens import RemoteTokens

__all__ = ["RemoteCodes", "RemoteDoor", "RemotePeople", "RemoteSettings", "RemoteTokens"]
