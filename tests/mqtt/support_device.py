# SPDX-License-Identifier: Apache-2.0
"""A device as it is described, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support_door import ALICE, BOB, BOOT_ID

from daemon.config import COMMANDS
from daemon.mqtt import discovery
from daemon.mqtt.topics import Topics
from daemon.types import CameraStatus, PartHealth, Person, State, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

TOPICS = Topics("whod", "front-door")
POSTMAN = Person("9d1c1a2b-0f6e-4a57-8a7c-3b6f0c0b1e55", "Postman", familiar=True)
ALL = discovery.About(TOPICS, "0.1.0", COMMANDS, pictures=True, page_url="http://front-door.local:8737")
LEAST = discovery.About(TOPICS, "0.1.0", (), pictures=False)
STATUS = Status(
    version="0.1.0",
    boot_id=BOOT_ID,
    node="front-door",
    started_at=datetime(2026, 11, 21, 19, 0, tzinfo=UTC),
    simulated=False,
    frames=18230,
    frames_dropped=12,
    latency_p50_ms=61.0,
    latency_p95_ms=84.0,
    people=4,
    samples=19,
    models=("blazeface_full_int8", "mobilefacenet_int8"),
    temperature_c=51.2,
    throttled=False,
    clock_synced=True,
    parts=(PartHealth("camera", State.OK),),
    cameras=(CameraStatus("main", State.OK, "picamera2", 10.0),),
    disk_free_bytes=21_474_836_480,
    threshold=0.55,
)
STATUSES = (
    STATUS,
    replace(
        STATUS,
        latency_p50_ms=None,
        latency_p95_ms=None,
        temperature_c=None,
        throttled=None,
        disk_free_bytes=None,
        paused=True,
        latest_version="0.2.0",
        parts=(PartHealth("camera", State.WAITING, "It is looked for. " * 30),),
    ),
)
"""One with everything, and one with as little as there can be."""


def described(people: Iterable[Person] = (ALICE, BOB, POSTMAN), about: discovery.About = ALL) -> dict[str, Any]:
    """The device message."""
    return discovery.device_message(about, people)
