# SPDX-License-Identifier: Apache-2.0
"""The facade: what the page, the API and the command line may ask of whod.

Bytes and values in, values out; nobody behind it sees a cursor, a frame or a thread.
"""

from daemon.service.backups import BackupsApi, restore_report
from daemon.service.jobs import JobsApi
from daemon.service.logs import Logs
from daemon.service.opening import open_jobs
from daemon.service.people import People, PeopleApi
from daemon.service.photos import PhotosApi
from daemon.service.running import Running, Service
from daemon.service.settings import SettingsApi, SettingsDesk
from daemon.service.unknowns import UnknownsApi
from daemon.service.vault import Vault
from daemon.service.visits import VisitsApi

__all__ = [
    "BackupsApi",
    "JobsApi",
    "Logs",
    "People",
    "PeopleApi",
    "PhotosApi",
    "Running",
    "Service",
    "SettingsApi",
    "SettingsDesk",
    "UnknownsApi",
    "Vault",
    "VisitsApi",
    "open_jobs",
    "restore_report",
]
