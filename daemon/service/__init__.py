# SPDX-License-Identifier: Apache-2.0
"""The facade: what the page, the API and the command line may ask of whod.

Bytes and values in, values out; nobody behind it sees a cursor, a frame or a thread.
"""

from daemon.service.people import People, PeopleApi, identify_faces
from daemon.service.running import Running, Service
from daemon.service.unknowns import UnknownsApi
from daemon.service.visits import VisitsApi

__all__ = ["People", "PeopleApi", "Running", "Service", "UnknownsApi", "VisitsApi", "identify_faces"]
