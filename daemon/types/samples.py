# SPDX-License-Identifier: Apache-2.0
"""What is kept of a person's face."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from daemon.clock import from_iso, iso

if TYPE_CHECKING:
    from datetime import datetime


class SampleKind(StrEnum):
    """What a sample says of its person."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    """This is somebody else: a counter-example."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes an enrolment that is asked for again known as the same."""

    key: str
    """Chosen by who asks."""
    fingerprint: str
    """Of all that is asked."""


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """A sample as lists show it."""

    id: str
    kind: SampleKind
    quality: float
    source: str
    """A word for where it came from, such as "upload"."""
    created_at: datetime
    set_aside_at: datetime | None = None
    """When others took its place, as the person had too many; it is kept, but not searched."""
    picture: bool = False
    """Whether a picture is kept with it."""

    def as_json(self) -> dict[str, Any]:
        """For ``whod samples --json`` and the API."""
        return {
            "id": self.id,
            "kind": self.kind,
            "quality": round(self.quality, 4),
            "source": self.source,
            "created_at": iso(self.created_at),
            "set_aside_at": iso(self.set_aside_at) if self.set_aside_at else None,
            "picture": self.picture,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> SampleSummary:
        """The opposite of `as_json`."""
        set_aside_at = record["set_aside_at"]
        return cls(
            record["id"],
            SampleKind(record["kind"]),
            record["quality"],
            record["source"],
            from_iso(record["created_at"]),
            from_iso(set_aside_at) if set_aside_at else None,
            record["picture"],
        )
