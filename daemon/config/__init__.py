# SPDX-License-Identifier: Apache-2.0
"""Typed, validated settings.

`daemon/config.default.toml` is at once the documentation and the defaults; the dataclasses in `sections` are the
types and the limits.
"""

from daemon.config.checks import SLUG
from daemon.config.kept import Kept, is_own_secret
from daemon.config.layers import PINNED, Layers, Loaded
from daemon.config.loading import default_toml, load, parsed_value, vary
from daemon.config.secrets import private_file, read_secret
from daemon.config.sections import (
    COMMANDS,
    PRECISIONS,
    BackupSettings,
    CameraSettings,
    Current,
    DetectorSettings,
    EmbedderSettings,
    GallerySettings,
    InForce,
    LogSettings,
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
    "MqttSettings",
    "PrivacySettings",
    "Settings",
    "TrackingSettings",
    "WebSection",
    "default_toml",
    "is_own_secret",
    "load",
    "parsed_value",
    "private_file",
    "read_secret",
    "vary",
    "without_password",
]
