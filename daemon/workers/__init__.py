# SPDX-License-Identifier: Apache-2.0
"""The loops: capture, inference, records, publisher, servers; each a `Worker` to the supervisor."""

from daemon.workers.base import Backoff, Pulse, Worker
from daemon.workers.capture import CaptureWorker
from daemon.workers.commands import CommandsWorker
from daemon.workers.inbox import Inbox
from daemon.workers.inference import InferenceWorker
from daemon.workers.jobs import JobsWorker
from daemon.workers.picture import PictureWatch
from daemon.workers.pictures import PicturesWorker
from daemon.workers.publisher import PublisherWorker
from daemon.workers.recorder import RecorderWorker
from daemon.workers.server import ServerWorker
from daemon.workers.snapshots import SnapshotsWorker
from daemon.workers.watch import WatchWorker

__all__ = [
    "Backoff",
    "CaptureWorker",
    "CommandsWorker",
    "Inbox",
    "InferenceWorker",
    "JobsWorker",
    "PictureWatch",
    "PicturesWorker",
    "PublisherWorker",
    "Pulse",
    "RecorderWorker",
    "ServerWorker",
    "SnapshotsWorker",
    "WatchWorker",
    "Worker",
]
