# SPDX-License-Identifier: Apache-2.0
"""The values that flow through whod, all immutable. See docs/architecture.md, "Words"."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from daemon.errors import ModelMismatch

if TYPE_CHECKING:
    from datetime import datetime

Pixels = npt.NDArray[np.uint8]
"""RGB, (height, width, 3)."""

Vector = npt.NDArray[np.float32]
"""One-dimensional."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera."""

    pixels: Pixels
    seq: int
    """Counts the frames of one camera, from 0."""
    captured_monotonic_s: float
    captured_at: datetime
    camera: str = "main"
    simulated: bool = False
    """True where no camera looked at the world: the demo."""
    lores: Pixels | None = None
    """The same view at a lower resolution, where the camera gives one for nothing."""


class Box(NamedTuple):
    """A rectangle: left, top, width, height; in frame pixels unless it says otherwise."""

    x: float
    y: float
    w: float
    h: float

    @property
    def area(self) -> float:
        """Width times height."""
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        """The middle point."""
        return self.x + self.w / 2, self.y + self.h / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if w <= 0 or h <= 0:
            return 0.0
        both = w * h
        return both / (self.area + other.area - both)

    def relative_to(self, width: int, height: int) -> Box:
        """The same box in parts of a frame of this size."""
        return Box(self.x / width, self.y / height, self.w / width, self.h / height)


class Point(NamedTuple):
    """x to the right, y down, in frame pixels."""

    x: float
    y: float


class Landmarks(NamedTuple):
    """Facial points in frame pixels. Left and right are the picture's, not the person's."""

    left_eye: Point
    right_eye: Point
    nose: Point
    mouth: Point

    def as_array(self) -> npt.NDArray[np.float64]:
        """(4, 2), in the order of the fields."""
        return np.array(self, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Detection:
    """A face that was found in a picture."""

    box: Box
    landmarks: Landmarks
    score: float
    """The detector's own, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What a model says of one face: a unit vector, comparable only with those of the same model."""

    vector: Vector
    model_id: str

    def similarity(self, other: Embedding) -> float:
        """Cosine, -1 to 1. Raises ModelMismatch if the models differ."""
        if self.model_id != other.model_id:
            raise ModelMismatch(
                f"embeddings of {self.model_id} and {other.model_id} cannot be compared: enrol the picture again"
            )
        return float(self.vector @ other.vector)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One face seen once: where, how well, and what the embedder says of it."""

    detection: Detection
    quality: float
    """0 (useless) to 1 (as good as an enrolment picture)."""
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name. The id stays when the name changes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person as lists show them."""

    id: str
    name: str
    samples: int
    negatives: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate for a face."""

    person: Person
    similarity: float
    """Cosine."""
    rank: int
    """1 is the best."""
    votes: int
    """How many of the k nearest samples are this person's."""


@dataclass(frozen=True, slots=True)
class Identification:
    """The decision for one face: a person, or unknown, and why."""

    person: Person | None
    similarity: float
    """Of the best candidate, whether or not it was taken; 0 with an empty gallery."""
    margin: float
    """How far the best candidate is ahead of the second; of the threshold's kind, 0 to 2."""
    reason: str
    """One of the words in `daemon.gallery.decide.Reason`."""
    candidates: tuple[Match, ...] = ()


class EventType(StrEnum):
    """What a DecisionEvent says."""

    IDENTIFIED = "identified"
    UNKNOWN = "unknown"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """The decision on a visitor, to act on while it is fresh."""

    event_type: EventType
    event_id: str
    sighting_id: str
    camera: str
    simulated: bool
    person: Person | None
    similarity: float
    margin: float
    votes: tuple[int, int]
    """How many observations agreed, of how many."""
    quality: float
    box: Box
    """In parts of the frame."""
    captured_at: datetime
    captured_monotonic_s: float
    retracts: str | None = None
    """The event_id that a `retracted` takes back."""


class Outcome(StrEnum):
    """How a visit ended."""

    IDENTIFIED = "identified"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Best:
    """The best figures of a visit."""

    similarity: float
    margin: float
    quality: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One visit: who was seen, from when to when, at which camera."""

    sighting_id: str
    camera: str
    person: Person | None
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    frames: int
    best: Best
    clock_synced: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class LiveFace:
    """A face in the live picture."""

    box: Box
    """In parts of the frame."""
    name: str | None
    """None while undecided and for strangers."""
    state: str
    """``looking``, ``identified`` or ``unknown``."""
    similarity: float
    quality: float


@dataclass(frozen=True, slots=True)
class LiveView:
    """The newest picture with what was found in it."""

    jpeg: bytes = field(repr=False)
    seq: int
    captured_at: datetime
    simulated: bool
    faces: tuple[LiveFace, ...]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that somebody gave us: untrusted bytes and what to call it in messages."""

    name: str
    data: bytes = field(repr=False)


class Change(StrEnum):
    """What an enrolment did."""

    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The answer to an enrolment."""

    change: Change
    person: Person
    sample_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """A face in a picture and who it is."""

    detection: Detection
    quality: float
    identification: Identification


class State(StrEnum):
    """How a part of whod is."""

    OK = "ok"
    WAITING = "waiting"
    """It waits on purpose, for something outside: the camera, the broker."""
    FAILED = "failed"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part of whod and how it is."""

    name: str
    state: State
    detail: str = ""
    """A sentence, where not all is well."""


@dataclass(frozen=True, slots=True)
class Status:
    """What whod says of itself: the MQTT `status`, `/health` and the page's state."""

    version: str
    boot_id: str
    node: str
    started_at: datetime
    simulated: bool
    camera: str
    """The source that is open, or what is waited for."""
    fps: float
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

    @property
    def problem(self) -> str | None:
        """The first thing that is not well, as a sentence, or None."""
        for part in self.parts:
            if part.state in (State.WAITING, State.FAILED):
                return f"{part.name}: {part.detail}"
        return None

    def as_json(self) -> dict[str, Any]:
        """The MQTT `status` message (docs/mqtt.md)."""
        camera_state = next((p.state for p in self.parts if p.name == "camera"), State.OFF)
        return {
            "version": self.version,
            "boot_id": self.boot_id,
            "node": self.node,
            "simulated": self.simulated,
            "camera": {"state": camera_state, "source": self.camera, "fps": round(self.fps, 1)},
            "frames": self.frames,
            "frames_dropped": self.frames_dropped,
            "latency_ms": {"p50": self.latency_p50_ms, "p95": self.latency_p95_ms},
            "people": self.people,
            "samples": self.samples,
            "models": list(self.models),
            "temperature_c": self.temperature_c,
            "throttled": self.throttled,
            "clock_synced": self.clock_synced,
            "problem": self.problem,
        }
