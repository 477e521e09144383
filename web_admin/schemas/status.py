# SPDX-License-Identifier: Apache-2.0
"""How whod is."""

from typing import Any, Literal

from pydantic import Field

from web_admin.schemas.common import Model

PartState = Literal["ok", "waiting", "degraded", "failed", "paused", "off"]


class PartRecord(Model):
    """A part of whod."""

    name: str
    state: PartState
    detail: str


class Health(Model):
    """Whether whod does its work."""

    ok: bool
    problem: str | None
    parts: list[PartRecord]


class CameraRecord(Model):
    """A camera."""

    state: PartState
    source: str
    fps: float


class LatencyRecord(Model):
    """From capture to the end of identification."""

    p50: float | None
    p95: float | None


class StatusRecord(Model):
    """The message of the MQTT topic `status`."""

    version: str
    boot_id: str
    node: str
    simulated: bool
    camera: CameraRecord
    cameras: dict[str, CameraRecord] = Field(description="Each by its name; the first is also `camera`.")
    frames: int
    frames_dropped: int
    latency_ms: LatencyRecord
    people: int
    samples: int
    models: list[str]
    temperature_c: float | None
    throttled: bool | None
    clock_synced: bool
    disk_free_bytes: int | None
    paused: bool
    threshold: float | None
    installed_version: str
    latest_version: str
    problem: str | None


class OpenApi(Model):
    """An OpenAPI 3 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]
    tags: list[dict[str, Any]]
