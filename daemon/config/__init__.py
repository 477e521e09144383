# SPDX-License-Identifier: Apache-2.0
"""Typed, validated settings.

`daemon/config.default.toml` is at once the documentation and the defaults; the dataclasses in `sections` are the
types and the limits.
"""

from daemon.config.checks import SLUG
from daemon.config.kept import Kept, is_own_secret
from daemon.config.layers import PINNED, Layers, Loaded
from daemon.config.loading import load, parsed_value, vary
from daemon.config.profile import default_toml, is_small
from daemon.config.secrets import private_file, read_secret
from daemon.config.sections import (
    COMMANDS,
    PRECISIONS,
    PROFILES,
    BackupSettings,
    CameraSettings,
    Current,
    DetectorSettings,
    EmbedderSettings,
    GallerySettings,
    InForce,
    LogSettings,
    MachineSettings,
    MqttSettings,
    PrivacySettings,
    Settings,
    TrackingSettings,
    WebSection,
)
from daemon.config.words import HIDDEN, without_password

__all__ = [
    "COMMANDS",
    "HIDDEN",
    "PINNED",
    "PRECISIONS",
    "PROFILES",
    "SLUG",
    "BackupSettings",
    "CameraSettings",
    "Current",
    "DetectorSettings",
    "EmbedderSettings",
    "GallerySettings",
    "InForce",
    "Kept",
    "Layers",
    "Loaded",
    "LogSettings",
    "MachineSettings",
    "MqttSettings",
    "PrivacySettings",
    "Settings",
    "TrackingSettings",
    "WebSection",
    "default_toml",
    "is_own_secret",
    "is_small",
    "load",
    "parsed_value",
    "private_file",
    "read_secret",
    "vary",
    "without_password",
]
