# SPDX-License-Identifier: Apache-2.0
"""A whod that is well, as it says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

from daemon.types import CameraStatus, PartHealth, State, Status

STATUS = Status(
    version="0.1.0",
    boot_id="b007",
    node="front-door",
    started_at=datetime(2026, 11, 21, 19, 30, 2, 113000, tzinfo=UTC),
    simulated=False,
    frames=12_345,
    frames_dropped=12,
    latency_p50_ms=38.2,
    latency_p95_ms=61.0,
    people=3,
    samples=14,
    models=("blazeface-full-int8", "mobilefacenet-int8"),
    temperature_c=52.1,
    throttled=False,
    clock_synced=True,
    parts=(PartHealth("camera", State.OK), PartHealth("identification", State.OK), PartHealth("broker", State.OK)),
    cameras=(CameraStatus("main", State.OK, "Picamera2 imx708 1280x720", 9.96),),
    disk_free_bytes=21_474_836_480,
)
