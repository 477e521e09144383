# SPDX-License-Identifier: Apache-2.0
"""Typed, validated settings.

`daemon/config.default.toml` is at once the documentation and the defaults; the dataclasses in `sections` are the
types and the limits.
"""

from daemon.config.checks import SLUG, without_password
from daemon.config.loading import Loaded, default_toml, load, vary
from daemon.config.secrets import read_secret
from daemon.config.sections import (
    PRECISIONS,
    BackupSettings,
    CameraSettings,
    DetectorSettings,
    EmbedderSettings,
    GallerySettings,
    LogSettings,
    MqttSettings,
    PrivacySettings,
    Settings,
    TrackingSettings,
    WebSection,
)

__all__ = [
    "PRECISIONS",
    "SLUG",
    "BackupSettings",
    "CameraSettings",
    "DetectorSettings",
    "EmbedderSettings",
    "GallerySettings",
    "Loaded",
    "LogSettings",
    "MqttSettings",
    "PrivacySettings",
    "Settings",
    "TrackingSettings",
    "WebSection",
    "default_toml",
    "load",
    "read_secret",
    "vary",
    "without_password",
]
