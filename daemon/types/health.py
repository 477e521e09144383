# SPDX-License-Identifier: Apache-2.0
"""How whod is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


class State(StrEnum):
    """How a part of whod is."""

    OK = "ok"
    WAITING = "waiting"
    """It waits on purpose, for something outside: the camera, the broker."""
    DEGRADED = "degraded"
    """It works, but not as well as it should: somebody should see to it."""
    FAILED = "failed"
    PAUSED = "paused"
    """It does nothing, because somebody asked for that."""
    OFF = "off"


_WELL = State.OK, State.PAUSED, State.OFF


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part of whod and how it is."""

    name: str
    state: State
    detail: str = ""
    """A sentence, where not all is well."""

    @property
    def kind(self) -> str:
        """The first word of its name: what each camera has is called "camera", and "camera NAME" after the first."""
        return self.name.partition(" ")[0]

    @property
    def camera(self) -> str:
        """The rest of its name: which camera's it is; empty for the first, and where there is one of it."""
        return self.name.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera, and how it is."""

    name: str
    state: State
    source: str
    """What is open, or what is waited for."""
    fps: float

    @property
    def is_troubled(self) -> bool:
        """Whether it is not well."""
        return self.state not in _WELL

    def as_json(self) -> dict[str, Any]:
        """A camera in the MQTT `status` message (docs/mqtt.md)."""
        return {"state": self.state, "source": self.source, "fps": round(self.fps, 1)}


@dataclass(frozen=True, slots=True)
class Status:
    """What whod says of itself: the MQTT `status`, `/health` and the page's state."""

    version: str
    boot_id: str
    node: str
    started_at: datetime
    simulated: bool
    frames: int
    frames_dropped: int
    latency_p50_ms: float | None
    """From capture to the end of identification, over the last minutes."""
    latency_p95_ms: float | None
    people: int
    samples: int
    models: tuple[str, ...]
    temperature_c: float | None
    throttled: bool | None
    clock_synced: bool
    parts: tuple[PartHealth, ...]
    cameras: tuple[CameraStatus, ...]
    """The first comes first."""
    disk_free_bytes: int | None = None
    """Where whod keeps its state."""
    paused: bool = False
    """It looks at nothing, because somebody asked for that (``camera.paused``)."""
    threshold: float | None = None
    """``gallery.threshold``."""
    latest_version: str = ""
    """Of whod as it is installed now: another than `version` runs at the next start."""

    @property
    def problem(self) -> str | None:
        """The first thing that is not well, as a sentence, or None. What keeps whod from its work comes first."""
        troubles = sorted(self.troubles, key=lambda part: part.state is State.DEGRADED)
        return f"{troubles[0].name}: {troubles[0].detail}" if troubles else None

    @property
    def troubles(self) -> list[PartHealth]:
        """The parts that are not well."""
        return [part for part in self.parts if part.state not in _WELL]

    @property
    def works(self) -> bool:
        """Whether whod does its work, be it less well than it should."""
        return all(part.state is State.DEGRADED for part in self.troubles)

    def as_json(self) -> dict[str, Any]:
        """The MQTT `status` message (docs/mqtt.md)."""
        return {
            "version": self.version,
            "boot_id": self.boot_id,
            "node": self.node,
            "simulated": self.simulated,
            "camera": self.cameras[0].as_json(),
            "cameras": {camera.name: camera.as_json() for camera in self.cameras},
            "frames": self.frames,
            "frames_dropped": self.frames_dropped,
            "latency_ms": {"p50": self.latency_p50_ms, "p95": self.latency_p95_ms},
            "people": self.people,
            "samples": self.samples,
            "models": list(self.models),
            "temperature_c": self.temperature_c,
            "throttled": self.throttled,
            "clock_synced": self.clock_synced,
            "disk_free_bytes": self.disk_free_bytes,
            "paused": self.paused,
            "threshold": self.threshold,
            "installed_version": self.version,
            "latest_version": self.latest_version or self.version,
            "problem": self.problem,
        }
