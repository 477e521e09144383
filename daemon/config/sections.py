# SPDX-License-Identifier: Apache-2.0
"""The settings with their types and limits; what they mean stands in config.default.toml."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Protocol

from daemon.config.checks import (
    address,
    between,
    filled_slug,
    frame_size,
    host,
    hosts,
    names,
    networks,
    one_of,
    origins,
    page_url,
    plain,
    slug,
    some_of,
    source,
    topic,
    zone,
)

COMMANDS = ("pause", "threshold", "restart", "capture", "enrol")
"""What may be asked over MQTT, where it is allowed."""

EXPOSURES = ("auto", "short", "long")
"""How a camera weighs light against sharpness, in libcamera's order."""

PRECISIONS = ("int8", "float")
"""Of the numbers that a model computes with. Both give the same outputs, nearly, in the same form."""


PROFILES = ("auto", "small", "full")
"""Of a machine; see `daemon.config.profile`."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """[camera]."""

    source: Annotated[str, source]
    name: Annotated[str, filled_slug]
    fps: Annotated[float, between(0.1, 120)]
    cpu_share: Annotated[float, between(0, 8)]
    loop: bool
    size: Annotated[tuple[int, ...], frame_size]
    buffers: Annotated[int, between(2, 8)]
    rotation: Annotated[int, one_of(0, 90, 180, 270)]
    hflip: bool
    vflip: bool
    zone: Annotated[tuple[float, ...], zone]
    exposure: Annotated[str, one_of(*EXPOSURES)]
    exposure_value: Annotated[float, between(-8, 8)]
    exposure_ms: Annotated[float, between(0, 1000)]
    gain: Annotated[float, between(0, 1024)]
    watch: bool
    groups: Annotated[tuple[str, ...], names]
    open_timeout_s: Annotated[float, between(1, 120)]
    read_timeout_s: Annotated[float, between(0.5, 8)]
    paused: bool


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """[detector]."""

    threshold: Annotated[float, between(0.1, 0.99)]
    min_face_px: Annotated[int, between(16, 400)]
    tiles: bool
    still_s: Annotated[float, between(0, 60)]
    precision: Annotated[str, one_of(*PRECISIONS)]
    threads: Annotated[int, between(1, 8)]


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """[embedder]."""

    precision: Annotated[str, one_of(*PRECISIONS)]
    threads: Annotated[int, between(1, 8)]


@dataclass(frozen=True, slots=True)
class GallerySettings:
    """[gallery]."""

    threshold: Annotated[float, between(0.2, 0.95)]
    margin: Annotated[float, between(0, 0.5)]
    k: Annotated[int, between(1, 50)]
    max_samples: Annotated[int, between(3, 1000)]
    keep_pictures: bool
    undo_hours: Annotated[float, between(0, 8760)]


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """[tracking]."""

    min_votes: Annotated[int, between(1, 15)]
    decide_s: Annotated[float, between(0.1, 60)]
    sighting_gap_s: Annotated[float, between(0.2, 600)]
    recheck_s: Annotated[float, between(0.1, 60)]


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """[mqtt]."""

    host: Annotated[str, host]
    port: Annotated[int, between(1, 65535)]
    base: Annotated[str, filled_slug]
    node: Annotated[str, slug]
    username: Annotated[str, plain]
    password_file: Annotated[str, plain]
    fresh_s: Annotated[float, between(0.1, 10)]
    keepalive_s: Annotated[int, between(2, 600)]
    tls: bool
    ca_file: Annotated[str, plain]
    cert_file: Annotated[str, plain]
    key_file: Annotated[str, plain]
    plain_password: bool
    discovery_prefix: Annotated[str, topic]
    birth_topic: Annotated[str, topic]
    commands: Annotated[tuple[str, ...], some_of(*COMMANDS)]

    @property
    def node_id(self) -> str:
        """The node's part of a topic: `node`, or the host name reduced to what a topic may hold."""
        host = os.uname().nodename.split(".")[0].lower()
        return self.node or re.sub(r"[^a-z0-9_-]+", "-", host).strip("-") or "whod"


@dataclass(frozen=True, slots=True)
class WebSection:
    """[web]."""

    listen: Annotated[str, address]
    hosts: Annotated[tuple[str, ...], hosts]
    url: Annotated[str, page_url]
    trusted_proxies: Annotated[tuple[str, ...], networks]
    frame_ancestors: Annotated[tuple[str, ...], origins]
    max_upload_mb: Annotated[int, between(64, 4096)]
    lazy: bool


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """[privacy]."""

    history_days: Annotated[int, between(1, 3650)]
    faces_days: Annotated[int, between(0, 3650)]
    max_unknowns: Annotated[int, between(1, 1000)]
    publish_snapshots: bool
    retain_snapshots: bool


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """[backup]."""

    daily: bool
    keep: Annotated[int, between(1, 365)]
    folder: Annotated[str, plain]
    passphrase_file: Annotated[str, plain]


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """[machine]."""

    profile: Annotated[str, one_of(*PROFILES)]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """[log]."""

    level: Annotated[str, one_of("debug", "info", "warning", "error")]
    libraries: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    camera: CameraSettings
    detector: DetectorSettings
    embedder: EmbedderSettings
    gallery: GallerySettings
    tracking: TrackingSettings
    mqtt: MqttSettings
    web: WebSection
    privacy: PrivacySettings
    backup: BackupSettings
    machine: MachineSettings
    log: LogSettings
    cameras: tuple[CameraSettings, ...] = ()
    """Those after the first."""

    @property
    def every_camera(self) -> tuple[CameraSettings, ...]:
        """The first, and those after it: always in this order, and as many while whod runs."""
        return self.camera, *self.cameras

    def camera_named(self, name: str) -> CameraSettings:
        """The camera of this name; the first where it is gone, or has another name now."""
        return next((camera for camera in self.every_camera if camera.name == name), self.camera)

    def by_section(self) -> dict[str, dict[str, Any]]:
        """The values by section and key; a camera after the first is a section ``cameras.NAME``."""
        sections = asdict(self)
        more = sections.pop("cameras")
        return sections | {f"cameras.{values['name']}": values for values in more}

    @property
    def now(self) -> Settings:
        """See `InForce`: these stay."""
        return self

    def with_precision(self, *, detector: str = "", embedder: str = "") -> Settings:
        """The same, with other precisions of the models; empty: as it is."""
        return replace(
            self,
            detector=replace(self.detector, precision=detector or self.detector.precision),
            embedder=replace(self.embedder, precision=embedder or self.embedder.precision),
        )


class InForce(Protocol):
    """Whoever knows the settings in force: `Settings` that stay, or `Current` ones."""

    @property
    def now(self) -> Settings:
        """To be asked for at each use, not to be kept."""
        ...


class Current:
    """Settings that others may take the place of while whod runs; many threads read, one at a time changes."""

    def __init__(self, settings: Settings) -> None:
        self.now = settings
