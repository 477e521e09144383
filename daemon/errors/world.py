# SPDX-License-Identifier: Apache-2.0
"""What fails outside of whod."""

from __future__ import annotations

from daemon.errors.root import WorldError


class CameraError(WorldError):
    """The camera cannot be opened, gives no frames, or went away."""


class BrokerError(WorldError, ConnectionError):
    """The MQTT broker cannot be reached or refuses us."""


class StorageError(WorldError):
    """A database is locked, full or cannot be written."""


class StorageCorrupt(StorageError):
    """A database file is damaged."""


class StateFolderBusy(WorldError):
    """Another whod owns the state folder."""


class OwnerUnreachable(WorldError):
    """The daemon that owns the state folder does not answer on its socket."""


class OwnerFault(WorldError):
    """The daemon that owns the state folder answered with a fault of its own; its log has the details."""


class ListenError(WorldError):
    """An address or a socket cannot be listened at: taken, not allowed, not of this machine."""


class ModelRefused(WorldError):
    """A model file is missing, broken, or not the one that the manifest describes."""
